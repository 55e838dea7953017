"""Coordinates brought to WGS-84 from what maps of mainland China use: GCJ-02, and BD-09 on top of it.

Source: the published re-derivation of the GCJ-02 offset (eviltransform, coordtransform), which is not official; it is
inverted by fixed point in three steps, to within a centimetre. Points outside its rectangle are WGS-84 already.
"""

from math import pi
from typing import Any, Final

from duckdb import StarExpression

from collectors.expressions import Expr, call, constant, quoted, when

AXIS_M: Final = 6378245.0  # of the ellipsoid of Krasovsky, half
ECCENTRICITY: Final = 0.00669342162296594323  # squared
RECTANGLE: Final = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north
STEPS: Final = 3
LON, LAT = "w:lon", "w:lat"


def located(staged: Any, system: str) -> Any:
    """`staged` (a relation with `v:lon` and `v:lat`, degrees by `system`) with `w:lon` and `w:lat`, by WGS-84."""
    lon, lat = quoted("v:lon"), quoted("v:lat")
    if system == "bd09":
        lon, lat = _without_bd(lon, lat)
    moved = staged.select(StarExpression(), lon.alias("g:lon"), lat.alias("g:lat"))
    lon, lat = quoted("g:lon"), quoted("g:lat")
    moved = moved.select(StarExpression(), lon.alias("w0:lon"), lat.alias("w0:lat"))
    for step in range(STEPS):
        east, north = _offset(quoted(f"w{step}:lon"), quoted(f"w{step}:lat"))
        new = ((lon - east).alias(f"w{step + 1}:lon"), (lat - north).alias(f"w{step + 1}:lat"))
        moved = moved.select(StarExpression(), *new)
    west, south, far_east, far_north = (constant(edge) for edge in RECTANGLE)
    inside = (lon >= west) & (lon <= far_east) & (lat >= south) & (lat <= far_north)
    ended = (quoted(f"w{STEPS}:lon"), quoted(f"w{STEPS}:lat"))
    return moved.select(
        StarExpression(), when(inside, ended[0], lon).alias(LON), when(inside, ended[1], lat).alias(LAT)
    )


def _sin(angle: Expr, factor: float) -> Expr:
    return call("sin", angle * constant(factor * pi))


def _offset(lon: Expr, lat: Expr) -> tuple[Expr, Expr]:
    """By how many degrees GCJ-02 lies east and north of the WGS-84 point."""
    x, y = lon - constant(105.0), lat - constant(35.0)
    root = call("sqrt", call("abs", x))
    both = (constant(20.0) * _sin(x, 6.0) + constant(20.0) * _sin(x, 2.0)) * constant(2 / 3)
    north = (
        constant(-100.0) + constant(2.0) * x + constant(3.0) * y + constant(0.2) * y * y + constant(0.1) * x * y
        + constant(0.2) * root + both
        + (constant(20.0) * _sin(y, 1.0) + constant(40.0) * _sin(y, 1 / 3)) * constant(2 / 3)
        + (constant(160.0) * _sin(y, 1 / 12) + constant(320.0) * _sin(y, 1 / 30)) * constant(2 / 3)
    )  # fmt: skip
    east = (
        constant(300.0) + x + constant(2.0) * y + constant(0.1) * x * x + constant(0.1) * x * y
        + constant(0.1) * root + both
        + (constant(20.0) * _sin(x, 1.0) + constant(40.0) * _sin(x, 1 / 3)) * constant(2 / 3)
        + (constant(150.0) * _sin(x, 1 / 12) + constant(300.0) * _sin(x, 1 / 30)) * constant(2 / 3)
    )  # fmt: skip
    angle = lat * constant(pi / 180)
    bend = constant(1.0) - constant(ECCENTRICITY) * call("sin", angle) * call("sin", angle)
    degree = constant(180.0 / pi)
    to_north = constant(AXIS_M * (1 - ECCENTRICITY)) / (bend * call("sqrt", bend))
    to_east = constant(AXIS_M) / call("sqrt", bend) * call("cos", angle)
    return east * degree / to_east, north * degree / to_north


def _without_bd(lon: Expr, lat: Expr) -> tuple[Expr, Expr]:
    x, y, turn = lon - constant(0.0065), lat - constant(0.006), 3000.0 / 180.0
    far = call("sqrt", x * x + y * y) - constant(0.00002) * _sin(y, turn)
    angle = call("atan2", y, x) - constant(0.000003) * call("cos", x * constant(turn * pi))
    return far * call("cos", angle), far * call("sin", angle)

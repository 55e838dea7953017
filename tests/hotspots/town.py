"""A town of 16 places on a square, 20 days of cases, and a rise planted at two of them: the same at every run."""

from typing import Final

import pandas as pd

PLACES: Final = {f"p{x}{y}": (float(x), float(y)) for x in range(4) for y in range(4)}
PEOPLE: Final = {p: 100.0 + 37.0 * ((i * 7) % 5) for i, p in enumerate(PLACES)}
DAYS: Final = 20


def rows() -> list[tuple[str, int, str]]:
    """(place, day, weekday class): about four cases a day by a fixed rule, six more at p11 and p12 on the last days."""
    names = list(PLACES)[1:]  # p00 never has a case, and is a centre all the same
    quiet = [(names[(7 * n + n // 15) % 15], (3 * n + n // 20) % DAYS) for n in range(80)]
    rise = [("p11", 18), ("p11", 19), ("p12", 18), ("p12", 19), ("p11", 19), ("p12", 17)]
    return [(p, t, "off" if t % 7 > 4 else "work") for p, t in quiet + rise]


def cases() -> pd.DataFrame:
    return pd.DataFrame(rows(), columns=["place", "time", "stratum"])


def places() -> pd.DataFrame:
    return pd.DataFrame(
        {"place": list(PLACES), "x": [x for x, _ in PLACES.values()], "y": [y for _, y in PLACES.values()]}
    ).assign(population=list(PEOPLE.values()), feeder=[f"F{p[1]}" for p in PLACES])

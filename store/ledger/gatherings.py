"""The ledger's tables of hotspots and wide rises: what was found, look by look, and what people answered."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from store.ledger.base import Base, BigId


class HotspotRow(Base):
    """A hotspot under the number it keeps. `body`: as last seen, for people; `life`: what its next step needs."""

    __tablename__ = "hotspots"

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16), index=True)  # open, ended, merged, refused
    level: Mapped[str] = mapped_column(String(16))
    told: Mapped[int]  # how often somebody was to be told since it opened
    onset: Mapped[datetime]
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    merged_into: Mapped[int | None] = mapped_column(BigId)
    answer: Mapped[str | None] = mapped_column(String(16))
    answered_by: Mapped[str | None] = mapped_column(String(100))
    answered_at: Mapped[datetime | None]
    body: Mapped[dict[str, Any]]
    life: Mapped[dict[str, Any]]


class HotspotLine(Base):
    """One line of a hotspot's history, only ever added to. `at`: the look; `made_at`: when it was written."""

    __tablename__ = "hotspot_lines"
    __table_args__ = (Index("hotspot_lines_of", "number", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[int] = mapped_column(BigId, ForeignKey("hotspots.number"))
    at: Mapped[datetime] = mapped_column(index=True)
    made_at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16))
    observed: Mapped[int]
    expected: Mapped[float]
    statistic: Mapped[float]
    recurrence_d: Mapped[float]
    new_cases: Mapped[int]
    by: Mapped[str | None] = mapped_column(String(100))
    body: Mapped[dict[str, Any]]  # zone, category, window, units


class HotspotLook(Base):
    """One look at the whole utility, only ever added to. `body`: what it saw beside the open hotspots."""

    __tablename__ = "hotspot_looks"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)  # the end of the last hour that was complete enough
    looked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(32))
    calibration: Mapped[int | None] = mapped_column(BigId)
    seconds: Mapped[float]
    body: Mapped[dict[str, Any]]


class HotspotCalibration(Base):
    """One fitted threshold. `kept_because`: why the one before it stays in use; None: it is in use."""

    __tablename__ = "hotspot_calibrations"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    fitted_at: Mapped[datetime]
    fingerprint: Mapped[str] = mapped_column(String(64))  # of the settings it holds for
    histories: Mapped[int]
    kept_because: Mapped[str | None] = mapped_column(Text)
    body: Mapped[dict[str, Any]]


class HotspotAnswer(Base):
    """What somebody answered to a hotspot, only ever added to."""

    __tablename__ = "hotspot_answers"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[int] = mapped_column(BigId, ForeignKey("hotspots.number"), index=True)
    answer: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(100))
    note: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]


class WideRiseRow(Base):
    """A rise of a whole series that was an alert. `series`: category path and unit; `body`: as it was last judged."""

    __tablename__ = "wide_rises"
    __table_args__ = ({"sqlite_autoincrement": True},)

    number: Mapped[int] = mapped_column(BigId, primary_key=True)
    series: Mapped[str] = mapped_column(String(255), index=True)
    since: Mapped[date] = mapped_column(Date)
    level: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    body: Mapped[dict[str, Any]]


class WideDay(Base):
    """All series as they were judged after one site day. Written once for each day."""

    __tablename__ = "wide_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    looked_at: Mapped[datetime]
    body: Mapped[dict[str, Any]]

"""Every definition, in the order in which they are shown. To add one: its family's module and one line here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from kpis.complaints import COMPLAINTS
from kpis.completeness import COMPLETENESS
from kpis.durations import DURATIONS
from kpis.estimates import ESTIMATES
from kpis.notice import NOTICE
from kpis.promises import FURTHER
from kpis.reliability import RELIABILITY
from kpis.repeats import COMPLAINT_REPEAT, REPEATS
from kpis.satisfaction import REVISITS, SATISFACTION
from kpis.standing import STANDING
from kpis.stated import STATED_LIMIT_ON_TIME
from kpis.timeliness import ARRIVAL_ON_TIME, ON_TIME, RESTORATION_ON_TIME
from kpis.types import Definition, UnknownKpi

# What stands above every list and first on every wall.
HEADLINES: Final = (ARRIVAL_ON_TIME, RESTORATION_ON_TIME, COMPLAINT_REPEAT, SATISFACTION)
_ALL: Final = (
    *HEADLINES,
    *(d for d in ON_TIME if d not in HEADLINES),
    *FURTHER,
    *DURATIONS,
    *STANDING,
    *NOTICE,
    *REPEATS,
    *REVISITS,
    *RELIABILITY,
    *ESTIMATES,
    *COMPLAINTS,
    STATED_LIMIT_ON_TIME,
    *COMPLETENESS,
)
CATALOGUE: Final[Mapping[str, Definition]] = MappingProxyType({d.key: d for d in _ALL})
LIVE: Final = tuple(d for d in _ALL if d.window_days)


def find(key: str) -> Definition:
    """The definition of `key`. Errors: UnknownKpi with the nearest keys."""
    if key not in CATALOGUE:
        raise UnknownKpi(key, CATALOGUE)
    return CATALOGUE[key]

"""[hotspots] of lightkeeper.toml: what is looked at for hotspots, how often, and how many false ones are allowed."""

from difflib import get_close_matches
from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from settings_channels import Frozen
from store.facts.schema import CATEGORIES

REPEATED: Final = "repeated_fault_report"  # a fault report whose customer has asked about the same place before
DEMANDS: Final = ("complaint", "opinion", "report", "urging", REPEATED)
Unit = Literal["feeder", "grid", "transformer_area", "cell"]
Km = Annotated[float, Field(gt=0, le=500)]


class Hotspots(Frozen):
    """How complaints that gather are found. The budgets are false hotspots in 30 days for the whole utility."""

    on: bool = True
    unit: Unit = "feeder"  # cell: a square of 500 m by the orders' own coordinates, for sites without a network
    every_min: Annotated[int, Field(ge=1, le=1440)] = 15  # of site time
    radius_urban_km: Km = 5.0  # of circles around an urban place
    radius_rural_km: Km = 25.0
    nearest: Annotated[int, Field(ge=1, le=1000)] = 200  # places of a circle, at most
    baseline_days: Annotated[int, Field(ge=28, le=366)] = 56
    budget_30d: Annotated[float, Field(gt=0, le=30)] = 0.8  # local ones
    wide_budget_30d: Annotated[float, Field(gt=0, le=30)] = 0.2  # rises of the whole utility or of a district
    categories: Annotated[tuple[str, ...], Field(min_length=1)] = DEMANDS  # what counts as a demand
    histories: Annotated[int, Field(ge=10, le=10_000)] = 300  # replayed each week to find the threshold
    refit_weekday: Annotated[int, Field(ge=1, le=7)] = 7  # 1 Monday to 7 Sunday
    refit_hour: Annotated[int, Field(ge=0, le=23)] = 3
    area: tuple[float, float, float, float] | None = None  # west, south, east, north; None: the boundaries' own

    @field_validator("categories")
    @classmethod
    def known_ones(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = (*CATEGORIES, REPEATED)
        for name in value:
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                raise ValueError(f"no category {name}; {hint}")
        if len(set(value)) < len(value):
            raise ValueError("names a category more than once; name each once")
        if {"fault_report", REPEATED} <= set(value):
            raise ValueError(f"fault_report holds {REPEATED} too; name one of them")
        return value

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.radius_rural_km < self.radius_urban_km:
            raise ValueError(
                f"radius_rural_km = {self.radius_rural_km:g} is less than radius_urban_km = {self.radius_urban_km:g}; "
                "exchange them"
            )
        if self.area is not None:
            west, south, east, north = self.area
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                raise ValueError(f"area = {list(self.area)} is no area; write [west, south, east, north] in degrees")
        return self

"""GET /api/kpis/{key}: the values of one figure as JSON, and its OpenAPI document at /openapi.json (no page of it)."""

import asyncio
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from dashboard.guard import current_scope
from dashboard.house import House
from kpis.periods import GRAINS, NAMED
from kpis.types import Refusal, UnknownKpi

OPENAPI: Final = "/openapi.json"
VERSION: Final = "1"  # of this interface; it moves when an answer's meaning does
_MOMENT: Final = "a time with its offset: 2026-01-31T08:00:00+08:00"


class Question(BaseModel):
    """What of a figure is asked for."""

    model_config = ConfigDict(extra="forbid")

    by: list[str] = Field([], description="dimensions, each by itself or with commas: by=county,channel")
    where: list[str] = Field([], description="DIM=VALUE; values of one dimension add up, an empty value is 'not known'")
    option: list[str] = Field([], description="an option of the definition: target=97, no_limit=excluded")
    start: str | None = Field(None, alias="from", description=f"rows counted from here on, {_MOMENT}")
    end: str | None = Field(None, alias="to", description=f"rows counted before this, {_MOMENT}")
    at: str | None = Field(None, description=f"the figure as of this time, {_MOMENT}; now without it")
    period: str | None = Field(
        None, description="a period of the site's calendar instead of from and to", json_schema_extra={"enum": [*NAMED]}
    )
    every: str | None = Field(
        None, description="also by these parts of the site's calendar", json_schema_extra={"enum": [*GRAINS]}
    )
    compare: bool = Field(
        False,
        description="beside target, the period before, the same a year before, the year so far, shares; needs a period",
    )

    def params(self) -> dict[str, list[str]]:
        """As a query string has it."""
        told = self.model_dump(by_alias=True, exclude_defaults=True, exclude_none=True)
        return {name: value if isinstance(value, list) else [str(value).lower()] for name, value in told.items()}


class Estimate(BaseModel):
    """A value with its proof. `value` is null where nothing counts: missing is never zero."""

    model_config = ConfigDict(extra="forbid")

    value: float | None = Field(description="in the unit of the figure")
    n: int = Field(description="rows that count")
    low: float | None = Field(None, description="95 % interval, where the figure has one")
    high: float | None = None


class Counted(Estimate):
    """With the good rows among them, where the figure is a rate."""

    successes: int | None = None


class Value(Counted):
    """One figure, or one part of it."""

    key: str = Field(description="the definition, as in docs/definitions.md")
    by: dict[str, str | int | None] = Field(description="dimensions and bucket of this part; null is 'not known'")
    unit: str
    as_of: str | None = Field(description="the time of the oldest source it rests on; null when one was never read")
    provisional: bool = Field(description="the period is not over: rows may still come")
    definition_version: int
    before_exemptions: Counted | None = Field(None, description="with the rows that are exempt")
    without_event_days: Counted | None = Field(None, description="of the rows outside days of major events")
    target: float | None = Field(None, description="only with compare, as are the following")
    share: float | None = Field(None, description="its part of all rows that count, percent")
    previous: Estimate | None = Field(None, description="as much of the period before (环比)")
    year_ago: Estimate | None = Field(None, description="the same days a year before (同比)")
    year_to_date: Estimate | None = Field(None, description="from New Year on (累计)")


class Refused(BaseModel):
    """Why there is no answer, and what was perhaps meant."""

    error: str
    nearest: list[str] = []


class _Route(APIRoute):
    """Parameters that do not fit the question are refused in our words."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return _unfit(error.errors())

        return told


def add(server: FastAPI, house: House) -> None:
    """The route and the document that describes it."""
    router = APIRouter(route_class=_Route)
    answers: dict[int | str, dict[str, Any]] = {
        404: {"model": Refused, "description": "There is no such figure; the nearest keys are named."},
        422: {"model": Refused, "description": "The question does not fit the figure; the cure is named."},
    }

    @router.get("/api/kpis/{key}", response_model=list[Value], responses=answers, summary="The values of one figure")
    async def kpi(key: str, question: Annotated[Question, Query()]) -> Response:
        try:
            return JSONResponse(await asyncio.to_thread(house.kpi, current_scope(), key, question.params()))
        except Refusal as error:
            return _refused(error, 404 if isinstance(error, UnknownKpi) else 422)

    server.include_router(router)
    document = get_openapi(title="Lightkeeper", version=VERSION, routes=router.routes)

    @server.get(OPENAPI)
    async def openapi() -> Response:
        return JSONResponse(document)


def _refused(error: Refusal, status: int) -> Response:
    return JSONResponse(Refused(error=str(error), nearest=list(error.nearest)).model_dump(), status)


def _unfit(errors: Sequence[Any]) -> Response:
    """A parameter that does not exist, or has a value of another kind."""
    names = [field.alias or name for name, field in Question.model_fields.items()]
    name = str(errors[0]["loc"][-1])
    if name in names:
        return _refused(Refusal(f"{name}: {errors[0]['msg']}"), 422)
    error = Refusal(f"there is no parameter `{name}`; there are {', '.join(names)}")
    error.nearest = tuple(get_close_matches(name, names, 3, 0.5))
    return _refused(error, 422)

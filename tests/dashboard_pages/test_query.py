"""A filter and its address are the same thing, and a bad address says what it lost."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dashboard.components.query import (
    CHANNELS,
    OUTCOMES,
    PERIODS,
    STATES,
    Fault,
    OrderQuery,
    args_of,
    parse,
)
from dashboard.components.view import view_of
from kpis.catalogue import CATALOGUE
from store.facts.schema import CATEGORIES

SITE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # 21 November, 01:00 at the site
DAYS = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))


@st.composite
def queries(draw: st.DrawFn) -> OrderQuery:
    first, last = draw(DAYS), draw(DAYS)
    assume(not (first and last and first > last))
    kpi = draw(st.none() | st.sampled_from(list(CATALOGUE)))
    return OrderQuery(
        unit=draw(st.none() | st.text(min_size=1)),
        category=draw(st.none() | st.sampled_from(CATEGORIES)),
        channel=draw(st.none() | st.sampled_from(CHANNELS)),
        period=draw(st.sampled_from(list(PERIODS))) if not (first or last) else OrderQuery.period,
        first=first,
        last=last,
        state=draw(st.sampled_from(STATES)),
        kpi=kpi,
        outcome=draw(st.none() | st.sampled_from(OUTCOMES)) if kpi else None,
    )


@given(queries())
def test_the_address_gives_the_query_back(query: OrderQuery) -> None:
    assert parse(args_of(f"?{query.search()}"), CATALOGUE) == (query, [])


@given(st.dictionaries(st.sampled_from(["unit", "from", "to", "state", "kpi", "outcome", "period", "x"]), st.text()))
def test_any_address_is_answered(args: dict[str, str]) -> None:
    query, _ = parse(args, CATALOGUE)
    assert parse(args_of(query.search()), CATALOGUE) == (query, [])


def test_the_usual_view_has_an_empty_address() -> None:
    assert OrderQuery().search() == ""


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        pytest.param({"state": "opne"}, Fault("state", "opne", "open"), id="a slip gets the nearest word"),
        pytest.param({"from": "20.11.2026"}, Fault("from", "20.11.2026", "2026-11-20"), id="a day gets its form"),
        pytest.param({"outcome": "failure"}, Fault("outcome", "failure"), id="an outcome of no figure"),
        pytest.param(
            {"from": "2026-11-20", "to": "2026-11-01"}, Fault("from", "2026-11-20", "2026-11-01"), id="end before start"
        ),
        *(
            pytest.param({word: day}, Fault(word, day, "2026-11-20"), id=f"a day beyond all moments: {day}")
            for word, day in (("from", "0001-01-01"), ("from", "1899-01-01"), ("to", "9999-12-31"))
        ),
        pytest.param({"kpi": "asidi"}, Fault("kpi", "asidi", "saidi"), id="a figure that we do not have"),
    ],
)
def test_what_can_not_be_used_is_told(args: dict[str, str], fault: Fault) -> None:
    assert fault in parse(args, CATALOGUE)[1]


def test_a_period_ends_today_on_the_sites_calendar() -> None:
    query = OrderQuery(period="7d")
    assert query.days(NOW.astimezone(SITE).date()) == (date(2026, 11, 15), date(2026, 11, 21))
    assert query.span(NOW, SITE) == (datetime(2026, 11, 14, 16, tzinfo=UTC), None)


def test_both_own_days_are_included() -> None:
    span = OrderQuery(first=date(2026, 11, 1), last=date(2026, 11, 1)).span(NOW, SITE)
    assert span == (datetime(2026, 10, 31, 16, tzinfo=UTC), datetime(2026, 11, 1, 16, tzinfo=UTC))


def test_everything_has_no_start() -> None:
    assert OrderQuery(period="all").span(NOW, SITE) == (None, None)


@pytest.mark.parametrize(
    ("args", "href"),
    [
        pytest.param({}, "/orders?unit=C1", id="the usual language is not named"),
        pytest.param({"lang": "en"}, "/orders?unit=C1&lang=en", id="another language is kept"),
        pytest.param({"lang": "fr", "theme": "dark"}, "/orders?unit=C1&theme=dark", id="what we do not have is not"),
    ],
)
def test_links_keep_language_and_theme(args: dict[str, str], href: str) -> None:
    assert view_of(args, "zh").href("/orders", {"unit": "C1"}) == href

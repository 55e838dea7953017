"""The pages Repeats and Satisfaction: numbers equal to the evaluation, lists as the facts have them, both languages."""

import re

import pandas as pd
import pytest

from dashboard import guard
from dashboard.components import matter_tables, repeats_answers, satisfaction_answers
from dashboard.components.export_lists import BadFilter, Listed
from dashboard.components.markup import text
from dashboard.components.order_answers import understand
from dashboard.exports import LISTS
from dashboard.pages import repeats, satisfaction
from kpis import people_to_watch
from kpis.cases import dissatisfied_cases
from kpis.catalogue import CATALOGUE
from kpis.chains import escalations, third_calls
from kpis.evaluate import values
from kpis.periods import Every, Grain
from kpis.types import Options
from tests.dashboard_pages.city import NOW, ZONE, DeskHouse

ANSWERS = {**repeats.ANSWERS, **satisfaction.ANSWERS}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ANSWERS)
def test_every_part_answers_in_both_languages(city: DeskHouse, name: str, language: str) -> None:
    found = ANSWERS[name](city, f"?period=30d&lang={language}", {})
    said = " ".join(found["html"].values())
    assert len(said) > 500
    assert "##" not in said
    chinese = re.sub("<[^>]*>", "", said)
    assert bool(re.search("[一-鿿]", chinese)) or language == "en"


@pytest.mark.parametrize("search", ["?period=30d", "?period=7d&unit=C3", "?period=30d&customer=residential"])
def test_figures_are_those_of_the_evaluation(city: DeskHouse, search: str) -> None:
    with city.reader(guard.current_scope()) as reader:
        asked = repeats_answers.page_of(city, reader, search).asked
        for keys in (repeats_answers.KEYS, satisfaction_answers.KEYS):
            found = matter_tables.stands(asked, keys)
            for key, one in found.items():
                if one.unsplit:
                    continue
                d = CATALOGUE[key]
                wanted = values(reader, d, asked.question.option(d), now=NOW, **asked.question.asked).iloc[0]
                assert one.n == wanted["n"], key
                assert one.value == pytest.approx(wanted["value"], nan_ok=True) or one.n == 0


def test_lists_are_those_of_the_facts_within_the_unit(city: DeskHouse) -> None:
    with city.reader(guard.current_scope()) as reader:
        every, bad = third_calls(reader, NOW), dissatisfied_cases(reader, NOW)
        asked = repeats_answers.page_of(city, reader, "?unit=C3").asked
        mine = matter_tables.within_unit(asked, every)
        assert len(mine) == (every["county"] == "C3").sum()
        said = text(satisfaction_answers.cases(asked))
    assert said.count("<tr>") == 1 + min(matter_tables.MOST, int((bad["county"] == "C3").sum()))


def test_no_phone_and_no_identity_stands_on_the_pages(city: DeskHouse) -> None:
    for answer in ANSWERS.values():
        said = " ".join(answer(city, "?period=30d", {})["html"].values())
        assert "identity" not in said and "hmac" not in said


FILES = {
    "repeats-third": lambda reader: third_calls(reader, NOW),
    "repeats-escalated": lambda reader: escalations(reader, NOW),
    "satisfaction-cases": lambda reader: dissatisfied_cases(reader, NOW),
}


def file_of(city: DeskHouse, name: str, search: str) -> tuple[Listed, pd.DataFrame]:
    """A list as its file: columns by their heads."""
    with city.reader(guard.current_scope()) as reader:
        listed = LISTS[name](understand(city, reader, "/orders", search, listed=False), None)
        (batch,) = listed.batches
    frame = batch.to_pandas()
    frame.columns = [column.label for column in listed.columns]
    assert listed.rows == len(frame)
    return listed, frame


@pytest.mark.parametrize("name", FILES)
def test_a_list_is_whole_in_its_file(city: DeskHouse, name: str) -> None:
    with city.reader(guard.current_scope()) as reader:
        wanted = FILES[name](reader)
    _, frame = file_of(city, name, "?lang=en")
    assert len(frame) == len(wanted) > 0
    _, inside = file_of(city, name, "?lang=en&unit=C3")
    assert len(inside) == (wanted["county"] == "C3").sum() < len(frame)
    with pytest.raises(BadFilter, match="unit=nowhere"):
        file_of(city, name, "?lang=en&unit=nowhere")


def test_cases_in_the_file_have_owner_deadline_and_outcome(city: DeskHouse) -> None:
    _, frame = file_of(city, "satisfaction-cases", "?lang=en")
    with city.reader(guard.current_scope()) as reader:
        wanted = dissatisfied_cases(reader, NOW)
    due = frame["due (Asia/Shanghai)"]
    assert (pd.to_datetime(due, utc=True).to_numpy() == wanted["due_at"].to_numpy()).all()
    assert frame["what was done"].tolist().count("nothing yet") == wanted["is_open"].sum()
    assert frame["past 24 h"].tolist() == ["yes" if late else "no" for late in wanted["is_late"]]


@pytest.mark.parametrize(("name", "least"), [("repeats", 13), ("satisfaction", 8), ("satisfaction-stations", 10)])
def test_figures_of_a_file_are_those_of_the_evaluation(city: DeskHouse, name: str, least: int) -> None:
    listed, frame = file_of(city, name, "?lang=en&period=30d")
    assert len(frame) >= least
    if name != "satisfaction-stations":
        for key, n in zip(frame["key of the figure"], frame["counted"], strict=True):
            with city.reader(guard.current_scope()) as reader:
                asked = repeats_answers.page_of(city, reader, "?period=30d").asked
                d = CATALOGUE[key]
                assert n == values(reader, d, asked.question.option(d), now=NOW, **asked.question.asked)["n"].iloc[0]
    assert listed.lines[1][1].startswith("22 Oct")


@pytest.mark.parametrize(
    ("page", "search", "key"),
    [
        ("repeats", "", "complaint_repeat_rate"),
        ("repeats", "&figure=demand_repeat_60d_rate&every=month", "demand_repeat_60d_rate"),
        ("satisfaction", "&figure=net_promoter_score&unit=C1", "net_promoter_score"),
    ],
)
def test_the_trend_is_the_evaluation_by_week_or_month(city: DeskHouse, page: str, search: str, key: str) -> None:
    answer = ANSWERS[f"{page}-trend"](city, f"?lang=en{search}", {})
    grain: Grain = "month" if "month" in search else "week"
    with city.reader(guard.current_scope()) as reader:
        where = {"county": ["C1"]} if "C1" in search else {}
        found = values(reader, CATALOGUE[key], Options(), where=where, every=Every(grain, ZONE), now=NOW)
    drawn = answer["trend"]
    told = {day: (n, value) for day, n, value in zip(drawn["x"], drawn["n"], drawn["value"], strict=True) if n}
    rows = zip(found["bucket"], found["n"], found["value"], strict=True)
    assert told == {str(day)[:10]: (n, pytest.approx(value, abs=1e-4)) for day, n, value in rows}
    assert len(told) >= 2 and answer["finding"].startswith(CATALOGUE[key].label)
    _, frame = file_of(city, f"{page}-trend", f"?lang=en{search}")
    assert frame["first day"].tolist() == drawn["x"] and frame["counted"].tolist() == drawn["n"]


def test_accounts_are_masked_for_who_may_not_see_them() -> None:
    assert people_to_watch.account("300010001", personal=False) == "…010001"
    assert people_to_watch.account("300010001", personal=True) == "300010001"

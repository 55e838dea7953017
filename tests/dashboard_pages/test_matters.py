"""The pages Repeats and Satisfaction: numbers equal to the evaluation, lists as the facts have them, both languages."""

import re

import pytest

from dashboard import guard
from dashboard.components import matter_tables, repeats_answers, satisfaction_answers
from dashboard.components.markup import text
from dashboard.pages import repeats, satisfaction
from kpis.cases import dissatisfied_cases
from kpis.catalogue import CATALOGUE
from kpis.chains import third_calls
from kpis.evaluate import values
from tests.dashboard_pages.city import NOW, DeskHouse

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
        asked = matter_tables.asked_of(city, reader, repeats_answers.PATH, search)
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
        asked = matter_tables.asked_of(city, reader, repeats_answers.PATH, "?unit=C3")
        mine = matter_tables.within_unit(asked, every)
        assert len(mine) == (every["county"] == "C3").sum()
        said = text(satisfaction_answers.cases(asked, reader))
    assert said.count("<tr>") == 1 + min(matter_tables.MOST, int((bad["county"] == "C3").sum()))


def test_no_phone_and_no_identity_stands_on_the_pages(city: DeskHouse) -> None:
    for answer in ANSWERS.values():
        said = " ".join(answer(city, "?period=30d", {})["html"].values())
        assert "identity" not in said and "hmac" not in said

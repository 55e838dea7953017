"""Page Rules and limits: what stands, what another file would do, versions, and personal data past their time."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import house_files
import purging
import rule_book
from alerts.load import SHIPPED
from dashboard import guard
from dashboard.pages import rules
from store.ledger import file_versions
from store.ledger.file_versions import File
from store.scope import Scope
from tests.dashboard_pages import city

ANSWERS = {**rule_book.ANSWERS, "personal": purging.answer}
TEXT = SHIPPED.read_text("utf-8")


class AskedHouse(city.DeskHouse):
    """A house whose pages may ask what a node answers."""

    def ask(self, scope: Scope, command: str, args: Mapping[str, Any]) -> Any:
        return ANSWERS[command](self, scope, args)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AskedHouse]:
    folder: Path = tmp_path_factory.mktemp("rules")
    made = city.house(folder, 600)
    one = AskedHouse(made.settings, site_now=city.NOW, phones=made.phones)
    one.facts, one.ledger = made.facts, made.ledger
    one.tick()
    file_versions.note(one.ledger, house_files.files_of(one.settings), city.NOW - timedelta(days=2))
    file_versions.note(one.ledger, [File("rules", "rules.toml", TEXT + "# another line\n", {})], city.NOW)
    yield one
    one.close()


@pytest.fixture(autouse=True)
def asked_by_an_administrator() -> Iterator[None]:
    token = guard._scope.set(Scope("root", None, role="administrator"))
    yield
    guard._scope.reset(token)


def words(parts: Any) -> str:
    """What a reader reads of Dash components."""
    plain = json.loads(json.dumps(parts, default=lambda one: one.to_plotly_json()))

    def read(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from read(node.get("props", {}).get("children"))
        elif isinstance(node, list):
            for child in node:
                yield from read(child)
        elif node is not None:
            yield str(node)

    return "\n".join(read(plain))


def asked(house: AskedHouse, text: str) -> dict[str, Any]:
    told: dict[str, Any] = rule_book.tried(house, Scope.everything("test"), {"text": text})
    return told


def test_another_limit_is_looked_back_at_beside_the_one_that_stands(house: AskedHouse) -> None:
    other = TEXT.replace('{ level = "orange", from_percent = 90 }', '{ level = "orange", from_percent = 50 }', 1)
    told = asked(house, other)
    assert (told["added"], told["removed"], told["changed"], told["untested"]) == ([], [], ["repair_due"], {})
    test = told["tests"]["repair_due"]
    assert test["changed"]["levels"][0] == "orange from_percent 50"
    assert test["changed"]["raises"] >= test["as_it_is"]["raises"] > 0
    direct = ANSWERS["rules tried"](house, Scope.everything("test"), {"text": TEXT})
    assert direct == {"added": [], "removed": [], "changed": [], "tests": {}, "untested": {}}


def test_new_rules_and_rules_that_are_gone_are_told_and_what_has_no_past_is_not_invented(house: AskedHouse) -> None:
    other = TEXT.replace('key = "third_call"', 'key = "fourth_call"').replace("after_min = 5", "after_min = 6")
    told = asked(house, other)
    assert (told["added"], told["removed"]) == (["fourth_call"], ["third_call"])
    assert set(told["changed"]) == set(told["tests"]) | set(told["untested"])


def test_every_mistake_of_a_file_is_told_with_its_line(house: AskedHouse) -> None:
    broken = TEXT.replace('owner = "county duty officer"', "", 1)
    broken = broken.replace('watches = "order_clock"', 'watches = "moon"', 1)
    said = words(rules.outcome(house, "?lang=en", broken))
    assert "The file can not be used:" in said
    assert "rules:9: rule repair_due.watches" in said
    assert "rules:6: rule repair_due.owner: is missing" in said
    assert "moon" in said
    for text, why in (("x = [", "is not TOML"), ("x" * 100_001, "at most 100,000"), ("  ", "nothing to check")):
        assert why in words(rules.outcome(house, "?lang=en", text))


def test_the_page_shows_rules_versions_with_their_lines_and_what_is_held_of_persons(house: AskedHouse) -> None:
    said = words(rules.body(house, "?lang=en"))
    for told in (
        "orange: from 90 % of the time on", "county duty officer", "1 lines more, 0 less", "+# another line",
        "the first on record", "Kept for 400 days; 0 rows are held",
    ):  # fmt: skip
        assert told in said, told
    assert "橙色：时限用去90%起" in words(rules.body(house, "?lang=zh"))


def test_who_does_not_administer_sees_nothing_of_it(house: AskedHouse) -> None:
    token = guard._scope.set(Scope("li", None, role="leader"))
    try:
        for told in (rules.body(house, "?lang=en"), rules.outcome(house, "?lang=en", TEXT)):
            assert words(told) == "Your role (leader) may not do this."
    finally:
        guard._scope.reset(token)

"""Each reason that alerting stores has its words on the page."""

import pytest

from alerts.lifecycle import Event
from alerts.outbox import RULE_GONE
from alerts.quiet import Quieting, silence_of, why_held, why_quiet, why_untold
from alerts.quiet import said as written
from alerts.routing import NOBODY, Recipient
from alerts.transition import Transition
from dashboard.components.quiet_words import quiet
from i18n import translator
from tests.alerts.duty_town import NOW, PLACE, RULES, SHANGHAI, duty, silence, transition

RULE = RULES["repair_due"]


def reasons() -> list[str]:
    """What the decisions themselves write."""
    found: list[str | None] = [
        NOBODY,
        "it was clear before its time came",
        RULE_GONE,
        "nobody who was told of the raise",
    ]
    silent = (Event.MOVED, Event.HELD, Event.LAPSED, Event.CLOSED)
    found += [why_untold(transition(event), RULE) for event in silent]
    found.append(why_untold(transition(Event.CLEARED), RULE))
    t: Transition = transition(about=PLACE.__class__(**{**vars(PLACE), "outage_no": "O1"}))
    hours = duty('quiet_hours = "08:00-10:00"\n').quiet
    for hush in (
        why_quiet(t, RULE, Quieting(outages={"O1": 12}), SHANGHAI, NOW),
        why_quiet(t, RULE, Quieting([silence(station=["S1"])]), SHANGHAI, NOW),
        why_held(Recipient("mail", "a", quiet=hours), t, SHANGHAI, NOW),
    ):
        assert hush is not None
        found.append(hush.why)
    window = silence(4, station=["S1"]) | {"kind": "maintenance", "by": "Wang Fang"}
    assert silence_of(t, [window], NOW) == window
    return [*(why for why in found if why), written(window, SHANGHAI)]


@pytest.mark.parametrize("why", reasons())
def test_a_stored_reason_has_its_words_in_both_languages(why: str) -> None:
    chinese = quiet(translator("zh"), why)
    assert chinese != why
    assert any("一" <= c <= "鿿" for c in chinese)
    assert "{" not in chinese + quiet(translator("en"), why)


def test_numbers_names_and_ends_are_kept() -> None:
    window = silence(4, station=["S1"]) | {"kind": "maintenance", "by": "Wang until noon"}
    said = quiet(translator("zh"), written(window, SHANGHAI))
    assert said == "检修窗口4（Wang until noon），至2026-03-02 10:00"


def test_an_unknown_reason_stands_as_it_is_written() -> None:
    assert quiet(translator("zh"), "the moon is full") == "the moon is full"

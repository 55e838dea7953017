"""Words of a hotspot: telling ones, at most five, nothing personal."""

import pytest

from kpis.hotspots.words import describing, tokens

USUAL = ["The bill is wrong again", "Bill too high", "No answer on the phone", "The bill came late"]
DIM = [
    "Lights are dim since Tuesday",
    "Dim lights, the motor will not start",
    "Voltage low, motor hums",
    "lights flicker",
]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        pytest.param("The lights are DIM!", "en", ["lights", "dim"], id="plain"),
        pytest.param("Call Mr. Smith at 555-0199", "en", ["call"], id="a name and a number"),
        pytest.param("mail jo@example.com now", "en", ["mail", "now"], id="an address of mail"),
        pytest.param("at 12 Harbour View Road lights flicker", "en", ["lights", "flicker"], id="a street"),
        pytest.param("Dr Jane Doe says motor hums", "en", ["says", "motor", "hums"], id="a name of two words"),
        pytest.param("电压低，灯光闪烁", "zh", ["电压", "灯光", "闪烁"], id="chinese"),
        pytest.param("王建国先生来电反映电压低，电话13800138000", "zh", ["电压"], id="a chinese name and a number"),
        pytest.param("联系人：李小红，中山路12号停电", "zh", ["停电"], id="a contact and a street"),
        pytest.param("", "zh", [], id="nothing"),
    ],
)
def test_tokens(text: str, language: str, words: list[str]) -> None:
    assert tokens(text, language) == words  # type: ignore[arg-type]


def test_names_the_caller_knows_are_left_out() -> None:
    assert tokens("Harbour lights of Petersen are dim", "en", ["Petersen", "harbour"]) == ["lights", "dim"]


def test_what_stands_out_here_and_not_what_is_said_everywhere() -> None:
    here = [tokens(t, "en") for t in [*DIM, "bill"] * 3]
    found = describing(here, [tokens(t, "en") for t in USUAL * 20])
    assert {"lights", "dim", "motor"} <= set(found)
    assert len(found) == 5
    assert "bill" not in found


def test_a_word_of_one_text_alone_is_not_told() -> None:
    assert describing([["secret", "dim"], ["dim"]], [["bill"]] * 50) == ["dim"]


def test_nothing_here_nothing_said() -> None:
    assert describing([], [["bill"]] * 5) == []
    assert describing([["dim"], ["dim"]], []) == []

"""Colours can be told apart and read, computed from the style sheet itself; and nobody else says a colour."""

import re
from itertools import product

import pytest

from dashboard.components.order_grid import LOOK
from dashboard.words import ASSETS
from tests.dashboard.colours import SIGHT, THEMES, TOKENS, ciede2000, contrast, nearest, theme

LEVELS = ("blue", "yellow", "orange", "red")
CHART = tuple(f"chart-{i}" for i in range(1, 6))
WALL, DESK, SHAPE = 7.0, 4.5, 3.0  # WCAG AAA and AA for text, and for what is not text


def pairs(names: tuple[str, ...], grounds: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(product(names, grounds))


LEAST: list[tuple[str, float, list[tuple[str, str]]]] = [
    ("dark", WALL, pairs(("text", "text-2", "text-3"), ("field", "surface"))),
    ("dark", WALL, pairs(("text", "text-2"), ("raised", "land"))),
    ("dark", WALL, [(f"{level}-on", f"{level}-fill") for level in LEVELS]),
    ("dark", WALL, [("text", "red-tint"), ("text", "orange-tint"), ("on-inverse", "inverse")]),
    ("dark", DESK, [*pairs(("text-3", "link"), ("raised", "field")), *pairs(("link",), ("surface",))]),
    ("dark", SHAPE, pairs(LEVELS, ("field", "surface", "raised"))),
    ("dark", SHAPE, pairs(("line-strong", "reference", "focus", *CHART), ("field", "surface"))),
    ("light", WALL, pairs(("text", "text-2"), ("field", "surface", "land"))),
    ("light", WALL, [("text", "red-tint"), ("text", "orange-tint"), ("on-inverse", "inverse")]),
    ("light", DESK, [*pairs(("text-3",), ("field", "surface", "raised")), *pairs(("link",), ("field", "surface"))]),
    ("light", DESK, [(f"{level}-on", f"{level}-fill") for level in LEVELS]),
    ("light", SHAPE, pairs(("blue", "red", "mark-edge", "line-strong", "focus", *CHART), ("field", "surface"))),
]
# CIEDE2000 between the two that are hardest to tell apart, as they are: a change of a token may not bring them nearer.
APART = [
    ("dark", LEVELS, {"normal": 23.1, "protan": 13.6, "deutan": 9.6, "tritan": 17.6}),
    ("light", LEVELS, {"normal": 25.9, "protan": 17.6, "deutan": 12.5, "tritan": 18.3}),
    ("dark", CHART, {"normal": 22.8, "protan": 15.9, "deutan": 10.1, "tritan": 18.2}),
    ("light", CHART, {"normal": 29.2, "protan": 15.2, "deutan": 11.8, "tritan": 8.7}),
]
# Of the 34 pairs of Sharma, Wu and Dalal (2005): each sector of hue, grey, opposite hues, and small differences.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.1848, -84.8006), (50, 0, -82.7485), 1.0),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ((36.4612, 47.8580, 18.3852), (36.2715, 50.5065, 21.2231), 1.4146),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "published"), PUBLISHED)
def test_the_difference_is_the_published_one(
    one: tuple[float, float, float], other: tuple[float, float, float], published: float
) -> None:
    assert ciede2000(one, other) == pytest.approx(published, abs=5e-5)
    assert ciede2000(other, one) == pytest.approx(published, abs=5e-5)


def test_contrast_runs_from_1_to_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # the greyest that passes AA on white


@pytest.mark.parametrize(("name", "least", "asked"), LEAST)
def test_what_is_written_can_be_read(name: str, least: float, asked: list[tuple[str, str]]) -> None:
    colours = theme(name)
    faults = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in asked}
    assert {pair: ratio for pair, ratio in faults.items() if ratio < least} == {}


@pytest.mark.parametrize(("name", "tokens", "least"), APART)
def test_colours_are_told_apart_by_every_eye(name: str, tokens: tuple[str, ...], least: dict[str, float]) -> None:
    colours = [theme(name)[token] for token in tokens]
    for sight in SIGHT:
        assert nearest(colours, sight) >= least[sight], sight


def test_a_light_wall_writes_in_two_inks() -> None:
    """The third ink of the light theme has 5.3 on the field: enough on a desk, too little on a wall."""
    rule = r'&\[data-theme="light"\]\s*\{\s*--text-3:\s*var\(--text-2\)'
    assert re.search(rule, (ASSETS / "wall.css").read_text(encoding="utf-8"))


def test_both_themes_say_the_same_tokens() -> None:
    dark, light = (set(theme(name)) for name in THEMES)
    assert dark ^ light == {"mark-edge"}  # transparent in the dark: the shapes are paler than their ground


def test_the_grid_takes_its_shades_from_the_tokens() -> None:
    css = TOKENS.read_text(encoding="utf-8")
    said = re.findall(r"var\(--([\w-]+)\)", LOOK)
    assert len(said) >= 6
    assert {token for token in said if f"--{token}:" not in css} == {"grid-row"}  # of the page's own size
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb", LOOK)


NAMED = "white|black|gray|grey|red|green|blue|yellow|orange|purple|pink|brown|gold|silver|navy|teal|cyan|magenta|lime"
LITERAL = re.compile(
    r"(?<![\w&])#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})(?![\w-])"
    r"|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\((?!\s*0,\s*0,\s*0,\s*0\))[\d.%]"
    rf"|(?:color|background|fill|stroke|border|outline)[\w-]*\s*[:=]\s*[\"']?(?:[\w.%]+ )*(?:{NAMED})\b"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a { color: #fff; }", True),
        ('fill: "#b0150f"', True),
        ("box-shadow: 0 0 2px rgba(0, 0, 0, .14)", True),
        ('paper_bgcolor: "rgba(0,0,0,0)"', False),
        ("border: 1px solid red", True),
        ('{ color: "white" }', True),
        ("background: transparent", False),
        (".bar i.red { background: var(--red); }", False),
        ("#wall-lost, #add-note { top: 0 }", False),
        ('href="#main"', False),
    ],
)
def test_the_search_for_colours_finds_them(text: str, said: bool) -> None:
    assert bool(LITERAL.search(text)) is said


def test_no_other_file_says_a_colour() -> None:
    root = ASSETS.parent
    files = [f for pattern in ("*.css", "*.js") for f in ASSETS.rglob(pattern) if f != TOKENS]
    files += (root / "dashboard").rglob("*.py")
    assert len(files) > 20
    said = {
        f"{file.relative_to(root)}:{number}: {found.group()}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (found := LITERAL.search(line))
    }
    assert said == set()

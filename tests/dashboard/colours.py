"""How far colours stand apart: the tokens as the style sheet says them, WCAG contrast, CIEDE2000, colour blindness."""

import math
import re
from itertools import combinations
from pathlib import Path
from typing import Final

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

TOKENS: Final = Path(__file__).parents[2] / "assets" / "tokens.css"
THEMES: Final = {"dark": ':root, [data-theme="dark"] {', "light": '[data-theme="light"] {'}

# Machado, Oliveira and Fernandes 2009, table of severity 1.0, on linear RGB.
SIGHT: Final[dict[str, Matrix]] = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
_XYZ: Final[Matrix] = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
_WHITE: Final[Triple] = (0.95047, 1.0, 1.08883)  # D65


def theme(name: str) -> dict[str, str]:
    """Colour tokens of a theme by name, as hex."""
    css = TOKENS.read_text(encoding="utf-8")
    start = css.index(THEMES[name])
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})\b", css[start : css.index("\n}", start)]))


def _linear(colour: str) -> Triple:
    def one(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (one(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return red, green, blue


def _times(matrix: Matrix, vector: Triple) -> Triple:
    a, b, c = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return a, b, c


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    low, high = sorted(sum(w * v for w, v in zip(_XYZ[1], _linear(c), strict=True)) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, sight: str = "normal") -> Triple:
    """CIE L*a*b* (D65) of a hex colour as seen with `sight`."""
    red, green, blue = (min(1.0, max(0.0, v)) for v in _times(SIGHT[sight], _linear(colour)))
    xyz = zip(_times(_XYZ, (red, green, blue)), _WHITE, strict=True)
    x, y, z = (math.cbrt(v / w) if v / w > 216 / 24389 else (24389 / 27 * v / w + 16) / 116 for v, w in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _hue(a: float, b: float) -> float:
    return math.degrees(math.atan2(b, a)) % 360 if a or b else 0.0


def _hues(one: float, other: float, grey: bool) -> tuple[float, float]:
    """Difference and mean of two hues in degrees; without chroma there is no difference."""
    if grey:
        return 0.0, one + other
    apart = (other - one + 180) % 360 - 180 if abs(other - one) != 180 else other - one
    middle = (one + other) / 2
    if abs(one - other) > 180:
        middle += 180 if one + other < 360 else -180
    return apart, middle


def ciede2000(one: Triple, other: Triple) -> float:
    """CIEDE2000 difference of two L*a*b* colours (Sharma, Wu and Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * math.sqrt(mean7 / (mean7 + 25**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    apart, hue = _hues(_hue(a1, b1), _hue(a2, b2), c1 * c2 == 0)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    turn = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(apart / 2))
    weight = 1 + sum(
        k * math.cos(math.radians(n * hue + shift))
        for k, n, shift in ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    )
    by_light = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2))
    by_chroma, by_hue = (c2 - c1) / (1 + 0.045 * chroma), turn / (1 + 0.015 * chroma * weight)
    rolled = 2 * math.sqrt(chroma**7 / (chroma**7 + 25**7)) * math.sin(math.radians(60 * _bell((hue - 275) / 25)))
    return math.sqrt(by_light**2 + by_chroma**2 + by_hue**2 - rolled * by_chroma * by_hue)


def _bell(value: float) -> float:
    return math.exp(-(value**2))


def nearest(colours: list[str], sight: str) -> float:
    """The smallest CIEDE2000 difference between any two of `colours` as seen with `sight`."""
    return min(ciede2000(lab(a, sight), lab(b, sight)) for a, b in combinations(colours, 2))

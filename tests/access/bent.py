"""Payloads of callbacks as pages send them, bent by a seeded generator, and what no answer to one may hold."""

import io
import json
import random
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dashboard.access.gate import PER_MINUTE
from dashboard.guard import CALLBACKS
from tests.access.stand import FORM
from tests.access.town import OTHER, OWN, PERSONAL, Town

HERE: Final = Path(__file__).resolve().parents[2]
# What stands in no answer: how the server is made, where it lies, what it asks, and what nobody may see.
LEAKS: Final = {
    "traceback": re.compile(r"Traceback|most recent call last|File \\?\"[/<]|\w+Error\b.*\bline \d+"),
    "path": re.compile(re.escape(str(HERE)) + r"|site-packages|/usr/lib/python|\.py\b(?! audit)"),
    "sql": re.compile(r"\b(SELECT|INSERT INTO|DELETE FROM|UPDATE)\b.{1,400}\b(FROM|VALUES|WHERE|SET)\b", re.S),
    "machinery": re.compile(
        r"sqlalchemy|sqlite3|psycopg|duckdb|pydantic|ibis\b|starlette|KeyError|TypeError|literal for int"
    ),
    "secret": re.compile(re.escape(FORM) + r"|argon2id"),
    "personal": re.compile("|".join(PERSONAL)),
}
NUMBERS: Final = re.compile(r"20261120\d{6}")
SEARCHES: Final = (
    "?lang=en", "?lang=zh&unit=C2", "?lang=en&id=1", "?lang=en&id=2&show=open", "?show=all", "?pick=1&lang=en", "",
    None,
)  # fmt: skip
WEIRD_SEARCHES: Final = (
    f"?unit={OTHER}", f"?unit={OWN}&unit={OTHER}", "?lang=zh&lang=en", "?theme=dark&theme=light",
    "?id=99999999999999999999",
    "?id=%C2%B2", "?id=1&id=2", "?from=9999-12-31&to=0001-01-01", "?from=2026-13-45", "?q=%00", "?order=orders:1",
    "?order=%00:%00", "?" + "a=b&" * 3000, "?__proto__=1&constructor=2", "?name=main", "?page=../../etc/passwd", "?%",
    "?\ud7ff\ue000=\U0001f4a1", "?=&=&==", "lang=en", "?unit=" + "9" * 5000, "?view=1&house=2&self=3&query=4&path=5",
)  # fmt: skip
WEIRD: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, 10**30, 1.5, -0.0, 1e308, "", " ", "1", "-1", "1e9", "²",
    "٣", "99999999999999999999", "9" * 5000, "x" * 30_000, "é" * 600, "\u202e\u0000", "\0", "'; --",
    "' OR '1'='1", "{{7*7}}",
    "<script>alert(1)</script>", "=1+1", "../../etc/passwd", "%00", "null", "__proto__", "9999-12-31", "0000-00-00",
    "2026-02-30T25:61:61", "NaN", "\U0001f4a1", OTHER, "S1", [], {}, [[]], [None], ["a"], [1, "2", None, True, {}],
    {"__proto__": {"admin": True}}, {"constructor": {"prototype": 1}}, {"id": 1}, {"id": 1, "version": "1"},
    {"id": 1, "version": 10**30}, {"several": 5}, {"several": {"1": "x"}}, {"several": {"1": 10**30}},
    {"number": 10**30}, {"number": True}, {"number": "1"}, {"type": "duty-end", "id": "1"},
)  # fmt: skip
RAW: Final = (
    b"", b"{", b"null", b"[]", b"5", b'"x"', b"NaN", b'{"output": NaN}', b'{"output": "\\ud800"}', b"\xff\xfe{}", b"\0",
    b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"x" * 600_000, b'{"output":' + b"1" * 6000 + b"}",
    b'{"output": "' + b"x" * 300_000 + b'"}', b"output=1&inputs=2", b'{"output": 1e999}',
)  # fmt: skip
SENT: Final[Mapping[str, Sequence[Any]]] = {
    "alerts-shown.data": [{"id": 1, "version": 1}, {"several": {"1": 1, "2": 1}}, None],
    "hotspots-shown.data": [{"number": 1}],
    "duty-roster.value": ["duty", "x"], "access-role.value": ["duty", "manager"], "access-wall.value": ["main"],
    "alarms-rule.value": ["no_such_rule"],
}  # fmt: skip


def pairs_of(output: str) -> list[dict[str, str]]:
    """Ids and properties of a callback's name, as Dash writes several: ..a.b...c.d.."""
    names = output[2:-2].split("...") if output.startswith("..") else [output]
    return [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]


@dataclass
class Bender:
    """True payloads and bent ones. `callbacks`: /_dash-dependencies; `pages`: paths."""

    callbacks: list[dict[str, Any]]
    pages: list[str]
    chance: random.Random
    made: int = field(default=0)

    def __post_init__(self) -> None:
        self.callbacks = [one for one in self.callbacks if not one["clientside_function"]]

    def true(self, callback: Mapping[str, Any]) -> dict[str, Any]:
        """As a page sends it when one of its inputs changed."""
        outputs: Any = pairs_of(callback["output"])
        inputs = [self._sent(place) for place in callback["inputs"]]
        flat = [one for some in inputs for one in (some if isinstance(some, list) else [some])]
        named = [f"{_name(one['id'])}.{one['property']}" for one in flat]
        return {
            "output": callback["output"], "outputs": outputs if callback["output"].startswith("..") else outputs[0],
            "inputs": inputs, "changedPropIds": [self.chance.choice(named)] if named else [],
            "parsedChangedPropsIds": [], "state": [self._sent(place) for place in callback["state"]],
        }  # fmt: skip

    def _sent(self, place: Mapping[str, Any]) -> Any:
        id_, prop = place["id"], place["property"]
        if id_.startswith("{"):
            kind = json.loads(id_)["type"]
            value: Any = [1] if prop == "value" else 1
            number: Any = 1 if kind == "alert-pick" else "1" if kind.startswith("duty") else "777"
            return [{"id": {"id": number, "type": kind}, "property": prop, "value": value}]
        return {"id": id_, "property": prop, "value": self._value(f"{id_}.{prop}", prop)}

    def _value(self, name: str, prop: str) -> Any:
        usual: dict[str, Sequence[Any]] = {
            "search": SEARCHES, "pathname": tuple(self.pages), "n_clicks": (1, 2, None), "data": (0, 3),
            "value": ("words", "", "12", None),
        }  # fmt: skip
        return self.chance.choice(SENT.get(name) or usual[prop])

    def bent(self) -> bytes:
        """One more, the same for the same seed."""
        self.made += 1
        kind = self.chance.random()
        if kind < 0.08:
            return self.chance.choice(RAW)
        payload = self.true(self.chance.choice(self.callbacks))
        if kind < 0.7:
            for _ in range(self.chance.choice((1, 1, 2, 5))):
                self._bend_value(payload)
        else:
            for _ in range(self.chance.choice((1, 1, 2))):
                self._bend_structure(payload)
        # What no encoder writes is written by hand: half a surrogate.
        return json.dumps(payload).replace('"half"', '"\\ud800"').encode()

    def _bend_value(self, payload: dict[str, Any]) -> None:
        places = [*payload["inputs"], *payload["state"]]
        one = self.chance.choice(places)
        one = self.chance.choice(one) if isinstance(one, list) else one
        if isinstance(one["id"], dict) and self.chance.random() < 0.5:
            one["id"]["id"] = self.chance.choice(WEIRD)
            payload["changedPropIds"] = [f"{_name(one['id'])}.{one['property']}"]
        elif one["property"] in ("search", "pathname") and self.chance.random() < 0.8:
            odd = (*self.pages, "/wall/main", "/wall/x\ny", "//", "/%00", "/../etc", "/orders/" + "a" * 9000)
            one["value"] = self.chance.choice(WEIRD_SEARCHES if one["property"] == "search" else odd)
        elif one["property"] == "value" and self.chance.random() < 0.6:
            one["value"] = self.chance.choice([w for w in WEIRD if isinstance(w, str | int | list)])
        else:
            one["value"] = self.chance.choice((*WEIRD, "half", _deep(30), _deep(3)))

    def _bend_structure(self, payload: dict[str, Any]) -> None:
        place: Any = payload
        while isinstance(place, dict | list) and place:
            key: Any = self.chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if isinstance(place[key], dict | list) and place[key] and self.chance.random() < 0.7:
                place = place[key]
                continue
            self._change(place, key)
            return

    def _change(self, place: Any, key: Any) -> None:
        what = self.chance.choice(("drop", "weird", "add", "other", "deep"))
        if what == "drop":
            del place[key]
        elif what == "weird":
            place[key] = self.chance.choice(WEIRD)
        elif what == "other":
            place[key] = self.chance.choice(self.callbacks)["output"]
        elif what == "deep":
            place[key] = _deep(500)
        elif isinstance(place, list):
            place.insert(key, place[key])
        else:
            place["__proto__"] = self.chance.choice(WEIRD)


def _name(id_: Any) -> str:
    return id_ if isinstance(id_, str) else json.dumps(id_, sort_keys=True, separators=(",", ":"))


def _deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


def text_of(content: bytes) -> str:
    """What an answer says; of a workbook what stands in its parts."""
    if not content.startswith(b"PK"):
        return content.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return "\n".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


@dataclass
class Findings:
    """What came of the bent payloads. `statuses`: how many answers of each."""

    statuses: dict[int, int] = field(default_factory=dict)
    server_errors: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    @property
    def n(self) -> int:
        return sum(self.statuses.values())

    def add(self, other: "Findings") -> None:
        self.statuses = dict(Counter(self.statuses) + Counter(other.statuses))
        self.server_errors += other.server_errors
        self.leaks += other.leaks

    def look(self, what: str, said: Any, theirs: Collection[str] = ()) -> None:
        """Takes an answer in: one of httpx or requests. `theirs`: order numbers that its reader may not see."""
        text = text_of(said.content)
        self.statuses[said.status_code] = self.statuses.get(said.status_code, 0) + 1
        if said.status_code >= 500:
            self.server_errors.append(f"{what}: {said.status_code} {text[:200]}")
        for name, sign in LEAKS.items():
            if found := sign.search(text):
                self.leaks.append(f"{what}: {name}: {text[max(0, found.start() - 60) : found.end() + 60]}")
        if set(theirs) & set(NUMBERS.findall(text)):
            self.leaks.append(f"{what}: orders of another county")


async def bender(town: Town, seed: int) -> Bender:
    async with town.browser() as browser:
        with town.visit("root") as headers:
            await browser.get("/", headers=headers)
            known = (await browser.get("/_dash-dependencies", headers=headers)).json()
    from dash import page_registry

    return Bender(known, [p["path"] for p in page_registry.values()], random.Random(seed))  # noqa: S311  the same each time on purpose


def visits(town: Town, user: str, n: int) -> Iterator[dict[str, str]]:
    """The headers of `n` requests, within the pace that a visit has."""
    pace = PER_MINUTE["acts"] - 10
    for start in range(0, n, pace):
        with town.visit(user) as headers:
            for _ in range(min(pace, n - start)):
                yield {**headers, "content-type": "application/json"}


async def bend(town: Town, user: str, n: int, seed: int, found: Findings) -> None:
    """Has `user` send `n` bent payloads."""
    making = await bender(town, seed)
    theirs = town.hidden_from(user)
    async with town.browser() as browser:
        for headers in visits(town, user, n):
            body = making.bent()
            said = await browser.post(CALLBACKS, content=body, headers=headers)
            found.look(f"{user} {making.made} {body[:300]!r}", said, theirs)

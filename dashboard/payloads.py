"""What a page may send to a callback: told from the callbacks there are, before Dash reads it. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MOST_BYTES: Final = 500_000  # an inbox with MOST_OF_A_KIND boxes is four fifths of it
DEEPEST: Final = 24  # arrays and objects within each other
LONGEST: Final = 100_000  # characters of a text: a rules file
MOST_OF_A_KIND: Final = 5_000  # components that share a pattern
GREATEST: Final = 2**53  # the whole numbers that a browser knows exactly
ANY: Final = "ALL"
_NAMES: Final = {"id", "property", "value"}


class Unfit(ValueError):
    """No page sends that. The sentence says what is wrong, and repeats nothing of it."""


@dataclass(frozen=True)
class Place:
    """A property of a component. `id` of several of a kind is a mapping, where ANY stands for each one's own."""

    id: str | Mapping[str, Any]
    prop: str


@dataclass(frozen=True)
class Spec:
    """What one callback gives and takes. `is_one`: one output, which is sent without its list."""

    outputs: tuple[Place, ...]
    is_one: bool
    inputs: tuple[Place, ...]
    state: tuple[Place, ...]


def name_of(id_: Any, prop: str) -> str:
    """As pages and Dash write a property of a component."""
    plain = id_ if isinstance(id_, str) else json.dumps(id_, sort_keys=True, separators=(",", ":"))
    return f"{plain}.{prop}"


def place_of(id_: str, prop: str) -> Place:
    """A place as Dash lists it: the id of a pattern is text of JSON, its wildcard a list of one word."""
    if not id_.startswith("{"):
        return Place(id_, prop)
    parts = {key: value[0] if isinstance(value, list) else value for key, value in json.loads(id_).items()}
    if others := {value for value in parts.values() if value in ("MATCH", "ALLSMALLER")}:
        raise ValueError(f"callback with {id_}: {others.pop()} is not read here; use ALL, or teach dashboard.payloads")
    return Place(parts, prop)


def fitted(asked: Any, specs: Mapping[str, Spec]) -> dict[str, Any]:
    """`asked` as its callback takes it, and nothing beside. Errors: Unfit."""
    if not isinstance(asked, dict):
        raise Unfit("the body is no JSON object")
    _plain(asked)
    key = asked.get("output")
    spec = specs.get(key) if isinstance(key, str) else None
    if spec is None:
        raise Unfit("output: there is no such callback")
    outputs: Any = [{"id": place.id, "property": place.prop} for place in spec.outputs]
    outputs = outputs[0] if spec.is_one else outputs
    if asked.get("outputs") != outputs:
        raise Unfit("outputs: they are not those of the callback")
    inputs = _filled("inputs", spec.inputs, asked.get("inputs"))
    state = _filled("state", spec.state, asked.get("state", []))
    changed = _changed(asked.get("changedPropIds"), spec.inputs, inputs)
    return {"output": key, "outputs": outputs, "inputs": inputs, "state": state, "changedPropIds": changed}


def _plain(body: Any) -> None:
    """Whether all of it can be a page's. Without recursion: depth is what a body may be made of."""
    level, depth = [body], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise Unfit(f"the body is nested deeper than {DEEPEST}")
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += one.keys()
                inner += one.values()
            elif isinstance(one, list):
                inner += one
            elif isinstance(one, str) and ("\0" in one or len(one) > LONGEST):
                raise Unfit(f"a text is longer than {LONGEST} characters, or holds a NUL")
        level = inner


def _filled(what: str, places: Sequence[Place], given: Any) -> list[Any]:
    if not isinstance(given, list) or len(given) != len(places):
        raise Unfit(f"{what}: the callback takes {len(places)}, in the order of its own")
    return [_one(what, place, value) for place, value in zip(places, given, strict=True)]


def _one(what: str, place: Place, given: Any) -> Any:
    if isinstance(place.id, str):
        return _valued(what, place, given)
    if not isinstance(given, list) or len(given) > MOST_OF_A_KIND:
        raise Unfit(f"{what}: {place.prop} of several is a list of at most {MOST_OF_A_KIND}")
    return [_valued(what, place, one) for one in given]


def _valued(what: str, place: Place, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or not given.keys() <= _NAMES:
        raise Unfit(f"{what}: each is an object of id, property and value")
    if given.get("property") != place.prop or not _is_of(place.id, given.get("id")):
        raise Unfit(f"{what}: ids and properties are not those of the callback")
    value = given.get("value")
    if not KINDS.get(place.prop, _anything)(value):
        raise Unfit(f"{what}: a value of {place.prop} is of another kind")
    return {"id": given["id"], "property": place.prop, "value": value}


def _is_of(id_: str | Mapping[str, Any], given: Any) -> bool:
    if isinstance(id_, str):
        return bool(given == id_)
    return (
        isinstance(given, dict)
        and given.keys() == id_.keys()
        and all(_is_key(given[key]) if value == ANY else given[key] == value for key, value in id_.items())
    )


def _is_key(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, str) and len(value) <= 200)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= GREATEST


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/")


def _is_count(value: Any) -> bool:
    return value is None or _is_whole(value)


def _is_written(value: Any) -> bool:
    """What a field or a row of boxes holds: a text, a number, or a list of such."""
    several = value if isinstance(value, list) else [value]
    return all(one is None or isinstance(one, str | int | float) for one in several)


def _anything(_value: Any) -> bool:
    return True


# By property of Dash's components; what is not listed (data of a store) may be anything, and is read as such.
KINDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "n_clicks": _is_count,
    "value": _is_written,
    "pathname": _is_path,
    **dict.fromkeys(("search", "href", "hash"), _is_text),
}
_PATTERN: Final = re.compile(r"(?s)(\{.*\})\.(\w+)")


def _changed(given: Any, places: Iterable[Place], inputs: Iterable[Any]) -> list[str]:
    """Which inputs set it off. One of several that is no longer on the page is left out."""
    there = {
        name_of(one["id"], one["property"]) for some in inputs for one in (some if isinstance(some, list) else [some])
    }
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise Unfit("changedPropIds: a list of names")
    several = [place for place in places if not isinstance(place.id, str)]
    if any(name not in there and not any(_names(name, place) for place in several) for name in given):
        raise Unfit("changedPropIds: a name is of no input")
    return [name for name in given if name in there]


def _names(name: str, place: Place) -> bool:
    found = _PATTERN.fullmatch(name)
    if found is None or found[2] != place.prop:
        return False
    try:
        return _is_of(place.id, json.loads(found[1]))
    except (ValueError, RecursionError):
        return False

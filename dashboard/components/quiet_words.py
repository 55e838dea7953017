"""Why somebody was not told, in the reader's language. The ledger keeps the reasons in English (alerts.quiet)."""

import re
from collections.abc import Callable

Translate = Callable[[str], str]


def quiet(t: Translate, why: str) -> str:
    """The reason `why` in words; one that is not known stands as it is written."""
    for pattern, form in _forms(t):
        if found := re.fullmatch(pattern, why):
            return form.format(**found.groupdict())
    return why


def _forms(t: Translate) -> tuple[tuple[str, str], ...]:
    return (
        ("no further limit passed", t("no further limit passed")),
        ("its rule is no longer in the file", t("its rule is no longer in the file")),
        ("nobody to tell", t("nobody to tell")),
        ("nobody who was told of the raise", t("nobody was told of the raise")),
        ("held back until it has lasted as long as its rule wants", t("held back until it lasts")),
        ("it was good again before anybody was told", t("good again before anybody was told")),
        ("it was told as clear already", t("told as clear already")),
        ("it was clear before its time came", t("clear before quiet hours ended")),
        (r"an all-clear from \w+ is not told by this rule", t("this all-clear is not told")),
        (r"folded into alert (?P<n>\d+)", t("folded into alert {n}")),
        (r"quiet hours until (?P<end>[\d:]+)", t("quiet hours until {end}")),
        (r"silence (?P<n>\d+) by (?P<by>.+) until (?P<end>[\d: -]+)", t("silence {n} by {by} until {end}")),
        (r"maintenance (?P<n>\d+) by (?P<by>.+) until (?P<end>[\d: -]+)", t("maintenance {n} by {by} until {end}")),
    )

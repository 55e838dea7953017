"""What is stored of a transition: itself, the notices about it, and what comes after it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from alerts.transition import Transition


@dataclass(frozen=True)
class Draft:
    """One notice to one recipient.

    `person`: code, None for an exit without one. `exits`: channel:address of what is tried, in this order, when this
    exit fails for good. `quiet`: why it is never sent; it is stored all the same, so that the page can answer "why did
    my phone not ring?". `not_before`: held back until then, and `why` says by what. `code`: a reply with it
    acknowledges.
    """

    channel: str
    address: str
    language: str
    title: str
    body: str
    person: str | None = None
    exits: tuple[str, ...] = ()
    unit: str | None = None
    quiet: str | None = None
    not_before: datetime | None = None
    why: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class Supervision:
    """A supervision order (督办单) that a step of an escalation issues."""

    unit: str
    matter: str
    deadline_at: datetime


@dataclass(frozen=True)
class Posting:
    """A transition with its notices, or with the reason there are none. `by_fallback`: no route named anybody.

    `policy` and `next_step_at`: which escalation the alert follows from here and when its next step is due; None: none.
    """

    transition: Transition
    drafts: tuple[Draft, ...] = ()
    by_fallback: bool = False
    quiet: str | None = None
    policy: str | None = None
    next_step_at: datetime | None = None
    supervision: Supervision | None = None

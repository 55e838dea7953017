"""From a transition to the messages that are stored with it. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.messages import Reader, write
from alerts.routing import Route, route
from alerts.rules import Rule
from alerts.transition import Transition


@dataclass(frozen=True)
class Draft:
    """One message to one recipient, ready to be stored."""

    channel: str
    address: str
    language: str
    title: str
    body: str


@dataclass(frozen=True)
class Posting:
    """A transition with its messages, or with the reason there are none. `by_fallback`: no route named anybody."""

    transition: Transition
    drafts: tuple[Draft, ...] = ()
    by_fallback: bool = False
    quiet: str | None = None


def post(  # four settings of the site that are no thing together
    transition: Transition,
    rules: Mapping[str, Rule],
    routes: Sequence[Route],
    language_of: Callable[[str], str],
    readers: Mapping[str, Reader],
    now: datetime,
) -> Posting:
    """`transition` with a message for each whom `routes` name, in the language of their channel."""
    rule = rules[transition.rule]
    told = route(transition, rule, routes)
    drafts = []
    for recipient in told.recipients:
        language = language_of(recipient.channel)
        message = write(transition, rule, readers[language], now, by_fallback=told.by_fallback)
        drafts.append(Draft(recipient.channel, recipient.address, language, message.title, message.body))
    return Posting(transition, tuple(drafts), told.by_fallback, told.quiet)

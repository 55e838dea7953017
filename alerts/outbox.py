"""From a transition to the notices that are stored with it, and to what follows when nobody answers. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from alerts.duty import Policy, PolicyStep
from alerts.escalation import REPEAT, next_step_at
from alerts.lifecycle import Event
from alerts.messages import Message, Reader, matter, write
from alerts.posting import Draft, Posting, Supervision
from alerts.quiet import Hush, Quieting, folded_into, why_held, why_quiet, why_untold
from alerts.routing import OnDuty, Recipient, Told, of_raise, of_step, policy_of, quiet_hours
from alerts.rules import Rule
from alerts.transition import Transition

LinkOf = Callable[[str, Transition], str | None]
RULE_GONE: Final = "its rule is no longer in the file"
_AGAIN: Final = "nobody who was told of the raise"


def no_link(channel: str, t: Transition) -> str | None:
    """For channels whose reader can open none."""
    return None


@dataclass(frozen=True)
class _Case:
    """One transition on its way to notices."""

    t: Transition
    rule: Rule
    policy: Policy | None
    site: OnDuty
    quieting: Quieting
    at: datetime

    @property
    def step(self) -> PolicyStep | None:
        """The step of the escalation that this transition takes or repeats, beyond the first."""
        return self.policy.step(self.t.step) if self.policy and self.t.step else None


def post(
    t: Transition,
    rule: Rule | None,
    site: OnDuty,
    quieting: Quieting,
    readers: Mapping[str, Reader],
    now: datetime,
    link_of: LinkOf = no_link,
) -> Posting:
    """`t` with a notice for each who is to be told, those who are kept from it included with the reason.

    `readers`: by language. Every notice is in the language of its person, else of its channel. Nobody found goes to the
    fallback and says so; no fallback: the posting says that there was nobody. `rule` None: it is in the file no more.
    """
    if rule is None:
        return Posting(t, quiet=RULE_GONE)
    policy = _policy(t, rule, site, now)
    case = _Case(t, rule, policy, site, quieting, now)
    if reason := why_untold(t, rule):
        return Posting(t, quiet=reason)
    told = _told(case)
    hush = why_quiet(t, rule, quieting, site.zone, now)
    drafts = _drafts(case, told, hush, readers, link_of)
    quiet = told.quiet or (hush.why if hush else None)
    supervision = None if hush else _supervision(case, readers)
    return Posting(t, drafts, told.by_fallback, quiet, policy.name if policy else None, _next(case), supervision)


def _policy(t: Transition, rule: Rule, site: OnDuty, now: datetime) -> Policy | None:
    """A step is of the escalation it was counted in, whatever routes say at this hour; a raise asks them anew."""
    if t.event is Event.CLEARED:
        return None
    if "policy" in t.inputs:
        return site.duty.policies.get(t.inputs["policy"] or "")
    return policy_of(t, rule, site, now)


def _told(case: _Case) -> Told:
    """Whom this event concerns. Whoever heard of the raise hears of its end, and nobody else."""
    t, at = case.t, case.at
    if t.event is Event.CLEARED:
        told = case.quieting.told.get(t.alert_id or 0, ())
        heard = tuple(replace(one, quiet=quiet_hours(one.person, case.site, at)) for one in told)
        return Told(heard, quiet=None if heard else _AGAIN)
    step = case.step
    if step is None:
        return of_raise(t, case.policy, case.site, at)
    return of_step(t, step.to, case.site, at) if step.to else Told()


def _next(case: _Case) -> datetime | None:
    """A folded alert climbs no ladder of its own: that of the outage does."""
    t = case.t
    if t.event is Event.CLEARED or folded_into(t, case.rule, case.quieting):
        return None
    woken = datetime.fromisoformat(t.inputs["woken_at"]) if "woken_at" in t.inputs else case.at
    return next_step_at(case.policy, t.step, woken, case.at, begins=t.reason != REPEAT)


def _drafts(
    case: _Case, told: Told, hush: Hush | None, readers: Mapping[str, Reader], link_of: LinkOf
) -> tuple[Draft, ...]:
    written: dict[tuple[str, str | None], Message] = {}
    drafts = []
    for one in told.recipients:
        own = one.language
        language = own if own is not None and own in readers else case.site.language_of(one.channel)
        link = link_of(one.channel, case.t)
        if (language, link) not in written:
            written[language, link] = write(
                case.t, case.rule, readers[language], case.at, link=link, by_fallback=told.by_fallback,
                missing=told.missing,
            )  # fmt: skip
        held = hush or why_held(one, case.t, case.site.zone, case.at)
        drafts.append(_held(_draft(case, one, language, written[language, link]), held))
    return tuple(drafts)


def _draft(case: _Case, one: Recipient, language: str, message: Message) -> Draft:
    about = case.t.about
    return Draft(
        one.channel, one.address, language, message.title, message.body, one.person, one.exits,
        about.station or about.county or about.city,
    )  # fmt: skip


def _held(draft: Draft, hush: Hush | None) -> Draft:
    if hush is None:
        return draft
    if hush.until is None:
        return replace(draft, quiet=hush.why)
    return replace(draft, not_before=hush.until, why=hush.why)


def _supervision(case: _Case, readers: Mapping[str, Reader]) -> Supervision | None:
    """The supervision order that this step issues, to the county that answers for the place."""
    step = case.step
    if case.t.event is not Event.ESCALATED or step is None or step.deadline is None:
        return None
    unit = case.site.directory.answerable(case.t.about)
    if unit is None:
        return None
    said = matter(case.t, case.rule, readers[case.site.language], case.at)
    return Supervision(unit, said, case.at + step.deadline)

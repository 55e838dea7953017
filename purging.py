"""Personal data past their time: noted in the audit log, then deleted, once an hour; what is held, for whoever asks.

Noted first: a node that dies between the two notes the same rows again, and none goes unnoted.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from asking import Desk
from settings import Settings
from store.ledger import audit
from store.scope import Scope


def kept_since(settings: Settings, now: datetime) -> datetime:
    """The moment before which no personal data are kept."""
    return now - timedelta(days=settings.retention.personal_days)


def purge(desk: Desk, now: datetime) -> int:
    """Deletes all personal rows past their time; how many."""
    before = kept_since(desk.settings, now)
    desk.facts.keep_personal_since(before)
    total = 0
    while (found := desk.facts.personal_past(before)) is not None:
        detail = {
            "rule": f"retention.personal_days = {desk.settings.retention.personal_days}",
            "before": before.isoformat(),
            **found.records,
            "oldest": found.oldest.isoformat(),
            "newest": found.newest.isoformat(),
            "sha256": found.digest,
        }
        audit.note(desk.ledger, audit.Act(audit.NODE, "purged", "personal", detail=detail), now)
        desk.facts.delete_personal(found)
        total += found.keys.num_rows
    return total


def answer(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """The rule, what is held, and the purges on record, the latest first."""
    now = desk.now()
    before = kept_since(desk.settings, now)
    held = desk.facts.personal_held(before)
    done = audit.lines(desk.ledger, acts=["purged"], limit=int(args.get("limit", 20)))
    return {
        "personal_days": desk.settings.retention.personal_days,
        "before": before.isoformat(),
        "rows": held["rows"],
        "oldest": held["oldest"].isoformat() if held["oldest"] else None,
        "past": held["past"],
        "purges": [{"at": line["at"].isoformat(), **line["detail"]} for line in done],
    }

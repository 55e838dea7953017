"""Prometheus' Alertmanager as another way out: alerts as facts, its own rules decide who is told."""

import json
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from alerts.channels.channel import Facts, Message, Traits
from alerts.channels.web import Web, encoded
from settings_channels import Alertmanager

# It ends by itself what it does not hear of; we tell it the end, so it must wait for that.
STANDS_FOR: Final = timedelta(days=365)


class AlertmanagerChannel:
    """POST /api/v2/alerts. A level is a label, so an alert that changes it is another one there: its twin is ended."""

    def __init__(self, name: str, settings: Alertmanager) -> None:
        self._url = settings.url.get_secret_value().rstrip("/")
        self._token = settings.token.get_secret_value() if settings.token else None
        self._labels = dict(settings.labels)
        self._web = Web(name, settings.timeout_s, settings.ca)
        self.traits = Traits(None, most=100, digests=False)

    def why_unusable(self) -> str | None:
        if self._url.endswith("/alerts"):
            return "url: names the path too; write only what stands before /api/v2"
        return None

    def send(self, messages: list[Message]) -> str | None:
        """Errors: DeliveryError by HTTP status: what it does not understand (400) is permanent."""
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        twins = self._standing({f.alert_id for m in messages for f in m.facts if not f.is_first}, headers)
        alerts = [one for m in messages for facts in m.facts for one in self._alerts(m, facts, twins)]
        return f"HTTP {self._web.post(f'{self._url}/api/v2/alerts', encoded(alerts), headers).status}"

    def _standing(self, ids: set[int], headers: dict[str, str]) -> set[tuple[str, str]]:
        """(alert, severity) of those of `ids` that fire there."""
        if not ids:
            return set()
        wanted = quote(f'alert=~"{"|".join(str(id_) for id_ in sorted(ids))}"')
        reply = self._web.post(f"{self._url}/api/v2/alerts?active=true&filter={wanted}", b"", headers, "GET")
        found = json.loads(reply.body)
        return {(a["labels"].get("alert", ""), a["labels"].get("severity", "")) for a in found}

    def _alerts(self, message: Message, facts: Facts, twins: set[tuple[str, str]]) -> list[dict[str, Any]]:
        ends_at = facts.cleared_at or facts.raised_at + STANDS_FOR
        ended = facts.cleared_at or facts.raised_at
        others = [level for id_, level in sorted(twins) if id_ == str(facts.alert_id) and level != facts.level]
        return [
            self._alert(message, facts, facts.level, ends_at),
            *(self._alert(message, facts, level, ended) for level in others),
        ]

    def _alert(self, message: Message, facts: Facts, level: str, ends_at: datetime) -> dict[str, Any]:
        labels = {
            "alertname": facts.rule,
            "subject": facts.subject,
            "alert": str(facts.alert_id),
            "severity": level,
            "unit": facts.unit or "",
        }
        annotations = {
            "summary": message.title,
            "description": message.body,
            "key": message.key,
            "critical": str(facts.critical).lower(),
            "due_at": facts.due_at.isoformat() if facts.due_at else "",
        }
        return {
            "labels": {k: v for k, v in (self._labels | labels).items() if v},
            "annotations": {k: v for k, v in annotations.items() if v},
            "startsAt": facts.raised_at.isoformat(),
            "endsAt": ends_at.isoformat(),
        }

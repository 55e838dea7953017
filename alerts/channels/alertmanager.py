"""Prometheus' Alertmanager as another way out: alerts as facts, its own rules decide who is told."""

from datetime import datetime, timedelta
from typing import Any, Final

from alerts.channels.channel import Facts, Message, Traits
from alerts.channels.web import Web, encoded
from settings_channels import Alertmanager

# It ends by itself what it does not hear of; we tell it the end, so it must wait for that.
STANDS_FOR: Final = timedelta(days=365)
LEVELS: Final = ("orange", "red")


class AlertmanagerChannel:
    """POST /api/v2/alerts. An alert's level is a label, so the other level's twin is ended in the same request."""

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
        alerts = [one for m in messages for facts in m.facts for one in self._alerts(m, facts)]
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        return f"HTTP {self._web.post(f'{self._url}/api/v2/alerts', encoded(alerts), headers).status}"

    def _alerts(self, message: Message, facts: Facts) -> list[dict[str, Any]]:
        ended = facts.cleared_at or facts.raised_at
        return [
            self._alert(
                message,
                facts,
                level,
                facts.raised_at + STANDS_FOR if level == facts.level and facts.cleared_at is None else ended,
            )
            for level in dict.fromkeys((*LEVELS, facts.level))
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

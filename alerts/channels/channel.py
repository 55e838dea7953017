"""What every way out of the house does, what it says of itself, and how it fails."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

TEXT_LIMIT: Final = 70  # characters of one Chinese text, signature included


class DeliveryError(Exception):
    """A message did not go. The text has no address and no secret.

    `permanent`: trying again can not help. `maybe_taken`: the receiver may have it, its answer was lost: the same
    message goes again under the same key. `wait_s`: the receiver wants no message before that time has passed.
    """

    def __init__(self, reason: str, *, permanent: bool, maybe_taken: bool = False, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.maybe_taken = maybe_taken
        self.wait_s = wait_s


@dataclass(frozen=True)
class Traits:
    """What the others must know of a channel.

    `address`: which address of a person it needs (phone, email, topic, robot ...); None: it takes none. `is_text`: only
    the title goes, and a person's limit of texts counts. `limits`: (messages, seconds) of one exit; `rest_s`: how long
    the receiver refuses once they are passed. `most_bytes`: of one message in UTF-8, title, body and key together.
    `digests`: whether several may become one message for a person's eyes; programs get each. `most`: so many of them
    may go in one hand-over, each under its own key. `opens_links`: whether a link can be opened where it is read.
    """

    address: str | None = None
    is_text: bool = False
    limits: tuple[tuple[int, float], ...] = ()
    rest_s: float = 60.0
    most_bytes: int | None = None
    most: int | None = None
    digests: bool = True
    opens_links: bool = True


@dataclass(frozen=True)
class Facts:
    """The alert behind a message, for receivers that are programs. `cleared_at` None: it stands.

    `is_first`: nothing was told of it before.
    """

    alert_id: int
    rule: str
    subject: str
    event: str
    level: str
    critical: bool
    raised_at: datetime
    cleared_at: datetime | None = None
    due_at: datetime | None = None
    order_no: str | None = None
    unit: str | None = None
    is_first: bool = False


@dataclass(frozen=True)
class Message:
    """What is handed over. `reply`: how a text is answered to take it. `facts`: of the alert, or of all in a digest."""

    address: str
    title: str
    body: str
    key: str
    language: str = "zh"
    reply: str | None = None
    facts: tuple[Facts, ...] = ()

    def whole(self, most_bytes: int | None = None) -> str:
        """Title, body and key as one text; the body is cut where it would not fit."""
        tail = f"\n#{self.key}"
        room = None if most_bytes is None else most_bytes - len(tail.encode())
        return cut(f"{self.title}\n{self.body}", room) + tail


def cut(text: str, most_bytes: int | None) -> str:
    """`text`, or as much of its beginning as fits, with an ellipsis."""
    if most_bytes is None or len(text.encode()) <= most_bytes:
        return text
    return text.encode()[: max(0, most_bytes - 3)].decode(errors="ignore") + "…"


class Channel(Protocol):
    """One way out."""

    @property
    def traits(self) -> Traits: ...

    def why_unusable(self) -> str | None:
        """What is wrong with its settings, as `key: what; cure` without showing a value; None: nothing seen."""

    def send(self, messages: list[Message]) -> str | None:
        """Hands messages over, one unless `traits.most` says more; the receiver's word for it, where it gives one.

        Returns once the receiver has them. Errors: DeliveryError.
        """

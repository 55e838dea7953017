"""What the site's own files said, version by version: rules, limits, calendars, duty, and settings by section.

A node notes at its start what changed since the last one. Texts are kept, so that what held at a moment can be read
later; of the settings, which may hold secrets, only the digest of each section.
"""

import difflib
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from store.ledger import audit
from store.ledger.base import Base, BigId
from store.ledger.ledger import Ledger


class FileVersion(Base):
    """One version of one file. `kind`: rules, limits, calendars, duty or settings; `number` counts within it."""

    __tablename__ = "file_versions"
    __table_args__ = (Index("version_of", "kind", "number", unique=True), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))  # of the file, without its folder
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of its text
    text: Mapped[str | None] = mapped_column(Text)
    sections: Mapped[dict[str, Any]]  # of the settings: the digest of each section
    seen_at: Mapped[datetime]


@dataclass(frozen=True)
class File:
    """One file as it is now; `text` None where it may hold secrets: then `sections` say what changed."""

    kind: str
    name: str
    text: str | None
    sections: Mapping[str, str]

    @property
    def digest(self) -> str:
        said = json.dumps(dict(self.sections), sort_keys=True) if self.text is None else self.text
        return hashlib.sha256(said.encode()).hexdigest()


def note(ledger: Ledger, files: list[File], now: datetime) -> list[str]:
    """Notes those of `files` that are not as they were last, each with a line of the audit log; their kinds.

    The first version of a file is noted too: the log says since when it is watched.
    """
    changed = []
    for file in files:
        with suppress(IntegrityError), ledger.writing() as session:  # another node notes the same at this moment
            if _noted(session, file, now):
                changed.append(file.kind)
    return changed


def _noted(session: Session, file: File, now: datetime) -> bool:
    query = select(FileVersion).where(FileVersion.kind == file.kind).order_by(FileVersion.number.desc()).limit(1)
    last = session.scalar(query)
    if last is not None and last.digest == file.digest:
        return False
    number = 1 if last is None else last.number + 1
    session.add(
        FileVersion(
            kind=file.kind, number=number, name=file.name, digest=file.digest, text=file.text,
            sections=dict(file.sections), seen_at=now,
        )
    )  # fmt: skip
    detail = {"file": file.name, "version": number, "sha256": file.digest, **_what(last, file)}
    audit.add(session, audit.Act(audit.NODE, "file_changed", file.kind, detail=detail), now)
    return True


def _what(last: FileVersion | None, file: File) -> dict[str, Any]:
    if last is None:
        return {}
    if file.text is None or last.text is None:
        names = sorted(set(last.sections) | set(file.sections))
        return {"sections": [n for n in names if last.sections.get(n) != file.sections.get(n)]}
    lines = difference(last.text, file.text)
    return {
        "added": sum(line.startswith("+") for line in lines),
        "removed": sum(line.startswith("-") for line in lines),
    }


def difference(before: str, after: str) -> list[str]:
    """The lines that differ, each with + or - before it, and those around them."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return [line for line in found if not line.startswith(("---", "+++"))]


def versions(ledger: Ledger, kind: str, limit: int = 50) -> list[dict[str, Any]]:
    """The versions of one file, the latest first: kind, number, name, digest, text, sections, seen_at."""
    query = select(FileVersion).where(FileVersion.kind == kind).order_by(FileVersion.number.desc()).limit(limit)
    with ledger.reading() as session:
        return [
            {c.key: getattr(row, c.key) for c in FileVersion.__table__.columns if c.key != "id"}
            for row in session.scalars(query)
        ]

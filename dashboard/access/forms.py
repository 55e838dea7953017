"""What a plain form sends."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request

MOST_BYTES: Final = 10_000
Fields = Mapping[str, str]


async def fields_of(request: Request) -> Fields:
    """What a form sent, one value a name; empty where it is no form or too large.

    Without NULs, which no browser sends and no PostgreSQL takes.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return {}
    found = parse_qs(body.decode("utf-8", "replace").replace("%00", ""), keep_blank_values=True, max_num_fields=20)
    return {name: values[-1] for name, values in found.items()}

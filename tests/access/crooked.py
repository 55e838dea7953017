"""A provider on loopback whose every answer a test may bend."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

KEYS: Final = tuple(RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("one", "two"))
CLIENT: Final = "lightkeeper"


@dataclass
class Crooked:
    """Answers by path; what was asked is kept."""

    issuer: str
    answers: dict[str, Any] = field(default_factory=dict)  # path: an object, or (status, body)
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)  # path, headers, form

    def reset(self) -> None:
        self.asked.clear()
        self.answers = {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
            },
        }
        self.publish(KEYS[0])

    def publish(self, *keys: RSAKey) -> None:
        self.answers["/keys"] = KeySet(list(keys)).as_dict(private=False)

    def token(self, nonce: str, key: Any = KEYS[0], header: dict[str, Any] | None = None, **claims: Any) -> str:
        """An ID token about ada, good but for what is given."""
        now = int(time.time())
        about = {"iss": self.issuer, "aud": CLIENT, "sub": "7", "iat": now, "exp": now + 60, "nonce": nonce}
        about |= {"preferred_username": "ada", "name": "Ada", "groups": ["duty"]} | claims
        head = {"alg": "RS256", "kid": key.kid} | (header or {})
        return jwt.encode(head, {k: v for k, v in about.items() if v is not None}, key, [head["alg"]])

    def give(self, token: str) -> None:
        self.answers["/token"] = {"access_token": "a", "token_type": "Bearer", "id_token": token}

    def times(self, path: str) -> int:
        return sum(1 for asked, _, _ in self.asked if asked == path)


@contextmanager
def crooked() -> Iterator[Crooked]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            one.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, dict(parse_qsl(body))))
            answer = one.answers.get(self.path, (404, b"nothing here"))
            status, text = answer if isinstance(answer, tuple) else (200, json.dumps(answer).encode())
            self.send_response(status)
            if status == 302:
                self.send_header("location", text.decode())
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        one = Crooked(f"http://127.0.0.1:{server.server_port}")
        one.reset()
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield one
        server.shutdown()
        thread.join(5)

"""Mail through the site's own server."""

import smtplib
import socket
import ssl
from contextlib import closing, suppress
from email.message import EmailMessage
from typing import Final

from alerts.channels.channel import DeliveryError, Message, Traits
from settings_channels import Smtp

KEY_HEADER: Final = "X-Lightkeeper-Key"


class SmtpChannel:
    """One connection per message: mail servers end idle ones, and a mail is no burst."""

    def __init__(self, name: str, settings: Smtp) -> None:
        self._name, self._settings = name, settings
        self.traits = Traits("email")

    def why_unusable(self) -> str | None:
        has_user, has_password = self._settings.user is not None, self._settings.password is not None
        if has_user != has_password:
            return "user: a user without a password, or the reverse; give both or neither"
        if has_user and self._settings.security == "none":
            return "security: the password would cross the network unprotected; use starttls or tls"
        return None

    def send(self, messages: list[Message]) -> str | None:
        """What the server said when it took the mail. Errors: DeliveryError; a 5xx is permanent."""
        receipt = None
        for message in messages:
            receipt = self._send(message)
        return receipt

    def _send(self, message: Message) -> str:
        mail, sent = self._mail(message), False
        try:
            with closing(self._connected()) as server:
                for step, argument in ((server.mail, self._settings.sender), (server.rcpt, message.address)):
                    self._judge(*step(argument))
                sent = True
                code, words = server.data(mail.as_bytes())
                with suppress(OSError, smtplib.SMTPException):  # the mail is taken or not: a goodbye changes nothing
                    server.quit()
        except DeliveryError:
            raise
        except smtplib.SMTPResponseException as error:
            raise self._refusal(error.smtp_code) from None  # its words may show the address
        except (TimeoutError, socket.gaierror, ConnectionError, ssl.SSLError, OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"{self._name}: {_cause(error)}", permanent=False, maybe_taken=sent) from None
        self._judge(code, words)
        return f"{code} {words.decode(errors='replace')}"[:64]

    def _connected(self) -> smtplib.SMTP:
        s = self._settings
        context = ssl.create_default_context(cafile=str(s.ca) if s.ca else None)
        if s.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(s.host, s.port, timeout=s.timeout_s, context=context)
        else:
            server = smtplib.SMTP(s.host, s.port, timeout=s.timeout_s)
        try:
            if s.security == "starttls":
                server.starttls(context=context)
            if s.user is not None and s.password is not None:
                server.login(s.user, s.password.get_secret_value())
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self._settings.sender, message.address
        mail["Subject"] = " ".join(message.title.split())
        mail["Message-ID"] = f"<{message.key}@{self._settings.sender.partition('@')[2]}>"
        mail[KEY_HEADER] = message.key
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        return mail

    def _judge(self, code: int, _words: bytes) -> None:
        if not 200 <= code < 300:
            raise self._refusal(code)

    def _refusal(self, code: int) -> DeliveryError:
        return DeliveryError(f"{self._name}: SMTP {code}", permanent=code >= 500)


def _cause(error: Exception) -> str:
    causes = (
        (TimeoutError, "timed out"),
        (socket.gaierror, "host name unknown"),
        (ConnectionRefusedError, "connection refused"),
        (ssl.SSLCertVerificationError, "certificate not trusted"),
        (ssl.SSLError, "no TLS with the receiver"),
        (smtplib.SMTPNotSupportedError, "the server offers no such sign-in or no STARTTLS"),
    )
    return next((words for kind, words in causes if isinstance(error, kind)), "connection broken")

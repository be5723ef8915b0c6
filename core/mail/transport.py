"""Hands e-mails to a server, or puts them into a folder where none is set.

A letter is handed over in two steps, so that what is written down between them tells what is certain: `offer` gives
everything but the end mark, without which no server accepts a letter; `finish` gives the end mark and hears the answer.
"""

from __future__ import annotations

import contextlib
import os
import re
import smtplib
import socket
import ssl
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from core.errors import Misdeclared

TIMEOUT = 20.0
"""Seconds that the server may take for one answer."""
LOCAL = ("localhost", "127.0.0.1", "::1")
_DOTS = re.compile(rb"(?m)^\.")


class Refusal(Exception):
    """The server said no to one letter; it did not take it. `of_recipient`: to the one to whom it was to go."""

    def __init__(self, code: int, text: str, *, of_recipient: bool = False) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text
        self.of_recipient = of_recipient

    @property
    def is_final(self) -> bool:
        """Tell whether trying again is useless."""
        return self.code >= 500


class Unreachable(Exception):
    """The server cannot be reached or broke off; it did not take the letter."""


class Lost(Exception):
    """The connection ended after the end mark: nobody knows whether the server took the letter."""


class Transport(Protocol):
    """Takes letters one after the other."""

    def open(self) -> None:
        """Connect. Raises Unreachable."""

    def offer(self, sender: str, recipient: str, content: bytes) -> None:
        """Hand over a letter without its end mark. Raises Refusal, Unreachable."""

    def finish(self) -> str:
        """Give the end mark; return what the server answered. Raises Refusal, Lost."""

    def drop(self) -> None:
        """Forget an offered letter, which the server then does not take; connect again with `open`."""

    def close(self) -> None:
        """Say goodbye."""


def transport_for(url: str | None, folder: Path) -> Transport:
    """Make the transport of an address: `smtp://`, `smtps://`; without one a folder. Raises Misdeclared."""
    if not url:
        return Folder(folder)
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Misdeclared("ZHIKE_MAIL_URL must be smtp://host:port or smtps://host:port")
    return Server(url)


class Server:
    """An SMTP server. `smtp://` uses STARTTLS where it is offered; a password never goes over an open line but here."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.secure = parts.scheme == "smtps"
        self.host = parts.hostname or ""
        self.port = parts.port or (465 if self.secure else 25 if parts.username is None else 587)
        self.user = unquote(parts.username or "")
        self.password = unquote(parts.password or "")
        self._smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect, unless connected. Raises Unreachable."""
        if self._smtp is not None:
            return
        smtp: smtplib.SMTP | None = None
        try:
            if self.secure:
                smtp = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=ssl.create_default_context())
            else:
                smtp = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
            assert smtp.sock is not None
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the end mark must not wait for an answer
            smtp.ehlo()
            if not self.secure and smtp.has_extn("starttls"):
                smtp.starttls(context=self._trust())
                smtp.ehlo()
            elif not self.secure and self.user and self.host not in LOCAL:
                raise Unreachable("the server offers no encryption, and a password is not sent over an open line")
            if self.user:
                smtp.login(self.user, self.password)
        except Unreachable:
            if smtp is not None:
                smtp.close()
            raise
        except (OSError, smtplib.SMTPException) as error:
            if smtp is not None:
                smtp.close()
            raise Unreachable(_said(error)) from error
        self._smtp = smtp

    def _trust(self) -> ssl.SSLContext:
        """Check the server's certificate, but on this machine, where servers make their own."""
        context = ssl.create_default_context()
        if self.host in LOCAL:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def offer(self, sender: str, recipient: str, content: bytes) -> None:
        """Hand over a letter without its end mark. Raises Refusal, Unreachable."""
        self.open()
        smtp = self._smtp
        assert smtp is not None
        try:
            for command, address in ((smtp.mail, sender), (smtp.rcpt, recipient)):
                code, text = command(address)
                if code >= 400:
                    smtp.rset()
                    raise Refusal(code, text.decode("utf-8", "replace"), of_recipient=command == smtp.rcpt)
            code, text = smtp.docmd("DATA")
            if code != 354:
                smtp.rset()
                raise Refusal(code, text.decode("utf-8", "replace"))
            smtp.send(_DOTS.sub(b"..", content.rstrip(b"\r\n")) + b"\r\n")
        except UnicodeError as error:
            self.drop()
            raise Refusal(553, "the address cannot be written in ASCII") from error
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Unreachable(_said(error)) from error

    def finish(self) -> str:
        """Give the end mark; return what the server answered. Raises Refusal, Lost."""
        smtp = self._smtp
        assert smtp is not None
        try:
            smtp.send(b".\r\n")
            code, text = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Lost(_said(error)) from error
        said = text.decode("utf-8", "replace")
        if code >= 300:
            raise Refusal(code, said)
        return f"{code} {said}"

    def drop(self) -> None:
        """Break off: a letter without its end mark is not taken."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def close(self) -> None:
        """Say goodbye."""
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self.drop()


def _said(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        return f"{error.smtp_code} {raw.decode('utf-8', 'replace') if isinstance(raw, bytes) else raw}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class Folder:
    """Writes each letter as a file, for deployments without a server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._part: Path | None = None

    def open(self) -> None:
        """Make the folder. Raises Unreachable."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unreachable(_said(error)) from error

    def offer(self, sender: str, recipient: str, content: bytes) -> None:
        """Write a letter under a name that nobody reads yet."""
        self.open()
        name = f"{os.urandom(8).hex()}.part"
        try:
            self._part = self.folder / name
            self._part.write_bytes(content)
        except OSError as error:
            raise Unreachable(_said(error)) from error

    def finish(self) -> str:
        """Give it its name."""
        assert self._part is not None
        target = self._part.with_suffix(".eml")
        try:
            self._part.rename(target)
        except OSError as error:
            raise Lost(_said(error)) from error
        self._part = None
        return f"written to {target.name}"

    def drop(self) -> None:
        """Remove what was offered."""
        if self._part is not None:
            self._part.unlink(missing_ok=True)
            self._part = None

    def close(self) -> None:
        """Leave nothing half."""
        self.drop()

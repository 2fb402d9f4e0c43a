"""Mail: "there is a letter in your mailbox", and to the agency itself "a promise isn't kept". No content, no name."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from django.conf import settings

SECONDS = 20


def send(to: str, subject: str, body: str) -> None:
    """Send one mail over the server in ``ZUSAGE_MAIL_URL`` (``smtp://``, ``smtp+starttls://`` or ``smtps://``).

    Raises SMTPException or OSError where it doesn't go out, ValueError for lines and control characters in a header.
    """
    if not (to.isprintable() and subject.isprintable()):
        raise ValueError("control characters in a header")
    url = urlsplit(settings.MAIL_URL)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.MAIL_FROM, to, subject
    message["Date"], message["Message-ID"] = (
        formatdate(),
        make_msgid(domain=settings.MAIL_FROM.rpartition("@")[2]),
    )
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    with _connect(url.scheme, url.hostname or "localhost", url.port) as server:
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def _connect(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=secure)
    server = smtplib.SMTP(host, port or 25, timeout=SECONDS)
    if scheme == "smtp+starttls":
        server.starttls(context=secure)
    return server

"""A mail in Arabic, in English or in both, and the message that goes over the wire."""

import re
import unicodedata
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. Mails with the same key are the same mail, however often they are sent."""

    key: str
    to: str
    subject: str
    body: str


def check_mail(to: str, subject: str) -> None:
    """Raises `ValueError` for what no mail server would take, or what would end the head of the message early."""
    if not _ADDRESS.fullmatch(to):
        raise ValueError(f"to={to!r} is no mail address: one like buyer@example.com was expected")
    if not subject.strip() or len(subject.splitlines()) != 1:
        raise ValueError(f"subject={subject!r}: one line of text was expected")


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The message, in UTF-8. An Arabic body has an HTML part too, which alone can say that it runs right to left.

    The message id is the mail's key, by which a server or a reader knows a mail that it has already.
    """
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<{mail.key}@{sender.rpartition('@')[2]}>"
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    # base64 passes every server; a body of plain English is left readable
    encoding = "7bit" if mail.body.isascii() and _is_narrow(mail.body) else "base64"
    message.set_content(mail.body, cte=encoding)
    if is_arabic(mail.body):
        message.add_alternative(_right_to_left(mail), subtype="html", cte="base64")
        message["Content-Language"] = "ar"
    return message


def is_arabic(text: str) -> bool:
    """Whether it begins in Arabic: what stands before the first letter, digits among them, does not decide."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") == "AL"


def _is_narrow(text: str) -> bool:
    """Lines of more than 998 bytes are against the rules of SMTP."""
    return all(len(line) < 998 for line in text.splitlines())


def _right_to_left(mail: Mail) -> str:
    # dir="auto" lets a paragraph in English inside of an Arabic mail run its own way
    paragraphs = "\n".join(f'<p dir="auto">{escape(line) or "<br>"}</p>' for line in mail.body.splitlines())
    return (
        '<!doctype html>\n<html lang="ar" dir="rtl">\n'
        f'<head><meta charset="utf-8"><title>{escape(mail.subject)}</title></head>\n'
        f"<body>\n{paragraphs}\n</body>\n</html>\n"
    )

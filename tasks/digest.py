"""The daily mail: what an account's unit owes, what came back, what waits, once a day."""

import datetime
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from tasks.actions import once
from tasks.models import Reminder
from tasks.work import Work, has_duties

LANGUAGE = "zh-hans"


@dataclass
class Sent:
    """How many mails went out, and to whom one could not be sent, with the reason."""

    mails: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def recipients(on: datetime.date) -> Iterator[tuple[User, Work]]:
    """Accounts with an address for whom there is news: a reminder, a return, or a review."""
    reminded = set(Reminder.objects.sent(on).values_list("division", flat=True))
    accounts = User.objects.filter(is_active=True, division__isnull=False).exclude(email="")
    for user in accounts.select_related("division").order_by("pk"):
        if not has_duties(user):
            continue
        work = Work.of(user, on)
        if work.to_do.total or user.division_id in reminded:
            yield user, work


def compose(user: User, work: Work) -> EmailMessage:
    """The mail in Chinese, whatever language the command runs in."""
    context = {"user": user, "work": work, "site": settings.SITE_URL}
    with translation.override(LANGUAGE):
        facts = {"unit": user.division, "month": work.on.month, "day": work.on.day}
        subject = _("Rural party-building ledger: %(unit)s, to do on %(month)d-%(day)d") % facts
        body = render_to_string("tasks/mail/digest.txt", context)
    return EmailMessage(subject, body, to=[user.email])


def send_digests(on: datetime.date) -> Sent:
    """Send each account its mail of the day; whoever has it already gets no second one.

    The key of the day is kept in the transaction that sends, so that a mail which could not be
    sent is tried again the next time, and an interrupted run goes on where it was.
    """
    sent = Sent()
    with get_connection() as connection:
        for user, work in recipients(on):
            try:
                sent.mails += _send_once(user, work, connection)
            except (smtplib.SMTPException, OSError) as error:
                sent.failed.append((user.username, type(error).__name__))
    return sent


def _send_once(user: User, work: Work, connection: BaseEmailBackend) -> int:
    written: list[EmailMessage] = []

    def act() -> dict[str, int]:
        written.append(compose(user, work))
        return {"sent": connection.send_messages(written) or 0}

    once(user, f"digest {work.on.isoformat()}", b"", act)
    return len(written)

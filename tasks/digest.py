"""The daily mail: what an account's unit owes, what came back, what waits, once a day."""

import datetime
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import RequestKey, User
from tasks.models import Reminder
from tasks.terms import A_DAY, Ending, newly_ending
from tasks.work import Work, has_duties

LANGUAGE = "zh-hans"
# How long the keys of mails are kept, see `manage.py chase`: nothing older is told as news.
LOOKS_BACK = datetime.timedelta(days=7)


@dataclass(frozen=True)
class Digest:
    """What an account is told on a day."""

    user: User
    work: Work
    terms: list[Ending]


@dataclass
class Sent:
    """How many mails went out, and to whom one could not be sent, with the reason."""

    mails: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def digests(on: datetime.date) -> Iterator[Digest]:
    """For accounts with an address for whom there is news: a reminder, a return, a review, or a
    term that comes to its end."""
    reminded = set(Reminder.objects.sent(on).values_list("division", flat=True))
    served = RequestKey.objects.filter(key=_key(on)).values("user")
    accounts = User.objects.filter(is_active=True, division__isnull=False).exclude(email="")
    accounts = accounts.exclude(pk__in=served)
    for user in accounts.select_related("division").order_by("pk"):
        if not has_duties(user):
            continue
        work, terms = Work.of(user, on), newly_ending(user, on, _last_mail(user, on))
        if work.to_do.total or terms or user.division_id in reminded:
            yield Digest(user, work, terms)


def _last_mail(user: User, on: datetime.date) -> datetime.date:
    """The day of the last mail: what was news by then has been told."""
    days = [on - n * A_DAY for n in range(1, LOOKS_BACK.days)]
    mails = RequestKey.objects.visible_to(user).filter(key__in=map(_key, days))
    sent = set(mails.values_list("key", flat=True))
    return next((day for day in days if _key(day) in sent), on - LOOKS_BACK)


def compose(digest: Digest) -> EmailMessage:
    """The mail in Chinese, whatever language the command runs in."""
    user, work = digest.user, digest.work
    context = {"user": user, "work": work, "terms": digest.terms, "site": settings.SITE_URL}
    with translation.override(LANGUAGE):
        facts = {"unit": user.division, "month": work.on.month, "day": work.on.day}
        subject = _("Rural party-building ledger: %(unit)s, to do on %(month)d-%(day)d") % facts
        body = render_to_string("tasks/mail/digest.txt", context)
    return EmailMessage(" ".join(subject.split()), body, to=[user.email])


def send_digests(on: datetime.date) -> Sent:
    """Send each account its mail of the day; whoever has it already gets no second one.

    The key of the day is kept before its mail is sent and given back where it could not be:
    an interrupted run may leave out one mail, never send one twice, and no transaction waits
    for a mail server.
    """
    sent = Sent()
    with get_connection() as connection:
        for digest in digests(on):
            user = digest.user
            key, is_new = RequestKey.objects.get_or_create(user=user, key=_key(on))
            if not is_new:
                continue
            try:
                sent.mails += connection.send_messages([compose(digest)]) or 0
            except (smtplib.SMTPException, OSError) as error:
                key.delete()
                sent.failed.append((user.username, type(error).__name__))
    return sent


def _key(on: datetime.date) -> str:
    return f"digest {on.isoformat()}"

"""`manage.py chase`: the mails of the day, once, and what is forgotten."""

import datetime
import io
import smtplib
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command

from accounts.models import RequestKey, User
from cadres.models import Posting
from tasks.models import Entry, Reminder
from tests.cadres.people import PHONES
from tests.tasks.verbs import moment, return_, submitted
from tests.world import NOW, World

WITH_MAIL = ("dongshan_reporter", "hejian_reviewer", "linzhou_reviewer", "city_viewer")


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = "https://ledger.example"


@pytest.fixture
def addressed(world: World) -> World:
    """Some of the cast have an address for mail."""
    for name in WITH_MAIL:
        User.objects.filter(username=name).update(email=f"{name}@anyang.example")
    return world


def chase(**options: Any) -> str:
    out = io.StringIO()
    call_command("chase", stdout=out, **options)
    return out.getvalue()


def receivers() -> list[str]:
    return sorted(message.to[0].partition("@")[0] for message in mail.outbox)


def test_who_was_reminded_gets_one_mail_a_day(addressed: World) -> None:
    said = chase()
    assert "12 units reminded" in said
    assert receivers() == ["dongshan_reporter", "hejian_reviewer"]
    assert "0 units reminded" in chase()
    assert len(mail.outbox) == 2
    with time_machine.travel(moment(10, 3), tick=False):
        chase()
    assert len(mail.outbox) == 4


def test_the_mail_is_chinese_and_says_what_is_owed_by_when(addressed: World) -> None:
    chase()
    (message,) = [m for m in mail.outbox if m.to == ["dongshan_reporter@anyang.example"]]
    assert "东山村民委员会" in message.subject
    assert "10月2日" in message.body
    assert "2026年3季度" in message.body
    assert "https://ledger.example/report/410581101201/2026Q3/" in message.body
    assert "https://ledger.example/my-work/" in message.body
    assert "&" not in message.body


def test_what_came_back_and_what_waits_are_mailed_without_a_reminder(addressed: World) -> None:
    earlier = Entry.objects.filter(period=addressed.periods[2])
    earlier.update(state="accepted", first_submitted_at=NOW)
    day = moment(9, 24)
    with time_machine.travel(day, tick=False):
        entry = submitted(addressed)
        chase()
        assert receivers() == ["hejian_reviewer"]
        return_(addressed, "hejian_reviewer", entry, comment="请附<凭证>", at=day)
        chase()
    assert receivers() == ["dongshan_reporter", "hejian_reviewer"]
    assert "请附<凭证>" in mail.outbox[-1].body


def test_who_has_no_duties_or_no_account_gets_nothing(addressed: World) -> None:
    User.objects.filter(username="dongshan_reporter").update(is_active=False)
    chase()
    assert receivers() == ["hejian_reviewer"]


def test_a_mail_that_could_not_be_sent_is_tried_again(
    addressed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = EmailBackend.send_messages

    def refuse(self: Any, messages: Any) -> Any:
        if "dongshan" in messages[0].to[0]:
            raise smtplib.SMTPRecipientsRefused({})
        return real(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    with pytest.raises(CommandError, match="dongshan_reporter"):
        chase()
    assert receivers() == ["hejian_reviewer"]
    monkeypatch.undo()
    chase()
    assert receivers() == ["dongshan_reporter", "hejian_reviewer"]


def test_a_dry_run_says_and_does_nothing(addressed: World) -> None:
    said = chase(dry_run=True)
    assert "would remind 12 units" in said
    assert not Reminder.objects.exists()
    assert not RequestKey.objects.exists()
    assert mail.outbox == []


def test_keys_of_old_requests_are_forgotten(world: World) -> None:
    user = world.users["dongshan_reporter"]
    for days in (6, 8):
        key = RequestKey.objects.create(user=user, key=f"{days}", digest="x")
        at = NOW - datetime.timedelta(days=days)
        RequestKey.objects.filter(pk=key.pk).update(at=at)
    assert "1 keys of old requests" in chase()
    assert [key.key for key in RequestKey.objects.all()] == ["6"]


def test_the_level_above_is_told_of_what_is_late_below(addressed: World) -> None:
    with time_machine.travel(moment(10, 10), tick=False):
        said = chase()
    assert "7 told of others" in said
    (message,) = [m for m in mail.outbox if m.to == ["linzhou_reviewer@anyang.example"]]
    assert "合涧镇 2026年3季度" in message.body
    assert "https://ledger.example/chase/410581000000/2026Q3/" in message.body


def test_a_term_that_comes_to_its_end_is_mailed_once_to_who_decides(addressed: World) -> None:
    for name in ("linzhou_manager", "huaxian_reviewer"):  # the second made a manager elsewhere
        User.objects.filter(username=name).update(email=f"{name}@anyang.example", role="manager")
    posting = addressed.postings["dongshan"]
    end = NOW.date() + datetime.timedelta(days=62)
    Posting.objects.exclude(pk=posting.pk).update(planned_end=None)
    Posting.objects.filter(pk=posting.pk).update(planned_end=end)

    def told_after(days: int) -> list[str]:
        """By the mails of that day, of which some are sent for other news."""
        before = len(mail.outbox)
        with time_machine.travel(NOW + datetime.timedelta(days=days), tick=False):
            chase()
        sent = [m for m in mail.outbox[before:] if posting.person.name in m.body]
        assert all(f"https://ledger.example/cadres/postings/{posting.pk}/" in m.body for m in sent)
        assert not any(PHONES["first_dongshan"] in m.body for m in sent)
        return [m.to[0].partition("@")[0] for m in sent]

    assert told_after(1) == []
    assert told_after(4) == ["linzhou_manager"]  # the day before was missed
    assert told_after(5) == []
    assert told_after(32) == ["linzhou_manager"]
    Posting.objects.filter(pk=posting.pk).update(end=end, end_reason="rotated")
    assert told_after(62) == []

"""Begins a bulletin, and turns one into a Word file."""

import datetime
import io

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dashboard.bulletin import built_in, rendering, words
from dashboard.bulletin.checking import Looked
from dashboard.bulletin.document import document_of
from dashboard.bulletin.frozen import Frozen
from dashboard.bulletin.placeholders import context_of
from tasks.models import Bulletin, BulletinTemplate, Period
from villages.models import Division, Level

TO_PUT_RIGHT = datetime.timedelta(days=30)
FOLDER = "bulletin-templates"


def begin(division: Division, period: Period, by: User, frozen: Frozen) -> Bulletin:
    """A draft with frozen figures, and a proposal for everything that is written by hand."""
    day = timezone.localdate(frozen.at)
    return Bulletin.objects.create(
        division=division,
        period=period,
        issuer=words.issuer(division.name, division.kind),
        number=words.document_number(division.name, day.year, _next_number(division, day.year)),
        title=words.title(period.year, period.quarter),
        addressed_to=words.RECEIVERS[Level(division.level)],
        rectify_by=max(day + TO_PUT_RIGHT, period.due),
        requirements=words.requirements(frozen.level),
        figures=frozen.as_json(),
        frozen_at=frozen.at,
        made_by=by,
    )


def _next_number(division: Division, year: int) -> int:
    """One more than were issued here in the year; whoever numbers all documents corrects it."""
    issued = Bulletin.objects.issued().filter(division=division)
    moments = issued.values_list("issued_at", flat=True)
    return 1 + sum(timezone.localdate(at).year == year for at in moments)


def template_of(bulletin: Bulletin) -> BulletinTemplate | None:
    """The one it was issued with; of a draft, the one in use."""
    return BulletinTemplate.objects.current() if bulletin.is_draft else bulletin.template


def content_of(template: BulletinTemplate | None) -> bytes:
    """Raises ValidationError where the file is gone."""
    if template is None:
        return built_in.built_in()
    try:
        with template.file.open("rb") as file:
            content: bytes = file.read()
    except FileNotFoundError:
        message = _("The file of the template “%(name)s” is gone; look in the backup of uploads.")
        raise ValidationError(message % {"name": template.name}, "gone") from None
    return content


def as_word(bulletin: Bulletin) -> bytes:
    """The bulletin as a .docx; raises ValidationError where its template is gone."""
    template = io.BytesIO(content_of(template_of(bulletin)))
    return rendering.render(template, context_of(document_of(bulletin)))


def replace_template(looked: Looked, by: User, at: datetime.datetime) -> BulletinTemplate:
    """From now on bulletins are made from this file; no file is left behind where that fails."""
    stored = default_storage.save(f"{FOLDER}/{looked.digest}.docx", ContentFile(looked.content))
    try:
        with transaction.atomic():
            return BulletinTemplate.objects.create(
                file=stored, name=looked.name, size=len(looked.content), digest=looked.digest,
                by=by, at=at,
            )  # fmt: skip
    except BaseException:
        default_storage.delete(stored)
        raise


def back_to_built_in(by: User, at: datetime.datetime) -> None:
    """Nothing is written where it is in use already."""
    if BulletinTemplate.objects.current() is not None:
        BulletinTemplate.objects.create(by=by, at=at)

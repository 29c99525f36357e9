"""What a lead organisation says of reported lines, beside their review; it decides nothing."""

import datetime
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from tasks.actions.writing import Outcome, Refusal, Seen, check_version
from tasks.models import Entry, Opinion, Task
from tasks.models.entry_queryset import share_tasks
from tasks.models.state import REPORTED


def give_opinion(
    seen: Sequence[Seen],
    user: User,
    verdict: Opinion.Verdict,
    comment: str,
    at: datetime.datetime,
) -> Outcome:
    """Write the user's opinion of the versions shown, once for a version.

    Lines of tasks that the user does not speak for are `missing`. Raises PermissionDenied for
    accounts that speak for no task, and ValidationError where an objection has no words.
    """
    if not Task.objects.filter(lead_reviewers=user).exists():
        raise PermissionDenied
    comment = comment.strip()
    if verdict == Opinion.Verdict.OBJECTS and not comment:
        raise ValidationError(_("Say what the objection is."), "comment")
    Opinion._meta.get_field("comment").run_validators(comment)
    versions = {item.entry_id: item.version for item in seen}
    theirs = Entry.objects.visible_to(user).filter(task__lead_reviewers=user, pk__in=versions)
    outcome = Outcome()
    with transaction.atomic():
        entries = share_tasks(list(theirs.select_for_update(of=("self",)).order_by("pk")))
        given = _given(user, entries)
        for entry in entries:
            try:
                new = _check(entry, versions[entry.pk], given.get(entry.pk), verdict, comment)
            except ValidationError as error:
                outcome.refused.append(Refusal(entry, error))
            else:
                (outcome.done if new else outcome.unchanged).append(entry)
        Opinion.objects.bulk_create(
            Opinion(
                entry=entry, version=entry.version, by=user, verdict=verdict, comment=comment, at=at
            )
            for entry in outcome.done
        )
    outcome.missing = sorted(set(versions) - {entry.pk for entry in entries})
    return outcome


def _given(user: User, entries: Sequence[Entry]) -> dict[int, Opinion]:
    """The user's opinions of the very versions that stand."""
    version = {entry.pk: entry.version for entry in entries}
    said = Opinion.objects.filter(by=user, entry__in=version)
    return {o.entry_id: o for o in said if o.version == version[o.entry_id]}


def _check(entry: Entry, version: int, said: Opinion | None, verdict: str, comment: str) -> bool:
    """Whether the opinion is to be written; not where this very one was given already."""
    check_version(entry, version)
    if entry.state not in REPORTED:
        message = _("This line is not reported; there is nothing to give an opinion on.")
        raise ValidationError(message, "not_reported")
    if said is None:
        return True
    if (said.verdict, said.comment) != (verdict, comment):
        raise ValidationError(_("You have said your opinion of this version."), "said")
    return False

from accounts.models import AccessLog
from spreadsheets import journal


def keep(note: journal.Note) -> None:
    """Every sheet that is taken out, and every file that reaches for data of others."""
    actions = {"export": AccessLog.Action.EXPORT, "foreign": AccessLog.Action.REFUSED}
    AccessLog.note(note.user, actions[note.event], note.sheet, **note.detail)


journal.keepers.append(keep)

"""What the scripts of the reporting pages say, in the person's language."""

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """By the names that static/js/grid/ asks for; %s and %n are filled there."""
    return {
        "saving": _("is being saved"),
        "saved": _("is saved"),
        "waiting": _("waits for the connection"),
        "conflict": _("changed by somebody else"),
        "refused": _("not taken"),
        "missing": _("This line is no longer there; load the page again."),
        "frozen": _("This cell cannot be changed now."),
        "not_carried_out": _(
            "The server could not take this. What you typed is kept here: change it or drop it."
        ),
        "refusal": "%s",
        "asks": _("Please explain:"),
        "explain": _("Explain"),
        "nothing_before": _("There is no value of last quarter to confirm."),
        "last": _("last quarter %s"),
        "empty": _("empty"),
        "mine": _("Keep mine: %s"),
        "theirs": _("Take what is stored: %s"),
        "drop": _("Drop what I typed"),
        "go": _("Go there"),
        "all_saved": _("Everything is saved"),
        "unsent": _("%n not sent yet"),
        "not_taken": _("%n not taken"),
        "offline": _("No connection. What you typed is kept here and sent when it is back."),
        "server": _("The server does not answer. What you typed is kept and sent again."),
        "signed_out": _("You are signed out. What you typed is kept here; sign in and it is sent."),
        "sign_in": _("Sign in"),
        "forbidden": _("The page is out of date. What you typed is kept; load the page again."),
        "reload": _("Load again"),
        "no_storage": _("This browser keeps nothing: stay on this page until everything is sent."),
        "pasted": _("%n cells filled from the clipboard"),
        "skipped": _("%n cells that cannot be changed were left as they are"),
        "cut": _("%n values did not fit into the table and were left out"),
        "not_submitted": _("%n cells not saved, not submitted"),
        "confirmed": _("%n cells confirmed unchanged"),
        "submitted": _("%n lines submitted"),
        "taken_back": _("%n lines taken back"),
        "selected": _("%n cells chosen"),
        "submit_row": _("Submit %s"),
        "submit_all": _("Submit all %n filled"),
        "not_loaded": _("The line could not be opened without a connection."),
    }

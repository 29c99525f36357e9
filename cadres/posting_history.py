"""What happened to one posting, as its page tells it."""

from accounts.models import User
from cadres.history import Told, told
from cadres.models import CadreChange, Posting

# Told by the page itself, or by the chain of holders.
LEFT_OUT = ("person", "division", "kind", "predecessor", "seat_number")


def history_of(posting: Posting, user: User) -> list[Told]:
    made = CadreChange.objects.visible_to(user).of(posting).select_related("by")
    found = told(made.order_by("-at", "-pk"), user, without=LEFT_OUT)
    return [one for one in found if one.lines or one.change.verb != CadreChange.Verb.CHANGED]

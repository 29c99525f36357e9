from django.http import HttpRequest

from accounts.models import User


class Request(HttpRequest):
    """A request behind the sign-in: its user is one of our accounts."""

    user: User

"""A request that comes twice has one effect: a double click, a phone that lost its answer."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import RequestKey, User

KEY = re.compile(r"[ -~]{1,64}")


def once(user: User, key: str, body: bytes, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Carry out `act` and keep its answer under the key; the second time, give that answer.

    The key waits for whoever carries it out at this moment. Without a key, `act` runs every
    time. Raises ValidationError with code `key_reused` where the same key comes with another
    body, and `key` where the key is none.
    """
    if not key:
        return act()
    digest = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        kept, is_new = _claimed(user, checked_key(key), digest)
        if kept.digest != digest:
            message = _("This request was carried out with other content; load the page again.")
            raise ValidationError(message, "key_reused")
        if is_new:
            kept.answer = act()
            kept.save(update_fields=["answer"])
        answer: dict[str, Any] = kept.answer
    return answer


def checked_key(key: str) -> str:
    """The key, where it is one: a little plain text that every database keeps."""
    if not KEY.fullmatch(key):
        message = _("The key of this request cannot be read; load the page again.")
        raise ValidationError(message, "key")
    return key


def _claimed(user: User, key: str, digest: str) -> tuple[RequestKey, bool]:
    """The key, and whether it is new; written at once, for nearly every key is."""
    try:
        with transaction.atomic():
            return RequestKey.objects.create(user=user, key=key, digest=digest), True
    except IntegrityError:
        return RequestKey.objects.get(user=user, key=key), False

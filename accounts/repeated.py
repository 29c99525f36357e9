"""Forms that may be sent twice: each carries a key, and the same key has one effect."""

from collections.abc import Callable
from typing import Any

from accounts import once as keys
from accounts.http import Request


def once(request: Request, act: Callable[[], dict[str, Any]], *files: str) -> dict[str, Any]:
    """Carry out `act` for a form that shows `{% include "partials/once.html" only %}`.

    Sent again, the first answer is given; raises ValidationError where the same key comes with
    other content. `files` are the digests of what was uploaded with it.
    """
    sent = sorted((name, tuple(values)) for name, values in request.POST.lists())
    body = repr(
        [request.path, *files, *(item for item in sent if item[0] != "csrfmiddlewaretoken")]
    )
    return keys.once(request.user, request.POST.get("key", ""), body.encode(), act)

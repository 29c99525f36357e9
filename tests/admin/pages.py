"""Pages of the admin as somebody opens and sends them."""

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.tasks.pages import english, fields, shown
from tests.world import World

__all__ = ["browser", "errors", "fields", "page", "send", "shown"]


def browser(world: World, who: str) -> Client:
    client = english(Client())
    client.force_login(world.users[who])
    return client


def page(model: str, action: str = "changelist", *args: Any) -> str:
    """The address of `villages_division`, `change`, pk."""
    return reverse(f"admin:{model}_{action}", args=args)


def send(client: Client, address: str, **typed: Any) -> Any:
    """Open the form, type into it and save, as a browser would."""
    sent = fields(client.get(address)) | {"_save": "Save"}
    # What a multiple choice or an empty box sends is nothing.
    return client.post(address, {k: v for k, v in (sent | typed).items() if v is not None})


def errors(answer: Any) -> list[str]:
    """Every message that the form shows again."""
    form = answer.context["adminform"].form
    found = [str(e) for messages in form.errors.values() for e in messages]
    for formset in answer.context["inline_admin_formsets"]:
        found += [str(e) for e in formset.formset.non_form_errors()]
        for row in formset.formset.errors:
            found += [str(e) for messages in row.values() for e in messages]
    return found

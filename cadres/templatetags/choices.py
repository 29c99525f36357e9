"""What a list was narrowed by, in words: paper has no form that would show it."""

from typing import Any

from django import forms, template

register = template.Library()


@register.filter
def chosen(form: forms.Form) -> list[tuple[str, str]]:
    """Label and value of every field in which something is chosen."""
    told = [(str(field.label), _words(field)) for field in form.visible_fields()]
    return [(label, words) for label, words in told if words]


def _words(field: forms.BoundField) -> str:
    value = str(field.value() or "")
    if isinstance(field.field, forms.ChoiceField):
        choices: Any = field.field.choices
        # What is no choice narrows nothing.
        return {str(key): str(label) for key, label in choices if key}.get(value, "")
    # The day of a list is told beside its choices.
    return "" if isinstance(field.field, forms.DateField) else value

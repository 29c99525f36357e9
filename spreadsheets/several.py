"""Several words of a dictionary in one cell, such as the fields of work of a person."""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from spreadsheets.fields import Column, TextWidget

SEVERAL = "、"
KNOWN = "_known_several"  # where an object has its texts already, one for each field
BETWEEN = re.compile(r"[、,，;；\n]")


def joined(words: Iterable[str]) -> str:
    """Several words as one cell, in one order, so that the same ones are the same cell."""
    return SEVERAL.join(sorted(set(words)))


def parted(text: str) -> list[str]:
    return [word for part in BETWEEN.split(text) if (word := part.strip())]


class SeveralWidget(TextWidget):
    """Several words of a dictionary in one cell."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return joined(parted(super().clean(value)))

    @property
    def accepts(self) -> str:
        return _("Several words with 、 between them.")


class SeveralColumn(Column):
    """The rows of a dictionary that an object has by a many-to-many field: `strengths__name`."""

    def get_value(self, instance: Any) -> str:
        first, natural = self._path
        if instance.pk is None:
            return ""
        if first in (known := vars(instance).get(KNOWN, {})):
            return str(known[first])
        return joined(getattr(one, natural) for one in getattr(instance, first).all())

"""Reports of failures, on Django's debug page and in mails: without the numbers of persons."""

import re
from typing import Any

from django.views.debug import SafeExceptionReporterFilter

# Telephones and identity numbers in any writing, and what the database keeps of them.
NUMBERS = re.compile(r"\d(?:[\s\-－—]?\d){6,}[\dXx]?|gAAAA[\w\-=]{20,}")
FIELDS = re.compile(r"PHONE|IDENTITY|REASON|NUMBER|DIGEST", re.IGNORECASE)


class NumbersHidden(SafeExceptionReporterFilter):
    """Hides them also where DEBUG is on: a report is copied into tickets and mails."""

    def is_active(self, request: Any) -> bool:
        return True

    def get_post_parameters(self, request: Any) -> Any:
        """Of every form, whatever its view declares sensitive."""
        shown: Any = super().get_post_parameters(request).copy()
        for name in list(shown):
            hidden = FIELDS.search(name) or any(map(NUMBERS.search, shown.getlist(name)))
            if hidden:
                shown[name] = self.cleansed_substitute
        return shown

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> Any:
        for name, value in super().get_traceback_frame_variables(request, tb_frame):
            yield name, value if not self._tells(name, value) else self.cleansed_substitute

    def _tells(self, name: str, value: Any) -> bool:
        if FIELDS.search(name):
            return True
        try:
            return NUMBERS.search(repr(value)) is not None
        except Exception:
            return False  # the reporter shows that it cannot be shown

"""What a verb refuses after a form of the administration has agreed."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect

from villages.admin import ScopedAdmin


class TellingAdmin(ScopedAdmin):
    """Says that somebody was quicker, and shows what stands now."""

    def changeform_view(self, request: Any, object_id: Any = None, *args: Any, **more: Any) -> Any:
        try:
            return super().changeform_view(request, object_id, *args, **more)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return redirect(request.path)

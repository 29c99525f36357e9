from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Limits:
    """What an uploaded file may cost; see SPREADSHEET_LIMITS in the settings."""

    file_bytes: int
    unpacked_bytes: int
    rows: int
    columns: int
    cpu_seconds: int
    memory_bytes: int
    wall_seconds: int

    @classmethod
    def current(cls) -> "Limits":
        return cls(**settings.SPREADSHEET_LIMITS)

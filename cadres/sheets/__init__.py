"""The sheets of the registers, in the shapes that the offices use."""

from cadres.sheets.calendar import CalendarSheet

__all__ = ["CalendarSheet"]

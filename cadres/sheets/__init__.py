"""The registers as sheets, in the forms of the offices."""

from cadres.sheets.contacts import ContactPointSheet

__all__ = ["ContactPointSheet"]

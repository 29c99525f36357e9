"""The registers in the administration."""

from cadres.admin import dictionaries, persons, records

__all__ = ["dictionaries", "persons", "records"]

"""The registers in the administration."""

from cadres.admin import contacts, dictionaries, persons, records, teams

__all__ = ["contacts", "dictionaries", "persons", "records", "teams"]

"""The registers as sheets, in the forms of the offices."""

from cadres.sheets.first_secretaries import FirstSecretarySheet

__all__ = ["FirstSecretarySheet"]

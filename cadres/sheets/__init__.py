"""The registers as sheets, in the forms of the offices."""

from cadres.sheets.first_secretaries import FirstSecretarySheet
from cadres.sheets.team_members import TeamMemberSheet

__all__ = ["FirstSecretarySheet", "TeamMemberSheet"]

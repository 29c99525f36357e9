"""The registers as sheets, in the forms of the offices."""

from cadres.sheets import letting_go
from cadres.sheets.before_after import BeforeAfterSheet
from cadres.sheets.calendar import CalendarSheet
from cadres.sheets.contact_visits import ContactVisitSheet
from cadres.sheets.contacts import ContactPointSheet
from cadres.sheets.first_secretaries import FirstSecretarySheet
from cadres.sheets.other_postings import (
    GraduateSheet,
    SecondmentSheet,
    TownshipHeadSheet,
    WorkTeamSheet,
)
from cadres.sheets.pairing import PairingSheet
from cadres.sheets.registers import OrganizationSheet, PersonSheet, VillageNeedSheet
from cadres.sheets.team_members import TeamMemberSheet

__all__ = [
    "BeforeAfterSheet",
    "CalendarSheet",
    "ContactPointSheet",
    "ContactVisitSheet",
    "FirstSecretarySheet",
    "GraduateSheet",
    "OrganizationSheet",
    "PairingSheet",
    "PersonSheet",
    "SecondmentSheet",
    "TeamMemberSheet",
    "TownshipHeadSheet",
    "VillageNeedSheet",
    "WorkTeamSheet",
    "letting_go",
]

"""People behind the ledger: who is where, since when, until when."""

from cadres.models.binding import OrganizationBinding
from cadres.models.change import CadreChange, facts_of
from cadres.models.contact import ContactPoint, ContactVisit, HelpForm, PolicyTalk
from cadres.models.indicator import TermIndicator
from cadres.models.organization import Organization
from cadres.models.pairing_member import PairingCandidate, PairingMark, PairingPlace
from cadres.models.pairing_round import PairingRound
from cadres.models.person import Person
from cadres.models.person_merge import PersonMerge
from cadres.models.posting import Posting
from cadres.models.posting_kind import PostingKind
from cadres.models.standard import Criterion, Standard, StandardAssessment
from cadres.models.tag import Tag, VillageNeed
from cadres.models.team import TeamMember
from cadres.models.term import Term, VillageTeam
from cadres.models.words import Education, IdentityType, PoliticalStatus, Rank, Sex

__all__ = [
    "CadreChange",
    "ContactPoint",
    "ContactVisit",
    "Criterion",
    "Education",
    "HelpForm",
    "IdentityType",
    "Organization",
    "OrganizationBinding",
    "PairingCandidate",
    "PairingMark",
    "PairingPlace",
    "PairingRound",
    "Person",
    "PersonMerge",
    "PolicyTalk",
    "PoliticalStatus",
    "Posting",
    "PostingKind",
    "Rank",
    "Sex",
    "Standard",
    "StandardAssessment",
    "Tag",
    "TeamMember",
    "Term",
    "TermIndicator",
    "VillageNeed",
    "VillageTeam",
    "facts_of",
]

"""People behind the ledger: who is where, since when, until when."""

from cadres.models.change import CadreChange, facts_of
from cadres.models.organization import Organization
from cadres.models.person import Person
from cadres.models.person_merge import PersonMerge
from cadres.models.posting import Posting
from cadres.models.posting_kind import PostingKind
from cadres.models.tag import Tag, VillageNeed
from cadres.models.words import Education, IdentityType, PoliticalStatus, Rank, Sex

__all__ = [
    "CadreChange",
    "Education",
    "IdentityType",
    "Organization",
    "Person",
    "PersonMerge",
    "PoliticalStatus",
    "Posting",
    "PostingKind",
    "Rank",
    "Sex",
    "Tag",
    "VillageNeed",
    "facts_of",
]

"""Work: ledgers, tasks and quarters; entries, their reviews and history; what moves a date."""

from tasks.models.amendment import Amendment, Standing
from tasks.models.bulletin import Bulletin, BulletinTemplate
from tasks.models.deadline import Extension, PeriodChange
from tasks.models.entry import Entry
from tasks.models.entry_queryset import EntryQuerySet
from tasks.models.evidence import Evidence
from tasks.models.exemption import Exemption
from tasks.models.history import EntryChange, Review
from tasks.models.issuing import MINUTES, Comparison, Cost, Notice, TaskCost
from tasks.models.ledger import Ledger
from tasks.models.light import Light
from tasks.models.light_rule import LightRule
from tasks.models.looking import Look, Opinion
from tasks.models.override import LightOverride
from tasks.models.period import Period
from tasks.models.ranking import RankingExclusion
from tasks.models.reminder import Reminder
from tasks.models.returning import ReturnMark, ReturnReason
from tasks.models.rule import Finding, Rule, Rulebook
from tasks.models.summary import Counts, EntrySummary
from tasks.models.task import Task
from tasks.models.thresholds import Thresholds
from tasks.models.unit_light import UnitExplanation, explain_unit
from tasks.models.waiting import Oddity, Section
from tasks.models.workday import SpecialDay

__all__ = [
    "MINUTES",
    "Amendment",
    "Bulletin",
    "BulletinTemplate",
    "Comparison",
    "Cost",
    "Counts",
    "Entry",
    "EntryChange",
    "EntryQuerySet",
    "EntrySummary",
    "Evidence",
    "Exemption",
    "Extension",
    "Finding",
    "Ledger",
    "Light",
    "LightOverride",
    "LightRule",
    "Look",
    "Notice",
    "Oddity",
    "Opinion",
    "Period",
    "PeriodChange",
    "RankingExclusion",
    "Reminder",
    "ReturnMark",
    "ReturnReason",
    "Review",
    "Rule",
    "Rulebook",
    "Section",
    "SpecialDay",
    "Standing",
    "Task",
    "TaskCost",
    "Thresholds",
    "UnitExplanation",
    "explain_unit",
]

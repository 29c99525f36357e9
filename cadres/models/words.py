"""The closed lists of words that personnel forms use, with the codes of the national standards."""

import re

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sex(models.TextChoices):
    """GB/T 2261.1."""

    MALE = "1", _("Male")
    FEMALE = "2", _("Female")


class PoliticalStatus(models.TextChoices):
    """GB/T 4762, of which the forms use these."""

    MEMBER = "01", _("Party member")
    PROBATIONARY = "02", _("Probationary party member")
    YOUTH_LEAGUE = "03", _("Youth League member")
    DEMOCRATIC_PARTY = "04", _("Member of a democratic party")
    WITHOUT_PARTY = "12", _("Without party affiliation")
    MASSES = "13", _("None of these")


class Education(models.TextChoices):
    """Levels of GB/T 4658, which sort from the highest to the lowest."""

    POSTGRADUATE = "1", _("Postgraduate")
    BACHELOR = "2", _("University")
    COLLEGE = "3", _("College")
    SECONDARY_VOCATIONAL = "4", _("Secondary vocational school")
    SENIOR_HIGH = "6", _("Senior high school")
    JUNIOR_HIGH = "7", _("Junior high school")
    PRIMARY = "8", _("Primary school or less")


class IdentityType(models.TextChoices):
    CIVIL_SERVANT = "civil_servant", _("Civil servant")
    REFERRED = "referred", _("Managed as civil servants")
    PUBLIC_INSTITUTION = "public_institution", _("Public institution")
    ENTERPRISE = "enterprise", _("Enterprise")
    OTHER = "other", _("Other")


class Rank(models.IntegerChoices):
    """Levels of office, of which a posting may want at least one."""

    CLERK = 1, _("Clerk")
    DEPUTY_SECTION = 2, _("Deputy section head")
    SECTION = 3, _("Section head")
    DEPUTY_DIVISION = 4, _("Deputy division head")
    DIVISION = 5, _("Division head")
    BUREAU = 6, _("Bureau level")

    @classmethod
    def from_words(cls, *texts: str) -> "int | None":
        """The level that the words of a form tell, the highest of them; None where none does."""
        told = [rank for text in texts for words, rank in TELLING if words.search(text or "")]
        return max(told, default=None)


# 职务 and 职级 as forms write them; the parallel grades stand at the level that they go with.
TELLING: list[tuple[re.Pattern[str], Rank]] = [
    (re.compile("[一二]级科员|^科员|办事员"), Rank.CLERK),
    (re.compile("副科|副主任科员|[三四]级主任科员|副乡|副镇"), Rank.DEPUTY_SECTION),
    (re.compile("正科|(?<!副)科长|[一二]级主任科员|^主任科员"), Rank.SECTION),
    (re.compile("副处|副县|[三四]级调研员"), Rank.DEPUTY_DIVISION),
    (re.compile("正处|正县|(?<!副)处长|[一二]级调研员"), Rank.DIVISION),
    (re.compile("副厅|正厅|巡视员"), Rank.BUREAU),
]

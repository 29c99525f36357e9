"""How personnel forms write what the registers keep: words, months, ticks."""

import datetime
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.numbers import numbers_hidden, without_numbers
from cadres.models import (
    Education,
    IdentityType,
    Organization,
    PoliticalStatus,
    Sex,
)
from cadres.models.identity import checked
from cadres.months import first_day, last_day, month_of, shown
from cadres.names import plain_name
from spreadsheets.errors import Refused
from spreadsheets.fields import (
    CodeWidget,
    DateWidget,
    MonthWidget,
    TextWidget,
    YesNoWidget,
    half_width,
)

SEXES: dict[str, str] = {"男": Sex.MALE, "女": Sex.FEMALE}
# Whoever writes only this may mean a probationary member: it is taken, and to be confirmed.
LOOSE_MEMBER = "党员"
STATUSES: dict[str, str] = {
    "中共党员": PoliticalStatus.MEMBER,
    LOOSE_MEMBER: PoliticalStatus.MEMBER,
    "中共预备党员": PoliticalStatus.PROBATIONARY,
    "预备党员": PoliticalStatus.PROBATIONARY,
    "共青团员": PoliticalStatus.YOUTH_LEAGUE,
    "团员": PoliticalStatus.YOUTH_LEAGUE,
    "民主党派": PoliticalStatus.DEMOCRATIC_PARTY,
    "无党派": PoliticalStatus.WITHOUT_PARTY,
    "无党派人士": PoliticalStatus.WITHOUT_PARTY,
    "群众": PoliticalStatus.MASSES,
}
EDUCATIONS: dict[str, str] = {
    "研究生": Education.POSTGRADUATE,
    "硕士研究生": Education.POSTGRADUATE,
    "博士研究生": Education.POSTGRADUATE,
    "大学": Education.BACHELOR,
    "大学本科": Education.BACHELOR,
    "本科": Education.BACHELOR,
    "大专": Education.COLLEGE,
    "专科": Education.COLLEGE,
    "大学专科": Education.COLLEGE,
    "中专": Education.SECONDARY_VOCATIONAL,
    "中技": Education.SECONDARY_VOCATIONAL,
    "高中": Education.SENIOR_HIGH,
    "初中": Education.JUNIOR_HIGH,
    "小学": Education.PRIMARY,
    "小学及以下": Education.PRIMARY,
}
IDENTITIES: dict[str, str] = {
    "公务员": IdentityType.CIVIL_SERVANT,
    "参公": IdentityType.REFERRED,
    "参公人员": IdentityType.REFERRED,
    "参照公务员法管理": IdentityType.REFERRED,
    "事业": IdentityType.PUBLIC_INSTITUTION,
    "事业编制": IdentityType.PUBLIC_INSTITUTION,
    "事业人员": IdentityType.PUBLIC_INSTITUTION,
    "企业": IdentityType.ENTERPRISE,
    "企业人员": IdentityType.ENTERPRISE,
    "其他": IdentityType.OTHER,
}
SENDERS: dict[str, str] = {
    "省派": Organization.Sender.PROVINCE,
    "省级": Organization.Sender.PROVINCE,
    "省": Organization.Sender.PROVINCE,
    "市派": Organization.Sender.CITY,
    "市级": Organization.Sender.CITY,
    "市": Organization.Sender.CITY,
    "县派": Organization.Sender.COUNTY,
    "县级": Organization.Sender.COUNTY,
    "县": Organization.Sender.COUNTY,
}


class KeptTextWidget(TextWidget):
    """A text that is kept and read by many: without numbers of persons."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = super().clean(value, row, **kwargs)
        without_numbers(text)
        return text

    def quote(self, text: str) -> str:
        return numbers_hidden(text)


class PersonNameWidget(KeptTextWidget):
    """A name, without the spaces that forms put into those of two characters."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return plain_name(super().clean(value))


class EthnicityWidget(KeptTextWidget):
    """汉 is 汉族, 回 is 回族."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        name = "".join(super().clean(value).split())
        return f"{name}族" if len(name) == 1 else name


class TickWidget(YesNoWidget):
    """是 or √; an empty cell says no, as whoever ticks a list means it."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool | None:
        return bool(super().clean(value))

    @property
    def accepts(self) -> str:
        return _("是 or √; empty means 否.")


class PersonMonthWidget(MonthWidget):
    """A month as personnel forms write it."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return shown(value) if value else value


DAY = re.compile(r"\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?")


class DayOfMonthWidget(MonthWidget):
    """A day that forms write as a month: its first one, or with `is_last` its last one.

    Two days of one month look alike in the form, so that a stored day is not taken for changed.
    """

    def __init__(self, *, is_last: bool = False) -> None:
        super().__init__()
        self.is_last = is_last

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = half_width(value)
        if not self.is_last and DAY.fullmatch(text):
            return DateWidget().clean(text)
        month = super().clean(value)
        if not month:
            return None
        return last_day(month) if self.is_last else first_day(month)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return shown(month_of(value)) if isinstance(value, datetime.date) else value


class IdentityWidget(CodeWidget):
    """An identity number of 18 characters that passes its own check."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = half_width(value)
        return checked(text) if text else ""

    @property
    def accepts(self) -> str:
        return _("18 characters, formatted as text.")


class OrganizationNameWidget(KeptTextWidget):
    """The name of an organisation, without spaces."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        name = "".join(super().clean(value).split())
        if name and name.isdecimal():
            raise ValidationError(_("Write the name of the organisation here."))
        return name


def comment_is_kept(batch: Any) -> None:
    """What was written on the warnings goes into the history. Raises Refused."""
    try:
        without_numbers(batch.comment)
    except ValidationError as error:
        raise Refused(error.messages[0]) from error

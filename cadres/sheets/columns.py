"""The columns that several forms about people share, each said once.

Of every column the attribute is that of a line, a posting or a membership with its `person`,
unless another one is given.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _lazy

from cadres.sheets import words
from spreadsheets.fields import ChoiceWidget, CodeWidget, Column, GivenColumn, PhoneWidget
from spreadsheets.several import SeveralColumn, SeveralWidget


def number() -> GivenColumn:
    return GivenColumn("序号", lambda line: line.number, width=6)


def county(attribute: str = "division__parent__parent__name", **also: Any) -> Column:
    return Column("县（市、区）", attribute, given=True, key=True,
                  aliases=("县", "县区", "县市区"), width=12,
                  meaning=_lazy("The county; tells the row where two have townships of one name."),
                  **also)  # fmt: skip


def township(attribute: str = "division__parent__name", **also: Any) -> Column:
    return Column("乡（镇、街道）", attribute, aliases=("乡镇", "乡（镇）", "乡镇（街道）"),
                  required=True, given=True, key=True, width=14,
                  meaning=_lazy("The township; tells the row together with the village."),
                  **also)  # fmt: skip


def village(label: str, **also: Any) -> Column:
    names = tuple({"派驻村", "任职村", "驻点村", "驻村", "村名"} - {label})
    return Column(label, "division__name", aliases=names, required=True, given=True, key=True,
                  width=18, meaning=_lazy("The village, also without 村委会 at its end."),
                  **also)  # fmt: skip


def name(attribute: str = "person__name", **also: Any) -> Column:
    return Column("姓名", attribute, required=True, widget=words.PersonNameWidget(40),
                  width=10, example="示例一", meaning=_lazy("The full name; spaces in it are "
                  "left out."), **also)  # fmt: skip


def sex(attribute: str = "person__sex", **also: Any) -> Column:
    return Column("性别", attribute, width=6, widget=ChoiceWidget(dict(words.SEXES)),
                  example="女", meaning=_lazy("男 or 女."), **also)  # fmt: skip


def ethnicity(attribute: str = "person__ethnicity", **also: Any) -> Column:
    return Column("民族", attribute, width=8, widget=words.EthnicityWidget(20),
                  example="汉族", meaning=_lazy("The ethnic group; 汉 is 汉族."),
                  **also)  # fmt: skip


def birth(attribute: str = "person__birth", **also: Any) -> Column:
    return Column("出生年月", attribute, aliases=("出生日期", "出生时间"), width=10,
                  widget=words.PersonMonthWidget(), example="1984.05",
                  meaning=_lazy("The month of birth; with the name it tells the person."),
                  **also)  # fmt: skip


def identity_number(attribute: str = "person__identity_number", **also: Any) -> Column:
    return Column("身份证号", attribute, aliases=("身份证号码", "公民身份号码"),
                  width=20, widget=words.IdentityWidget(), sensitive=True,
                  example="000000198405071023",
                  meaning=_lazy("May stay empty; the number tells the person without doubt."),
                  **also)  # fmt: skip


def political_status(attribute: str = "person__political_status", **also: Any) -> Column:
    return Column("政治面貌", attribute, width=10, widget=ChoiceWidget(dict(words.STATUSES)),
                  options=("中共党员", "中共预备党员", "共青团员", "民主党派", "无党派", "群众"),
                  example="中共党员", meaning=_lazy("党员 is taken for 中共党员, to be confirmed."),
                  **also)  # fmt: skip


def party_joined(attribute: str = "person__party_joined", **also: Any) -> Column:
    return Column("入党时间", attribute, aliases=("入党年月",), width=10,
                  widget=words.PersonMonthWidget(), example="2008.08",
                  meaning=_lazy("The month of joining the party."), **also)  # fmt: skip


def education(attribute: str = "person__education", **also: Any) -> Column:
    return Column("学历", attribute, aliases=("文化程度", "最高学历"), width=8,
                  widget=ChoiceWidget(dict(words.EDUCATIONS)), example="大学",
                  meaning=_lazy("The highest level; 本科 is 大学, 专科 is 大专."),
                  **also)  # fmt: skip


def degree(attribute: str = "person__degree", **also: Any) -> Column:
    return Column("学位", attribute, width=8, widget=words.KeptTextWidget(20), example="学士",
                  meaning=_lazy("The degree, where there is one."), **also)  # fmt: skip


def studied(attribute: str = "person__studied", **also: Any) -> Column:
    return Column("毕业院校及专业", attribute, aliases=("毕业院校", "毕业院校专业"),
                  width=20, widget=words.KeptTextWidget(80), example="测试大学农学",
                  meaning=_lazy("School and subject."), **also)  # fmt: skip


def identity_type(attribute: str = "person__identity_type", **also: Any) -> Column:
    return Column("身份", attribute, aliases=("人员身份", "身份类别"), width=8,
                  widget=ChoiceWidget(dict(words.IDENTITIES)), example="公务员",
                  meaning=_lazy("公务员, 参公, 事业 or 企业."), **also)  # fmt: skip


def organization(**also: Any) -> Column:
    return Column("选派单位", "organization__name", aliases=("派出单位", "选派单位名称"), width=20,
                  widget=words.OrganizationNameWidget(60), example="测试市农业农村局",
                  meaning=_lazy("Who sends the person. One that is not known yet is added, once "
                                "you have confirmed it."), **also)  # fmt: skip


def sender(**also: Any) -> Column:
    return Column("单位层级", "organization__level", aliases=("派出层级", "选派层级"), width=10,
                  widget=ChoiceWidget(dict(words.SENDERS)), example="市派",
                  meaning=_lazy("省派, 市派 or 县派; wanted of an organisation that is new."),
                  **also)  # fmt: skip


def position(attribute: str = "person__position", **also: Any) -> Column:
    return Column("职务", attribute, aliases=("原职务", "单位职务"), width=14,
                  widget=words.KeptTextWidget(60), example="副科长",
                  meaning=_lazy("The position in the own organisation."), **also)  # fmt: skip


def rank(attribute: str = "person__rank", **also: Any) -> Column:
    return Column("职级", attribute, width=14, widget=words.KeptTextWidget(40),
                  example="四级主任科员",
                  meaning=_lazy("The rank of the parallel grades."), **also)  # fmt: skip


def phone(attribute: str = "person__phone", **also: Any) -> Column:
    return Column("联系电话", attribute, aliases=("联系方式", "手机号", "手机", "电话"),
                  width=14, widget=PhoneWidget(), sensitive=True, example="13800000000",
                  meaning=_lazy("A mobile number, or one with its area code."),
                  **also)  # fmt: skip


def start(*aliases: str, **also: Any) -> Column:
    return Column("任职时间", "start", required=True, width=10,
                  aliases=("任职起始时间", "到任时间", *aliases), example="2024.01",
                  widget=words.DayOfMonthWidget(),
                  meaning=_lazy("Since when; a month means its first day."), **also)  # fmt: skip


def planned_end(**also: Any) -> Column:
    return Column("拟到期时间", "planned_end", aliases=("到期时间", "拟到期"), width=10,
                  widget=words.DayOfMonthWidget(is_last=True), example="2026.12",
                  meaning=_lazy("Planned until; a month means its last day."),
                  **also)  # fmt: skip


def batch(**also: Any) -> Column:
    return Column("轮换批次", "batch", width=12, widget=words.KeptTextWidget(30), example="第三批",
                  meaning=_lazy("The rotation that the posting belongs to."),
                  **also)  # fmt: skip


def note(**also: Any) -> Column:
    return Column("备注", "note", width=16, widget=words.KeptTextWidget(200), example="示例",
                  meaning=_lazy("Whatever else is to be kept."), **also)  # fmt: skip


def tags(label: str, attribute: str, *aliases: str, **also: Any) -> SeveralColumn:
    return SeveralColumn(label, attribute, aliases=aliases, width=20, example="产业发展、法律服务",
                         widget=SeveralWidget(200), **also)  # fmt: skip


def contact_village(attribute: str) -> Column:
    return Column("联系村/支部", attribute, aliases=("联系村", "联系点", "村"), required=True,
                  given=True, key=True, width=20,
                  meaning=_lazy("The village, also without 村委会 at its end."))  # fmt: skip


def contact_township(attribute: str) -> Column:
    return Column("乡镇", attribute, aliases=("乡（镇、街道）", "乡（镇）"), required=True,
                  given=True, key=True, width=14, meaning=_lazy(
                      "The township; tells the row together with the village."))  # fmt: skip


def village_code(attribute: str) -> Column:
    return Column("区划代码", attribute, given=True, key=True, hidden=True, width=16,
                  widget=CodeWidget(), meaning=_lazy("12 digits; tells the village."))  # fmt: skip

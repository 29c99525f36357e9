"""The accounts as a sheet, under the rules of their admin; and the log of all sheets."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import AccessLog, User
from accounts.roles import PERMISSIONS, Role
from spreadsheets import journal
from spreadsheets.fields import (
    ChoiceWidget,
    CodeWidget,
    Column,
    TextWidget,
    YesNoWidget,
    half_width,
)
from spreadsheets.model_cells import Attribute
from spreadsheets.model_sheet import ModelSheet
from spreadsheets.sheet import Group, Heading, register
from villages.models import Division
from villages.sheets import DivisionFinder, units_of

ROLE_WORDS = {
    "查看员": Role.VIEWER,
    "填报员": Role.REPORTER,
    "审核员": Role.REVIEWER,
    "管理员": Role.MANAGER,
    "审计员": Role.AUDITOR,
}
# What of the own account nobody changes in a sheet: a slip would lock its owner out.
OWN = ("role", "is_active", "is_staff")


class UnitWidget(TextWidget):
    """A unit by its code or its full name; which one it is, the sheet finds out."""

    number_format = CodeWidget.number_format

    @property
    def accepts(self) -> str:
        return _("The 12-digit code of the unit, or its full name.")


@register
class AccountSheet(ModelSheet):
    """Accounts of the own division and below; nobody hands out more than they have."""

    name = "accounts"
    title = _lazy("Accounts")
    summary = _lazy("Who may sign in: the unit, the role, and whether the account is in use.")
    group = Group(8, _lazy("Accounts"))
    import_permission = "accounts.change_user"
    export_permission = "accounts.view_user"
    model = User
    key = ("username",)

    # fmt: off
    username = Column("用户名", "username", aliases=("账号", "登录名"), required=True, key=True,
                      width=18, widget=TextWidget(150), example="hejian_zhang",
                      meaning=_lazy("The name to sign in with; tells the row. A new account has "
                                    "no password until one is handed out in the administration."))
    person = Column("姓名", "name", aliases=("名字",), required=True, widget=TextWidget(40),
                    example="张三", meaning=_lazy("The full name of the person."))
    unit = Column("所属单位", "division__code", aliases=("单位", "区划代码"), required=True,
                  width=16, widget=UnitWidget(60), example="410581101000",
                  meaning=_lazy("The unit for which the account acts."))
    unit_name = Column("单位名称", "division__name", given=True, width=24,
                       meaning=_lazy("The name of the unit, to read."))
    role = Column("角色", "role", widget=ChoiceWidget(dict(ROLE_WORDS)), example="填报员",
                  meaning=_lazy("What the account may do; no more than your own may."))
    is_active = Column("是否启用", "is_active", aliases=("启用",), widget=YesNoWidget(),
                       example="是", meaning=_lazy("One that is not used any more is off."))
    is_staff = Column("能否登录后台", "is_staff", aliases=("登录后台",), widget=YesNoWidget(),
                      example="是", meaning=_lazy("Whether it may enter the administration."))
    office_phone = Column("办公电话", "office_phone", aliases=("办公室电话", "联系电话"), width=16,
                          widget=TextWidget(20), example="0372-6212345",
                          meaning=_lazy("The telephone of the desk, not of the person."))
    # fmt: on

    def objects(self) -> QuerySet[Any]:
        """The system's administrators are nobody's to change but their own kind's."""
        accounts: QuerySet[Any] = super().objects()
        return accounts if self._is_superuser else accounts.filter(is_superuser=False)

    def listed(self) -> QuerySet[Any]:
        accounts = super().listed()
        return accounts.filter(division__in=units_of(self)) if self.target.division else accounts

    @property
    def _is_superuser(self) -> bool:
        return self.user is None or self.user.is_superuser

    def key_of(self, values: dict[str, Any]) -> tuple[Any, ...]:
        if values.get("username"):
            values["username"] = User.normalize_username(values["username"])
        return super().key_of(values)

    def content(self, values: dict[str, Any]) -> dict[str, Any]:
        content = super().content(values)
        if text := content.get("division__code"):
            try:
                content["division__code"] = self._unit(text).code
            except ValidationError as error:
                raise ValidationError({"division__code": error}) from error
        return content

    @cached_property
    def _finder(self) -> DivisionFinder:
        return DivisionFinder(Division.objects.visible_to(self.viewer).select_related("parent"))

    @cached_property
    def _by_name(self) -> dict[str, list[Division]]:
        """By the full name, and by that with the managing unit's in front."""
        names = defaultdict(list)
        for division in self._finder.by_code.values():
            above = division.parent.name if division.parent else ""
            for name in {half_width(division.name), half_width(above + division.name)}:
                names[name].append(division)
        return names

    def _unit(self, text: str) -> Division:
        """Raises ValidationError, with the code "foreign" for a unit that is not the user's."""
        wanted = half_width(text)
        if wanted.isdigit():
            return self._finder.find(wanted, "", "")
        found = self._by_name.get(wanted, [])
        return found[0] if len(found) == 1 else self._finder.find("", "", text)

    def find_new(self, values: dict[str, Any]) -> User:
        """As in the admin, but without a password: a workbook is no place for one."""
        new = User(must_change_password=True)
        new.set_unusable_password()
        return new

    def permit(self, old: User | None, new: User) -> None:
        if self._is_superuser:
            return
        mine, errors = PERMISSIONS[self.user.role], {}
        if old is None and not self.user.has_perm("accounts.add_user"):
            raise ValidationError(_("You may not add accounts."))
        if old is not None and not PERMISSIONS[old.role] <= mine:
            raise ValidationError(_("This account may do more than yours; leave its row as it is."))
        if new.role in PERMISSIONS and not PERMISSIONS[new.role] <= mine:
            errors["role"] = _("Nobody hands out a role that may do more than their own.")
        if new.division is None:
            errors["division__code"] = _("An account belongs to a unit.")
        errors |= self._about_oneself(old, new)
        if errors:
            raise ValidationError(errors)

    def _about_oneself(self, old: User | None, new: User) -> dict[str, str]:
        """What nobody hands out who does not have it, and what nobody changes of oneself."""
        was_staff = old is not None and old.is_staff
        if new.is_staff and not was_staff and not self.user.is_staff:
            return {"is_staff": _("Only who may enter the administration lets others in.")}
        if old is None or old.pk != self.user.pk:
            return {}
        changed = [name for name in OWN if getattr(old, name) != getattr(new, name)]
        return dict.fromkeys(changed, _("Nobody changes this of the own account."))

    def is_untouched(self, instance: User) -> bool:
        return instance.last_login is None and not instance.has_usable_password()

    def words(self, told: Attribute, value: Any) -> str:
        found = self._finder.by_code.get(value) if told.natural else None
        return f"{found.name}（{found.code}）" if found else super().words(told, value)

    def heading(self) -> Heading:
        return Heading(title="账号名单", footer="")

    def next_step(self, batch: Any) -> tuple[str, str] | None:
        if not batch.new:
            return None
        return _("Hand out passwords to the new accounts"), reverse(
            "admin:accounts_user_changelist"
        )


def keep(note: journal.Note) -> None:
    """Every sheet taken out, with what it shows in clear, and every file that reaches for data
    of others."""
    actions = {
        "export": AccessLog.Action.EXPORT,
        "foreign": AccessLog.Action.REFUSED,
        "reveal": AccessLog.Action.REVEAL,
    }
    AccessLog.note(note.user, actions[note.event], note.sheet, **note.detail)


journal.keepers.append(keep)

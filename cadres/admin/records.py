"""What the verbs of the registers write, to read: postings, their history, mergings."""

from operator import itemgetter
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cadres.admin.lists import PersonsReadOnlyAdmin
from cadres.models import CadreChange, PersonMerge, Posting


class AboutPersonAdmin(PersonsReadOnlyAdmin):
    """The person is named and not linked: the record may be kept elsewhere by now."""

    @admin.display(description=_("person"), ordering="person__name")
    def who(self, row: Any) -> str:
        return str(row.person or "–")

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        return ["who" if name == "person" else name for name in fields]

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        return ["who"]


@admin.register(Posting)
class PostingAdmin(AboutPersonAdmin):
    """Appointed, ended and exchanged on the pages, where every rule is asked."""

    list_display = ["who", "kind", "division", "start", "planned_end", "end"]
    list_filter = ["kind", "end_reason"]
    list_select_related = ["person", "kind", "division"]
    search_fields = ["person__name", "person__pinyin", "division__name", "division__pinyin", "note"]
    list_per_page = 100


class RegisterFilter(admin.SimpleListFilter):
    """By the register that a change is of, in words."""

    title, parameter_name = _("register"), "about"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        seen = model_admin.get_queryset(request).order_by().values_list("about", flat=True)
        return sorted(((name, register_of(name)) for name in seen.distinct()), key=itemgetter(1))

    def queryset(self, request: Any, queryset: Any) -> Any:
        return queryset.filter(about=self.value()) if self.value() else queryset


def register_of(name: str) -> str:
    return str(apps.get_model("cadres", name)._meta.verbose_name)


@admin.register(CadreChange)
class CadreChangeAdmin(AboutPersonAdmin):
    list_display = ["at", "by", "verb", "register", "who", "division", "reason"]
    list_filter = ["verb", RegisterFilter]
    list_select_related = ["by", "person", "division"]
    search_fields = ["person__name", "person__pinyin", "division__name", "reason"]
    date_hierarchy = "at"
    list_per_page = 100

    @admin.display(description=_("register"), ordering="about")
    def register(self, change: CadreChange) -> str:
        return register_of(change.about)


@admin.register(PersonMerge)
class PersonMergeAdmin(PersonsReadOnlyAdmin):
    persons = ("kept", "merged")
    list_display = ["proposed_at", "kept", "merged", "verdict", "decided_by", "undone_at"]
    list_filter = ["verdict"]
    list_select_related = ["kept", "merged", "decided_by"]
    search_fields = ["kept__name", "kept__pinyin", "reason"]

"""Contact points, visits, talks and bindings: written on their pages and by postings, read here."""

from django.contrib import admin

from cadres.admin.lists import PersonsReadOnlyAdmin
from cadres.models import ContactPoint, ContactVisit, OrganizationBinding, PolicyTalk
from villages.admin import ReadOnlyAdmin


@admin.register(ContactPoint)
class ContactPointAdmin(PersonsReadOnlyAdmin):
    persons = ("leader",)
    list_display = ["leader", "village", "since", "until"]
    list_select_related = ["leader", "village"]
    search_fields = ["leader__name", "leader__pinyin", "village__name", "village__pinyin"]
    list_per_page = 100


@admin.register(ContactVisit)
class ContactVisitAdmin(PersonsReadOnlyAdmin):
    persons = ("contact_point__leader",)
    list_display = ["on", "contact_point", "problems_raised", "problems_solved"]
    list_select_related = ["contact_point__leader", "contact_point__village"]
    search_fields = ["contact_point__leader__name", "contact_point__village__name"]
    date_hierarchy = "on"
    list_per_page = 100


@admin.register(PolicyTalk)
class PolicyTalkAdmin(PersonsReadOnlyAdmin):
    persons = ("speaker",)
    list_display = ["on", "speaker", "village", "topic", "audience"]
    list_select_related = ["speaker", "village"]
    search_fields = ["speaker__name", "village__name", "village__pinyin", "topic"]
    date_hierarchy = "on"
    list_per_page = 100


@admin.register(OrganizationBinding)
class OrganizationBindingAdmin(ReadOnlyAdmin):
    list_display = ["organization", "village", "since", "until"]
    list_select_related = ["organization", "village"]
    search_fields = ["organization__name", "organization__pinyin", "village__name"]
    list_per_page = 100

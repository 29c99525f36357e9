"""Below which names the list of sheets has those of the registers."""

from django.utils.translation import gettext_lazy as _

from spreadsheets.sheet import Group

POSTINGS = Group(4, _("First secretaries and other postings"))
TEAMS = Group(5, _("Village teams"))
CONTACTS = Group(6, _("Contact points"))
PEOPLE = Group(7, _("Persons and sending organisations"))

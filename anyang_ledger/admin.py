from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class LedgerAdminSite(admin.AdminSite):
    """Django's admin in the project's own words; its look is templates/admin/base_site.html."""

    site_title = _("Rural party-building ledger")
    site_header = _("Rural party-building ledger")
    index_title = _("Administration")
    site_url = "/"

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ProjectConfig(AppConfig):
    """Makes the `demo` command known."""

    name = "anyang_ledger"
    default = True


class LedgerAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "anyang_ledger.admin.LedgerAdminSite"

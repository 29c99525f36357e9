from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# Registers that have figures for the head of the pages, or sections for the file of a person.
REGISTERS = ("posting_register", "team_register", "contact_register", "person_sections")


class CadresConfig(AppConfig):
    name = "cadres"
    verbose_name = _("Cadres")

    def ready(self) -> None:
        import_module("cadres.checks")
        for register in REGISTERS:
            import_module(f"cadres.{register}")

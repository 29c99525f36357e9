from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class VillagesConfig(AppConfig):
    name = "villages"
    verbose_name = _("Divisions and villages")

    def ready(self) -> None:
        """Every app declares its sections of the village file in `village_section.py`."""
        autodiscover_modules("village_section")

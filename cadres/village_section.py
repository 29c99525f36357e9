"""What the registers of cadres add to the file of a village."""

from django.utils.translation import gettext_lazy as _

from cadres.team_register import team_of_village
from villages.village_file import register

register(
    "team",
    _("Village team"),
    order=25,
    template="cadres/partials/file_team.html",
    permission="cadres.view_villageteam",
)(team_of_village)

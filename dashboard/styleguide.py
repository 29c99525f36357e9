"""What the page of the design system shows: the tokens, and samples for the partials."""

import re
from functools import cached_property, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.http import Request
from dashboard.choice import ALL, Choice
from dashboard.figures import Row
from dashboard.measures import BANDS, COMPLETED, REPORTED
from tasks.models import Counts, Entry, Light, Period
from villages.models import Division, Level

TOKEN = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")
COLOUR = re.compile(r"#|rgb")
NAMES = ("样例镇", "示范试用镇", "演示村", "样例村民委员会第三网格党群服务中心驻点")


def staff_alone(view: Any) -> Any:
    """For pages that show how the system is made."""

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise PermissionDenied
        response: HttpResponse = view(request, *args, **kwargs)
        return response

    return guarded


class StyleGuide:
    """Samples are made up and nowhere stored."""

    choice = ALL
    by_measure = Choice(measure=COMPLETED.code)
    measure = REPORTED
    lights = list(Light)
    bands = BANDS
    period = Period.usual(2026, 3)
    previous = Period.usual(2026, 2)
    sizes = (
        ("figure", _("Figures of a page")),
        ("title", _("Title of a page")),
        ("lead", _("Heading of a card")),
        ("text", _("Text and tables")),
        ("small", _("Notes and definitions")),
        ("tiny", _("Tiles and marks")),
    )

    @cached_property
    def tokens(self) -> list[tuple[str, str]]:
        """Names and values of the light theme, in the order of the style sheet."""
        text = (Path(settings.BASE_DIR) / "static" / "css" / "tokens.css").read_text("utf-8")
        light = text.split("@media")[0]
        return [(name, " ".join(value.split())) for name, value in TOKEN.findall(light)]

    @property
    def colours(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.tokens if COLOUR.match(value)]

    @property
    def spaces(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.tokens if name.startswith("gap-")]

    @property
    def states(self) -> list[Entry]:
        return [Entry(state=state, is_late=state == "accepted") for state in Entry.State]

    @cached_property
    def rows(self) -> list[Row]:
        """One for each light, with names as long as they get."""
        counts = [
            Counts(owed=660, accepted=660, on_time=640),
            Counts(owed=420, accepted=372, submitted=24, on_time=396, behind=31),
            Counts(owed=12, blank=12),
            Counts(owed=34_560, accepted=8, submitted=2_000, on_time=1_900, blank=32_552),
            Counts(owed=1, accepted=1, on_time=1, early=1),
        ]
        lights = [Light.GREEN, Light.YELLOW, Light.GREY, Light.RED, Light.BLUE]
        return [
            self._row(NAMES[number % len(NAMES)], of, light)
            for number, (of, light) in enumerate(zip(counts, lights, strict=True))
        ]

    def _row(self, name: str, counts: Counts, light: Light) -> Row:
        unit = Division(code="000000000000", name=name, level=Level.TOWNSHIP)
        before = Counts(owed=600, accepted=480, submitted=60, on_time=520)
        shown = dict.fromkeys(Light, 0) | {light: counts.owed}
        return Row(unit, counts, before, light, shown, [])

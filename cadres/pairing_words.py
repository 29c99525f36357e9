"""What a proposal says in words: of what a score is made, and why a village stays empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from cadres.models import Person
from cadres.pairing.facts import Bar, Criterion

# By criterion and share of 100.
SAYS = {
    (Criterion.WISHES, 100): _lazy("the county is wished for"),
    (Criterion.WISHES, 50): _lazy("nothing is stated about the county, which counts half"),
    (Criterion.WISHES, 0): _lazy("the county is to be spared"),
    (Criterion.NEARNESS, 100): _lazy("of the same county"),
    (Criterion.NEARNESS, 50): _lazy("not of one county, which counts half"),
    (Criterion.NEARNESS, 0): _lazy("of another county"),
    (Criterion.WEAK, 100): _lazy(
        "a retired cadre for a weak village, or one in office for another"
    ),
    (Criterion.WEAK, 0): _lazy(
        "a retired cadre for a village that is not weak, or one in office for a weak one"
    ),
}


@dataclass(frozen=True)
class PartInWords:
    """One criterion of a pair: `share` of 100, times `weight`."""

    label: str
    share: int
    weight: int
    says: str

    @property
    def points(self) -> int:
        return self.share * self.weight


def told_apart(person: Person) -> list[str]:
    """What tells a person from namesakes: the year of birth and the organisation."""
    born = [_("born in %s") % person.birth[:4]] if person.birth else []
    return [*born, person.organization.name] if person.organization else born


def part_in_words(part: Mapping[str, Any], tags: Mapping[int, str]) -> PartInWords:
    criterion = Criterion(part["criterion"])
    return PartInWords(
        str(criterion.label), part["share"], part["weight"], _says(criterion, part, tags)
    )


def _says(criterion: Criterion, part: Mapping[str, Any], tags: Mapping[int, str]) -> str:
    if criterion in (Criterion.STRENGTHS, Criterion.FUNCTIONS):
        if met := [tags[key] for key in part["matched"] if key in tags]:
            return _("meets %(needs)s") % {"needs": _(", ").join(met)}
        if part["share"]:
            return _("the village has stated no needs, which counts half")
        return _("meets none of the needs")
    return str(SAYS[criterion, part["share"]])


def why_in_words(why: Mapping[str, Any], offices: Mapping[int, str]) -> list[str]:
    """Sentences about a village that stays empty; none where nothing was proposed yet."""
    if not why:
        return []
    bars = [f"{Bar(bar).label} {count}" for bar, count in why["bars"].items()]
    barred = {"barred": _("; ").join(bars)}
    if not bars and not why["possible"]:
        return [_("The round has no candidates.")]
    if not why["possible"]:
        return [_("Nobody may come here. %(barred)s.") % barred]
    lines = [_needed_elsewhere(why)]
    if full := [offices[key] for key in why["offices"] if key in offices]:
        lines.append(_("These send as many as they can: %s.") % _(", ").join(full))
    if bars:
        lines.append(_("The others may not come here. %(barred)s.") % barred)
    return lines


def _needed_elsewhere(why: Mapping[str, Any]) -> str:
    if why["possible"] == why["pinned"]:
        return ngettext(
            "%(count)d candidate may come here, and is pinned elsewhere.",
            "%(count)d candidates may come here, and all are pinned elsewhere.",
            why["possible"],
        ) % {"count": why["possible"]}
    says = {name: why[name] for name in ("possible", "places", "candidates", "going")}
    says["empty"] = why["places"] - why["going"]
    few = _(
        "Too few candidates: %(places)d villages, this one among them, depend on the same "
        "%(candidates)d people; %(empty)d of the villages stay empty whoever is sent. "
        "(%(possible)d may come here.)"
    )
    full = _(
        "Too few people can be sent: %(places)d villages, this one among them, depend on the "
        "same %(candidates)d people, of whom the organisations send only %(going)d; "
        "%(empty)d of the villages stay empty whoever is sent. (%(possible)d may come here.)"
    )
    return (full if why["going"] < why["candidates"] else few) % says

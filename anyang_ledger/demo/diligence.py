"""How well each township reports, quarter by quarter, so that the picture is uneven."""

from dataclasses import dataclass
from random import Random

from anyang_ledger.demo.scale import SEED, Scale
from tasks.models import Entry
from villages.models import Division

STATES = (
    Entry.State.BLANK,
    Entry.State.DRAFT,
    Entry.State.RETURNED,
    Entry.State.SUBMITTED,
    Entry.State.ACCEPTED,
)
# The last quarter has just opened: some drafts, a few early reports, from everybody alike.
JUST_OPENED = (850, 120, 0, 30, 0)


@dataclass(frozen=True)
class Diligence:
    """Shares of one kind of township. `states` gives, for the first three quarters, how many
    lines in a thousand end in each of STATES; the other shares are of one."""

    states: tuple[tuple[int, int, int, int, int], ...]
    quiet_villages: float
    late: float
    slow: float
    very_slow: float

    def state(self, quarter: int, rng: Random) -> Entry.State:
        weights = self.states[quarter - 1] if quarter < 4 else JUST_OPENED
        return rng.choices(STATES, weights)[0]


CLEAN = Diligence(
    states=((4, 2, 0, 0, 994), (9, 4, 4, 3, 980), (4, 3, 42, 42, 909)),
    quiet_villages=0,
    late=0.01,
    slow=0.03,
    very_slow=0.005,
)
MIDDLING = Diligence(
    states=((15, 5, 0, 0, 980), (30, 10, 8, 12, 940), (8, 5, 34, 90, 863)),
    quiet_villages=0,
    late=0.05,
    slow=0.21,
    very_slow=0.01,
)
BEHIND = Diligence(
    states=((70, 20, 0, 0, 910), (110, 30, 20, 20, 820), (110, 70, 70, 90, 660)),
    quiet_villages=0.12,
    late=0.15,
    slow=0.16,
    very_slow=0.10,
)
SILENT = Diligence(
    states=((90, 10, 0, 0, 900), (190, 30, 10, 10, 760), (960, 40, 0, 0, 0)),
    quiet_villages=0.5,
    late=0.2,
    slow=0.16,
    very_slow=0.10,
)


def assign(townships: list[Division], scale: Scale) -> dict[int, Diligence]:
    """The diligence of each township by its primary key; most are clean."""
    rng = Random(f"{SEED} diligence")
    kinds = [SILENT] * scale.silent + [BEHIND] * scale.behind + [MIDDLING] * scale.middling
    uneven = zip(rng.sample(townships, len(kinds)), kinds, strict=True)
    return {t.pk: CLEAN for t in townships} | {t.pk: kind for t, kind in uneven}

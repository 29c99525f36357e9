"""How large the demo city is built."""

from dataclasses import dataclass

SEED = "anyang-2026"


@dataclass(frozen=True)
class County:
    code: str
    name: str
    towns: int
    townships: int


@dataclass(frozen=True)
class Scale:
    """Counties with their towns (镇) and townships (乡), villages in all, and how many of the
    township-level units report nothing, little, or not quite enough in the third quarter."""

    counties: tuple[County, ...]
    villages: int
    smallest: int
    largest: int
    silent: int
    behind: int
    middling: int

    @property
    def townships(self) -> int:
        return sum(county.towns + county.townships for county in self.counties)

    @property
    def weak_villages(self) -> int:
        """Five in a hundred, rounded down: 149 of 2,980."""
        return self.villages * 5 // 100

    @property
    def first_secretaries(self) -> int:
        """679 of 2,980 villages have one; each weak village has one who left a leading post."""
        return self.villages * 679 // 2_980

    @property
    def secondments(self) -> int:
        """30 of 89 townships."""
        return self.townships * 30 // 89

    @property
    def county_leaders(self) -> int:
        """271 in nine counties."""
        return len(self.counties) * 271 // 9


FULL = Scale(
    counties=(
        County("410502", "文峰区", 1, 0),
        County("410503", "北关区", 1, 0),
        County("410505", "殷都区", 2, 1),
        County("410506", "龙安区", 3, 2),
        County("410522", "安阳县", 10, 6),
        County("410523", "汤阴县", 9, 1),
        County("410526", "滑县", 14, 6),
        County("410527", "内黄县", 10, 7),
        County("410581", "林州市", 16, 0),
    ),
    villages=2_980,
    smallest=20,
    largest=50,
    silent=3,
    behind=7,
    middling=12,
)
SMALL = Scale(
    counties=(County("410522", "安阳县", 2, 1),),
    villages=30,
    smallest=8,
    largest=12,
    silent=0,
    behind=1,
    middling=1,
)

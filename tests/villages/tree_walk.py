"""A random walk of the tree, kept a second time in plain dictionaries."""

import datetime
import random
from dataclasses import dataclass, field

from tests.world import World
from villages import actions
from villages.actions import DivisionLine
from villages.models import Division

START = datetime.date(2025, 12, 20)


@dataclass
class Snapshot:
    """Units that exist, each with managing unit and name; and what ended by a merge."""

    parents: dict[int, int | None]
    names: dict[int, str]
    merged: dict[int, int] = field(default_factory=dict)

    def copy(self) -> "Snapshot":
        return Snapshot(dict(self.parents), dict(self.names), dict(self.merged))


class TreeWalk:
    """Changes of every kind on growing days, by the verbs and in `model`, beside each other."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        units = Division.objects.all()
        self.levels = {unit.pk: unit.level for unit in units}
        self.model = Snapshot(
            {unit.pk: unit.parent_id for unit in units}, {unit.pk: unit.name for unit in units}
        )
        # What hung under a unit that ended still hangs there, though it exists no more.
        self.last_parents = dict(self.model.parents)
        self.day = START
        self.history = [(self.day, self.model.copy(), dict(self.last_parents))]

    def walk(self, steps: int) -> None:
        kinds = [self.transfer, self.transfer, self.rename, self.merge, self.split]
        for _step in range(steps):
            self.day += datetime.timedelta(days=self.random.randint(1, 20))
            self.random.choice(kinds)()
            self.history.append((self.day, self.model.copy(), dict(self.last_parents)))

    def at(self, day: datetime.date) -> tuple[Snapshot, dict[int, int | None]]:
        passed = [step for step in self.history if step[0] <= day]
        return passed[-1][1], passed[-1][2]

    def alive(self, level: str) -> list[int]:
        return [pk for pk in sorted(self.model.parents) if self.levels[pk] == level]

    def transfer(self) -> None:
        level, above = self.random.choice([("village", "township"), ("township", "county")])
        if not (units := self.alive(level)):
            return
        pk, parent = self.random.choice(units), self.random.choice(self.alive(above))
        unit = Division.objects.select_related("parent").get(pk=pk)
        unit.parent = Division.objects.get(pk=parent)
        self._write(unit)
        self._hang(pk, parent)

    def rename(self) -> None:
        pk = self.random.choice(self.alive("village") + self.alive("township"))
        unit = Division.objects.select_related("parent").get(pk=pk)
        unit.name = self.model.names[pk] = f"新{self.random.randint(100, 999)}村"
        self._write(unit)

    def merge(self) -> None:
        level = self.random.choice(["village", "village", "township", "county"])
        units = self.alive(level)
        if len(units) < 3:
            return
        target, *sources = self.random.sample(units, self.random.choice([2, 3]))
        found = Division.objects.in_bulk([target, *sources])
        actions.merge([found[pk] for pk in sources], found[target], self.day)
        for source in sources:
            for child in [c for c, above in self.model.parents.items() if above == source]:
                self._hang(child, target)
            self.model.merged[source] = target
            self._end(source)

    def split(self) -> None:
        units = self.alive("village")
        if len(units) < 3:
            return
        source, *targets = self.random.sample(units, 3)
        found, goes_on = Division.objects.in_bulk([source, *targets]), self.random.random() < 0.5
        parts = [found[pk] for pk in targets]
        actions.split(found[source], parts, self.day, goes_on=goes_on)
        if not goes_on:
            self._end(source)

    def _write(self, unit: Division) -> None:
        if self.random.random() < 0.5:
            unit.place(self.day)
        else:
            actions.put_divisions([DivisionLine.of(unit)], self.day)

    def _hang(self, pk: int, parent: int) -> None:
        self.model.parents[pk] = self.last_parents[pk] = parent

    def _end(self, pk: int) -> None:
        del self.model.parents[pk], self.model.names[pk]

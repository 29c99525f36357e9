"""The matrix of tasks and units (任务 × 单位): in each cell a light and n/N."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from dashboard.choice import Choice
from dashboard.counting import Extended, added
from dashboard.figures import Figures, Row
from tasks.models import Counts, Light, LightOverride, Task
from villages.models import Division, Level


@dataclass(frozen=True)
class Cell:
    """One task of one unit, or their sums."""

    counts: Counts
    light: Light
    lights: dict[Light, int]
    override: LightOverride | None = None

    @property
    def badness(self) -> tuple[float, float]:
        """For sorting: the share of red lines, then of those not reported."""
        owed = self.counts.owed or 1
        return self.lights[Light.RED] / owed, self.counts.unreported / owed


@dataclass(frozen=True)
class Line:
    """A row of the matrix: a task or a unit, its sum, and its cells (None: not owed)."""

    task: Task | None
    unit: Division | None
    total: Cell
    cells: list[tuple[Task, Division, Cell | None]]


class Matrix:
    """Made of the cells of `Figures`: tasks by unit, or, where units are many, units by task."""

    def __init__(
        self,
        figures: Figures,
        columns: Sequence[Division],
        tasks: Iterable[Task],
        choice: Choice,
        on: datetime.date,
    ) -> None:
        self.figures, self.choice, self.on = figures, choice, on
        self._all_units, self._all_tasks = list(columns), list(tasks)

    @property
    def by_unit(self) -> bool:
        """Whether units are the rows: by choice, else where they are villages."""
        near = self.figures.division.level == Level.TOWNSHIP
        return self.choice.by == "unit" or (near and self.choice.by != "task")

    @cached_property
    def cells(self) -> dict[tuple[int, int], Cell]:
        """Each cell that is owed, by unit and task."""
        extended = self._extended()
        return {
            key: self._cell(key, counts, [extended[key]] if key in extended else [])
            for key, counts in self.figures.cells.items()
            if counts.owed
        }

    @cached_property
    def units(self) -> list[Division]:
        owing = {unit for unit, _task in self.cells}
        units = [unit for unit in self._all_units if unit.pk in owing]
        if self.choice.sort == "worst":
            units.sort(key=lambda unit: self.sum_of_unit(unit).badness, reverse=True)
        return units

    @cached_property
    def tasks(self) -> list[Task]:
        asked = {task for _unit, task in self.cells}
        tasks = [task for task in self._all_tasks if task.pk in asked]
        if self.choice.sort == "worst":
            tasks.sort(key=lambda task: self.sum_of_task(task).badness, reverse=True)
        return tasks

    @cached_property
    def lines(self) -> list[Line]:
        cells = self.cells
        if self.by_unit:
            return [
                Line(
                    None,
                    unit,
                    self.sum_of_unit(unit),
                    [(task, unit, cells.get((unit.pk, task.pk))) for task in self.tasks],
                )
                for unit in self.units
            ]
        return [
            Line(
                task,
                None,
                self.sum_of_task(task),
                [(task, unit, cells.get((unit.pk, task.pk))) for unit in self.units],
            )
            for task in self.tasks
        ]

    @property
    def heads(self) -> list[tuple[Task | None, Division | None]]:
        """What stands above the columns."""
        if self.by_unit:
            return [(task, None) for task in self.tasks]
        return [(None, unit) for unit in self.units]

    @property
    def foot(self) -> list[tuple[Task | None, Division | None, Cell]]:
        """The sum below each column."""
        return [
            (task, unit, self.sum_of_task(task) if task else self.sum_of_unit(unit))
            for task, unit in self.heads
            if task or unit
        ]

    def sum_of_task(self, task: Task) -> Cell:
        return self._sums[0][task.pk]

    def sum_of_unit(self, unit: Division | None) -> Cell:
        return self._sums[1][unit.pk if unit else 0]

    @cached_property
    def _sums(self) -> tuple[dict[int, Cell], dict[int, Cell]]:
        of_tasks: dict[int, list[Cell]] = {}
        of_units: dict[int, list[Cell]] = {}
        for (unit, task), cell in self.cells.items():
            of_tasks.setdefault(task, []).append(cell)
            of_units.setdefault(unit, []).append(cell)
        own = self.figures.division.pk
        return (
            {task: self._added(cells, (own, task)) for task, cells in of_tasks.items()},
            {unit: self._added(cells, (unit, None)) for unit, cells in of_units.items()},
        )

    def _cell(self, key: tuple[int, int], counts: Counts, extended: Iterable[Extended]) -> Cell:
        light, lights = self.figures.lit(counts, self.on, extended)
        # By kind of village a cell is of other lines than those that somebody judged.
        override = None if self.choice.kind else self.figures.overrides(self.on).get(key)
        return Cell(counts, Light(override.light) if override else light, lights, override)

    def _added(self, cells: list[Cell], about: tuple[int, int | None]) -> Cell:
        counts = Counts.sum(cell.counts for cell in cells)
        lights = {light: sum(cell.lights[light] for cell in cells) for light in Light}
        override = None if self._is_partial(about) else self.figures.overrides(self.on).get(about)
        light = Light(override.light) if override else counts.light(lights, self.figures.ledger)
        return Cell(counts, light, lights, override)

    def _is_partial(self, about: tuple[int, int | None]) -> bool:
        """Whether a sum leaves out lines that somebody who set a light by hand has judged."""
        _unit, task = about
        return bool(self.choice.kind or (task is None and self.choice.narrows))

    def _extended(self) -> dict[tuple[int, int], Extended]:
        """By column, as the cells are: of the city, townships are counted at their county."""
        found: dict[tuple[int, int], Extended] = {}
        is_city = self.figures.division.level == Level.CITY
        for (unit, task), extended in self.figures.extended(self.on).items():
            key = self._county_of.get(unit, unit) if is_city else unit, task
            found[key] = added([found.get(key, {}), extended])
        return found

    @cached_property
    def _county_of(self) -> dict[int, int]:
        within = Division.objects.within(self.figures.division)
        townships = within.filter(level=Level.TOWNSHIP, parent__isnull=False)
        found = {pk: county or 0 for pk, county in townships.values_list("pk", "parent_id")}
        return found | dict(self.figures.crosswalk.county_of)


def columns_of(division: Division, rows: Sequence[Row], own: Row | None) -> list[Division]:
    """The units that the cells stand for: a township's own tasks are a column of their own."""
    return [*([division] if own else []), *(row.division for row in rows)]

"""What a page of figures shows, as its address says: every choice stays when one drills down."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from dashboard.measures import MEASURES, Measure
from tasks.models import Light, Task
from villages.kinds import KINDS, of_kind

ALLOWED = {
    "category": set(Task.Category.values),
    "light": set(Light.values),
    "kind": {kind for kind, _name in KINDS},
    "measure": set(MEASURES),
    "sort": {"number", "worst"},
    "by": {"task", "unit"},
    "level": {"township"},
    "divisions": {"then", "now"},
    "attention": {"all"},
}
DIGITS_OF_A_KEY = 9


@dataclass(frozen=True)
class Choice:
    """An empty text is no choice; what an address says that is none is left out."""

    category: str = ""
    task: str = ""
    light: str = ""
    kind: str = ""
    measure: str = ""
    sort: str = ""
    by: str = ""
    level: str = ""
    divisions: str = ""
    attention: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> Self:
        chosen = {name: query.get(name, "") for name in ALLOWED}
        known = {name: text for name, text in chosen.items() if text in ALLOWED[name]}
        task = query.get("task", "")
        if task.isdecimal() and task.isascii() and len(task) <= DIGITS_OF_A_KEY:
            known["task"] = str(int(task))
        return cls(**known)

    @property
    def query(self) -> str:
        """For an address; empty where nothing is chosen."""
        chosen = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}
        return f"?{urlencode(chosen)}" if chosen else ""

    def but(self, **changes: str) -> Self:
        return replace(self, **changes)

    @property
    def kept(self) -> Self:
        """What goes along to another page: which lines, not how they are laid out."""
        return self.but(sort="", by="", level="", attention="")

    @property
    def narrows(self) -> bool:
        """Whether some lines are left out."""
        return bool(self.category or self.task or self.kind)

    @property
    def measured(self) -> Measure | None:
        """The share that is chosen; None for the light."""
        return MEASURES.get(self.measure)

    @property
    def lines(self) -> dict[str, str]:
        """The choices that the list of lines understands too."""
        names = ("category", "task", "kind")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    def of_tasks(self, prefix: str) -> Q:
        """The tasks that are counted, by the field that leads to them: `task__`, or empty."""
        chosen: dict[str, Any] = {}
        if self.category:
            chosen[f"{prefix}category"] = self.category
        if self.task:
            chosen[f"{prefix}pk"] = int(self.task)
        return Q(**chosen)

    def includes(self, task: Task) -> bool:
        return self.category in ("", task.category) and self.task in ("", str(task.pk))

    def of_villages(self) -> Q:
        """The lines that are counted where a kind of village is chosen."""
        return of_kind(self.kind, "division") if self.kind else Q()


ALL = Choice()

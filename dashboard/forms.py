from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.board import Board
from dashboard.measures import MEASURES
from tasks.models import Light, Task
from villages.kinds import KINDS
from villages.models import Division, DivisionQuerySet


class ExclusionForm(forms.Form):
    """Leaves a unit out of the ranking of a quarter, with the reason."""

    division = forms.ModelChoiceField(
        Division.objects.none(), label=_("Unit"), empty_label=_("Choose a unit")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, data: Any, units: DivisionQuerySet) -> None:
        super().__init__(data)
        field: Any = self.fields["division"]
        field.queryset = units
        field.label_from_instance = lambda unit: unit.short_name


LINES = ("category", "task", "kind")


class ChoiceForm(forms.Form):
    """Offers the choices of a page of figures; `Choice` is what reads them from the address.

    What a page does not offer, and is chosen all the same, stays hidden in its form.
    """

    names: ClassVar[tuple[str, ...]] = ()
    by_light: ClassVar[bool] = True
    use_required_attribute = False

    level = forms.ChoiceField(label=_("Units"))
    measure = forms.ChoiceField(label=_("Shown by"))
    category = forms.ChoiceField(label=_("Category"))
    task = forms.ChoiceField(label=_("Task"))
    kind = forms.ChoiceField(label=_("Kind of village"))
    light = forms.ChoiceField(label=_("Light"))
    sort = forms.ChoiceField(label=_("Order"))
    by = forms.ChoiceField(label=_("Rows"))
    divisions = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, board: Board) -> None:
        super().__init__(initial=dict(vars(board.choice)))
        offered = self._offered(board)
        for name in list(self.fields):
            if name in self.names:
                self.fields[name].choices = offered[name]  # type: ignore[attr-defined]
            elif getattr(board.choice, name):
                self.fields[name].widget = forms.HiddenInput()
            else:
                del self.fields[name]

    def _offered(self, board: Board) -> dict[str, list[Any]]:
        measures = [(measure.code, measure.name) for measure in MEASURES.values()]
        tasks = [(task.pk, f"{task.number}. {task.title}") for task in board.all_tasks]
        return {
            "level": [("", _("Counties")), ("township", _("All townships"))],
            "measure": [("", _("Light")), *measures] if self.by_light else measures,
            "category": [("", _("All categories")), *Task.Category.choices],
            "task": [("", _("All tasks")), *tasks],
            "kind": [("", _("All villages")), *KINDS],
            "light": [("", _("All lights")), *Light.choices],
            "sort": [("", _("By number")), ("worst", _("Worst first"))],
            "by": [("", _("As it fits")), ("task", _("Tasks")), ("unit", _("Units"))],
        }


class MapForm(ChoiceForm):
    names = ("measure", "light", *LINES)


class MatrixForm(ChoiceForm):
    names = ("measure", "sort", "by", *LINES)


class RankingForm(ChoiceForm):
    names: ClassVar[tuple[str, ...]] = ("measure", *LINES)
    by_light = False

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.initial["measure"] = board.ranked_by.code


class CityRankingForm(RankingForm):
    names = ("level", *RankingForm.names)

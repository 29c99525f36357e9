"""What migrations enter in every database, put back where a test with real commits emptied it."""

from importlib import import_module
from typing import Any

from django.apps import apps

from cadres.models import Criterion, PostingKind, TermIndicator
from tasks.models import ReturnReason

MODELS: tuple[Any, ...] = (ReturnReason, PostingKind, Criterion, TermIndicator)
# As they first stood in this process: states that are kept point at these very rows.
_rows: list[Any] = []


def put() -> None:
    """Every row that is missing."""
    if not _rows:
        _enter()
        _rows.extend(row for model in MODELS for row in model.objects.all())
    for model in MODELS:
        there = set(model.objects.values_list("pk", flat=True))
        missing = [row for row in _rows if type(row) is model and row.pk not in there]
        model.objects.bulk_create(missing)


def _enter() -> None:
    if not ReturnReason.objects.exists():
        _migration("tasks", "0004_usual_reasons_for_returning").add_reasons(apps, None)
    if not PostingKind.objects.exists():
        _migration("cadres", "0003_usual_posting_kinds").enter(apps, None)
        _migration("cadres", "0008_seats_to_be_filled").enter(apps, None)
    if not TermIndicator.objects.exists():
        _migration("cadres", "0005_teams").enter(apps, None)


def _migration(app: str, name: str) -> Any:
    return import_module(f"{app}.migrations.{name}")

from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.db.models import CheckConstraint, UniqueConstraint

from tests.house.source import APPS, ROOT, short

OWN_MODELS = [model for model in apps.get_models() if model._meta.app_label in APPS]
INTERNAL = {"BatchRow", "EntrySummary"}


@pytest.mark.parametrize("model", OWN_MODELS)
def test_every_constraint_speaks_to_the_person(model: type[models.Model]) -> None:
    for constraint in model._meta.constraints:
        assert isinstance(constraint, CheckConstraint | UniqueConstraint)
        default = constraint.default_violation_error_message
        assert constraint.violation_error_message != default, constraint.name


@pytest.mark.parametrize("model", OWN_MODELS)
def test_every_model_and_field_has_a_name_in_words(model: type[models.Model]) -> None:
    assert not isinstance(model._meta.verbose_name, str)
    if model.__name__ in INTERNAL:
        return
    for field in model._meta.local_fields:
        automatic = field.name.replace("_", " ")
        internal = field.primary_key or not field.editable or field.remote_field
        assert internal or field.verbose_name != automatic or _is_translated(field), field


def _is_translated(field: models.Field) -> bool:
    return not isinstance(field.verbose_name, str)


@pytest.mark.parametrize("model", OWN_MODELS)
def test_every_list_is_scoped(model: type[models.Model]) -> None:
    common = {"Period", "BatchRow"}
    if model.__name__ not in common:
        assert hasattr(model._default_manager.all(), "visible_to"), model


def test_migrations_have_names_that_say_what_they_do() -> None:
    for path in Path(ROOT).glob("*/migrations/0*.py"):
        assert "_auto_" not in path.name, short(path)

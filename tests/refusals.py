"""What tests expect of a named constraint: words for people, and a database that refuses."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import CheckConstraint, Model


def refused_by(name: str, bad: Model) -> None:
    """The constraint refuses the row in its own words, and the database refuses it unasked."""
    constraint = next(c for c in bad._meta.constraints if c.name == name)
    with pytest.raises(ValidationError) as said:
        constraint.validate(type(bad), bad)
    assert said.value.messages == [str(constraint.violation_error_message)]
    # SQLite names the columns of a unique constraint, not the constraint.
    named = name if isinstance(constraint, CheckConstraint) else None
    with pytest.raises(IntegrityError, match=named), transaction.atomic():
        bad.save()

"""Keys of what is encrypted: one may follow another, and without the right one nothing starts."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks import Tags, run_checks
from django.core.exceptions import FieldError
from django.db import connection

from cadres.models import Person
from tests.world import World

PHONE = "13000000001"


def named(world: World) -> Person:
    person = world.persons["free"]
    person.phone = PHONE
    person.save()
    return person


def stored(person: Person) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM cadres_person WHERE id = %s", [person.pk])
        return str(cursor.fetchone()[0])


def test_the_database_holds_no_telephone_in_clear(world: World) -> None:
    person = named(world)
    assert PHONE not in stored(person)
    assert Person.objects.get(pk=person.pk).phone == PHONE


def test_nothing_is_looked_up_in_what_is_encrypted(world: World) -> None:
    with pytest.raises(FieldError, match="encrypted"):
        Person.objects.filter(phone=PHONE).exists()


def test_a_new_key_reads_what_the_one_before_it_wrote(world: World, settings: Any) -> None:
    person = named(world)
    settings.PERSONAL_DATA_KEYS = [Fernet.generate_key().decode(), *settings.PERSONAL_DATA_KEYS]
    again = Person.objects.get(pk=person.pk)
    before = stored(person)
    again.save()
    assert (again.phone, stored(person) == before) == (PHONE, False)


def test_a_database_whose_key_is_lost_is_refused_in_words(world: World, settings: Any) -> None:
    named(world)
    told = run_checks(tags=[Tags.database], databases=["default"])
    assert not [message for message in told if message.id == "cadres.E001"]
    settings.PERSONAL_DATA_KEYS = [Fernet.generate_key().decode()]
    told = run_checks(tags=[Tags.database], databases=["default"])
    assert [message.id for message in told] == ["cadres.E001"]

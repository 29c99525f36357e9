from tests.admin.pages import browser, errors, page, send
from tests.world import World
from villages.models import Division

NEW = {"code": "410581101204", "name": "新庄村民委员会", "level": "village", "kind": "village"}


def fresh(world: World, unit: str) -> Division:
    return Division.objects.get(pk=world.units[unit].pk)


def test_a_new_unit_stands_under_its_manager(world: World) -> None:
    client = browser(world, "linzhou_manager")
    answer = send(client, page("villages_division", "add"), **NEW, parent=world.units["hejian"].pk)
    assert answer.status_code == 302
    village = Division.objects.get(code=NEW["code"])
    assert village.path == f"{world.units['hejian'].path}{village.pk}/"
    assert village in Division.objects.search("xzc")


def test_a_moved_township_takes_its_villages_along(world: World) -> None:
    client = browser(world, "city_manager")
    address = page("villages_division", "change", world.units["hejian"].pk)
    assert send(client, address, parent=world.units["huaxian"].pk).status_code == 302
    huaxian = fresh(world, "huaxian").path
    assert fresh(world, "hejian").path == f"{huaxian}{world.units['hejian'].pk}/"
    for village in ("dongshan", "xishan", "nanping"):
        assert fresh(world, village).path.startswith(fresh(world, "hejian").path)
    assert not fresh(world, "dongshan_linqi").path.startswith(huaxian)


def test_a_renamed_unit_is_found_by_its_new_name(world: World) -> None:
    client = browser(world, "linzhou_manager")
    address = page("villages_division", "change", world.units["hejian"].pk)
    assert send(client, address, name="新合镇").status_code == 302
    assert list(Division.objects.search("xhz")) == [world.units["hejian"]]


def test_a_unit_without_a_manager_is_refused_in_words(world: World) -> None:
    client = browser(world, "city_manager")
    address = page("villages_division", "change", world.units["hejian"].pk)
    answer = send(client, address, parent="")
    assert answer.status_code == 200
    assert errors(answer) == ["This field is required."]
    assert send(client, page("villages_division", "add"), **NEW, parent="").status_code == 200


def test_the_wrong_manager_is_refused_in_words(world: World) -> None:
    client = browser(world, "city_manager")
    address = page("villages_division", "change", world.units["dongshan"].pk)
    answer = send(client, address, parent=world.units["linzhou"].pk)
    assert errors(answer) == ["The managing unit must be one level above."]


def test_a_code_in_use_or_of_another_length_is_refused(world: World) -> None:
    client, parent = browser(world, "city_manager"), world.units["hejian"].pk
    for code in ("410581101201", "4105", "41058110120x"):
        answer = send(
            client, page("villages_division", "add"), **NEW | {"code": code}, parent=parent
        )
        assert answer.status_code == 200
        assert errors(answer)
    assert not Division.objects.filter(name=NEW["name"]).exists()


def test_code_and_level_stay(world: World) -> None:
    client = browser(world, "city_manager")
    address = page("villages_division", "change", world.units["hejian"].pk)
    send(client, address, code="410581101999", level="county")
    assert (fresh(world, "hejian").code, fresh(world, "hejian").level) == (
        "410581101000",
        "township",
    )


def test_the_own_unit_is_changed_from_above(world: World) -> None:
    client = browser(world, "linzhou_manager")
    own = page("villages_division", "change", world.units["linzhou"].pk)
    assert client.get(own).status_code == 200
    assert client.post(own, {"name": "别的市"}).status_code == 403
    city = page("villages_division", "change", world.units["city"].pk)
    assert send(browser(world, "city_manager"), city, name="安阳").status_code == 302
    assert fresh(world, "city").name == "安阳"


def test_a_unit_is_ended_not_deleted(world: World) -> None:
    client = browser(world, "city_manager")
    address = page("villages_division", "delete", world.units["community"].pk)
    assert client.post(address, {"post": "yes"}).status_code == 403

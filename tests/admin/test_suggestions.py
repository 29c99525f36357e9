"""What the pickers of the admin offer."""

from tests.admin.pages import browser
from tests.world import World


def test_accounts_are_told_apart_by_unit_and_user_name(world: World) -> None:
    about = {"app_label": "tasks", "model_name": "task", "field_name": "lead_reviewers"}
    client = browser(world, "city_manager")
    answer = client.get("/admin/autocomplete/", about | {"term": "linzhou_viewer"})
    (found,) = answer.json()["results"]
    viewer = world.users["linzhou_viewer"]
    unit = world.units["linzhou"].name
    assert found["text"] == f"{unit} {viewer} (linzhou_viewer)"
    assert browser(world, "linzhou_viewer").get("/admin/autocomplete/", about).status_code != 200

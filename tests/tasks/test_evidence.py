"""Files of an entry: attached, served as something to save, removed; and refused in words."""

import datetime
import os
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test import Client

from tasks import actions
from tasks.models import Entry, EntryChange, Evidence, ReturnReason
from tests.refusals import refused_by
from tests.tasks import evidence_files as files
from tests.tasks.pages import at, english, shown, told
from tests.tasks.verbs import author, everything, moment, refusal, save, seen, submitted
from tests.world import NOW, World

SignIn = Callable[[str], Client]
pytestmark = pytest.mark.usefixtures("in_english")


def attach(
    world: World,
    content: bytes,
    who: str = "dongshan_reporter",
    name: str = "凭证.pdf",
    **more: Any,
) -> actions.Outcome:
    entry = world.entry("dongshan", "income")
    upload = files.upload(content, name)
    return actions.attach(entry.pk, entry.version, upload, author(world, who, **more))


def attached(world: World, content: bytes = b"") -> Evidence:
    assert attach(world, content or files.pdf()).done
    return Evidence.objects.latest("added_at", "pk")


def stored() -> list[str]:
    return default_storage.listdir("evidence")[1] if default_storage.exists("evidence") else []


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in("dongshan_reporter"))


def send(client: Client, world: World, *uploads: Any, key: str = "", **more: Any) -> Any:
    entry = world.entry("dongshan", "income")
    data = {"version": entry.version, "key": key, "file": list(uploads)} | more
    return client.post(f"/entries/{entry.pk}/evidence/", data)


# The verb


def test_a_file_is_kept_with_its_history(world: World) -> None:
    before = world.entry("dongshan", "income")
    file = attached(world)
    after = world.entry("dongshan", "income")
    assert (after.version, after.state) == (before.version + 1, "blank")
    assert (file.name, file.kind, file.size) == ("凭证.pdf", "pdf", len(files.pdf()))
    with file.file.open() as content:
        assert content.read() == files.pdf()
    change = EntryChange.objects.get()
    assert (change.verb, change.origin, change.version) == ("attach", "page", after.version)
    assert change.after == {
        "state": "blank", "evidence": str(file.pk), "file": "凭证.pdf", "size": file.size,
        "digest": file.digest,
    }  # fmt: skip


def test_a_file_lies_under_a_name_of_its_own_in_no_public_folder(
    world: World, settings: Any
) -> None:
    file = attached(world)
    assert file.file.name == f"evidence/{file.pk.hex}"
    assert not str(default_storage.path(file.file.name)).startswith(str(settings.STATIC_ROOT))


def test_a_refused_file_leaves_nothing(world: World) -> None:
    before = everything()
    with pytest.raises(ValidationError):
        attach(world, files.PROGRAM)
    assert (everything(), stored()) == (before, [])


def test_a_file_that_is_too_large_is_refused_before_it_is_read(world: World, settings: Any) -> None:
    settings.EVIDENCE_LIMITS = {"file_bytes": 2**20}
    with pytest.raises(ValidationError, match="larger than 1 MB"):
        attach(world, b"x" * (2**20 + 1))
    assert attach(world, files.pdf(b"x" * (2**20 - 100))).done


def test_the_same_file_twice_is_refused(world: World) -> None:
    attached(world)
    assert refusal(attach(world, files.pdf(), name="other.pdf")) == "same_file"
    assert len(stored()) == Evidence.objects.count() == 1
    twin = Evidence.objects.get()
    twin.pk = None
    refused_by("evidence_same_file_once", twin)


def test_the_same_photo_from_two_places_is_the_same_file(world: World) -> None:
    attached(world, files.jpeg(files.exif(1)))
    assert refusal(attach(world, files.jpeg())) == "same_file"


def test_a_press_that_comes_twice_attaches_once(world: World) -> None:
    entry = world.entry("dongshan", "income")
    for _press in range(2):
        who = author(world, "dongshan_reporter")
        outcome = actions.attach(entry.pk, entry.version, files.upload(files.pdf()), who)
        assert not outcome.refused
    assert Evidence.objects.count() == EntryChange.objects.count() == len(stored()) == 1


def test_a_removed_file_may_come_back(world: World) -> None:
    file = attached(world)
    assert actions.detach(file.pk, author(world, "dongshan_reporter")).done
    assert attach(world, files.pdf()).done
    assert Evidence.objects.standing().count() == 1


def test_ten_files_are_enough(world: World) -> None:
    for number in range(10):
        attached(world, files.pdf(b"%d\n" % number))
    assert refusal(attach(world, files.pdf())) == "too_many"
    assert len(stored()) == 10


def test_another_version_is_a_conflict(world: World) -> None:
    entry = world.entry("dongshan", "income")
    save(world, "dongshan_reporter", entry, value=5)
    upload, who = files.upload(files.pdf()), author(world, "dongshan_reporter")
    assert refusal(actions.attach(entry.pk, entry.version, upload, who)) == "conflict"
    assert stored() == []


def test_a_frozen_line_takes_and_gives_no_file(world: World) -> None:
    file = attached(world)
    submitted(world)
    assert refusal(attach(world, files.jpeg())) == "frozen"
    assert refusal(actions.detach(file.pk, author(world, "dongshan_reporter"))) == "frozen"
    assert Evidence.objects.standing().count() == len(stored()) == 1


def test_a_locked_quarter_takes_no_file(world: World) -> None:
    assert refusal(attach(world, files.pdf(), at=moment(1, 5, year=2027))) == "locked"
    assert stored() == []


@pytest.mark.parametrize(("part", "code"), [("evidence", ""), ("value", "not_reopened")])
def test_of_a_returned_line_files_change_where_they_were_marked(
    world: World, part: str, code: str
) -> None:
    file = attached(world)
    reason = ReturnReason.objects.get(code="no_evidence")
    mark = actions.Mark(file.entry_id, part, reason)
    entry = submitted(world)
    assert actions.return_(seen(entry), author(world, "hejian_reviewer"), "", [mark]).done
    outcome = attach(world, files.jpeg())
    assert bool(outcome.done) is not bool(code)
    if code:
        assert refusal(outcome) == code
        assert refusal(actions.detach(file.pk, author(world, "dongshan_reporter"))) == code


def test_the_line_of_a_neighbour_is_not_there(world: World) -> None:
    file = attached(world)
    assert attach(world, files.jpeg(), "xishan_reporter").missing == [file.entry_id]
    assert actions.detach(file.pk, author(world, "xishan_reporter")).missing == [file.entry_id]
    assert len(stored()) == 1


def test_removing_is_written_down_and_the_file_is_kept(world: World) -> None:
    file = attached(world)
    for _press in range(2):
        assert not actions.detach(file.pk, author(world, "hejian_reporter")).refused
    file.refresh_from_db()
    assert (file.removed_by, file.removed_at) == (world.users["hejian_reporter"], NOW)
    assert len(stored()) == 1
    change = EntryChange.objects.latest("version")
    assert (change.verb, change.after["file"]) == ("detach", "凭证.pdf")
    assert EntryChange.objects.count() == 2


def test_a_crash_between_file_and_row_leaves_no_row(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()

    def fail(**_values: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(Evidence.objects, "create", fail)
    with pytest.raises(IntegrityError):
        attach(world, files.pdf())
    assert (everything(), stored()) == (before, [])


def test_what_a_kill_left_behind_is_tidied_after_a_day(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = attached(world)
    for name, hours in (("old", 25), ("young", 1)):
        default_storage.save(f"evidence/{name}", files.upload(b"x"))
        then = (NOW - datetime.timedelta(hours=hours)).timestamp()
        os.utime(default_storage.path(f"evidence/{name}"), (then, then))
    call_command("tidy_evidence")
    assert capsys.readouterr().out == "files=1\n"
    assert set(stored()) == {"young", kept.pk.hex}


def test_a_task_that_wants_evidence_is_handed_in_with_it(world: World) -> None:
    task = world.tasks["income"]
    type(task).objects.filter(pk=task.pk).update(evidence_wanted=True)
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=5)
    who = author(world, "dongshan_reporter")
    assert refusal(actions.submit(seen(world.entry("dongshan", "income")), who)) == "evidence"
    attached(world)
    assert actions.submit(seen(world.entry("dongshan", "income")), who).done


# The pages


def test_files_are_sent_from_the_page(world: World, client: Client) -> None:
    answer = send(client, world, files.upload(files.pdf()), files.upload(files.jpeg(), "照片.jpg"))
    assert told(client, answer) == ["2 files attached."]
    page = shown(client.get(answer["Location"]))
    assert "照片.jpg" in page
    assert Evidence.objects.count() == 2


def test_what_is_refused_is_named_beside_what_was_kept(world: World, client: Client) -> None:
    wrong = files.upload(files.PROGRAM, "凭证.pdf")
    answer = send(client, world, wrong, files.upload(files.jpeg(), "照片.jpg"))
    messages = told(client, answer)
    assert messages[0] == "1 file attached."
    assert messages[1].startswith("凭证.pdf: This is none of the files that are taken")


def test_nothing_kept_is_told_on_the_page_itself(world: World, client: Client) -> None:
    page = send(client, world, files.upload(files.PROGRAM))
    assert page.status_code == 422
    assert "none of the files that are taken" in shown(page)
    assert "Choose a file first." in shown(send(client, world))


def test_the_script_sends_one_after_the_other(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    version = entry.version
    for number, content in enumerate((files.pdf(), files.jpeg(), files.PROGRAM)):
        data = {"version": version, "key": f"k-{number}", "file": files.upload(content)}
        answer = client.post(
            f"/entries/{entry.pk}/evidence/", data, headers={"accept": "application/json"}
        )
        version = answer.json()["version"]
        assert (answer.status_code, len(answer.json()["refused"])) == ((200, 0), (422, 1))[
            number == 2
        ]
    assert version == world.entry("dongshan", "income").version == entry.version + 2


def test_a_request_that_comes_twice_has_one_effect(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    for _time in range(2):
        answer = send(client, world, files.upload(files.pdf()), key="k", version=entry.version)
        assert told(client, answer) == ["1 file attached."]
    assert Evidence.objects.count() == len(stored()) == 1
    other = send(client, world, files.upload(files.jpeg()), key="k", version=entry.version)
    assert "carried out with other content" in shown(other)
    assert len(stored()) == 1


def test_a_file_is_looked_at_and_stored_before_the_request_holds_a_lock(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file, depths = FileSystemStorage.save, list[int]()
    outside = len(connection.savepoint_ids)

    def noting(*args: Any, **more: Any) -> str:
        depths.append(len(connection.savepoint_ids))
        return save_file(*args, **more)

    monkeypatch.setattr(FileSystemStorage, "save", noting)
    answer = send(client, world, files.upload(files.pdf()), key="k")
    assert told(client, answer) == ["1 file attached."]
    assert depths == [outside], "in no transaction of the request"


def test_what_the_page_sends_and_the_line_refuses_is_not_kept(world: World, client: Client) -> None:
    submitted(world)
    assert send(client, world, files.upload(files.pdf()), key="k").status_code == 422
    assert stored() == []


def test_a_version_of_nonsense_is_a_conflict(world: World, client: Client) -> None:
    for version in ("", "x", "9" * 30, "-1"):
        answer = send(client, world, files.upload(files.pdf()), version=version)
        assert answer.status_code == 422
        assert "Somebody changed this line meanwhile" in shown(answer)


def test_a_file_leaves_as_something_to_save(world: World, client: Client) -> None:
    file = attached(world)
    answer: Any = client.get(f"/evidence/{file.pk}/")
    assert b"".join(answer.streaming_content) == files.pdf()
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == ("attachment; filename*=utf-8''%E5%87%AD%E8%AF%81.pdf")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("dongshan_reporter", 200),
        ("hejian_reviewer", 200),
        ("linzhou_viewer", 200),
        ("city_auditor", 200),
        ("xishan_reporter", 404),
        ("linqi_reporter", 404),
        ("huaxian_reviewer", 404),
    ],
)
def test_a_file_is_there_for_those_who_see_its_line(
    world: World, signed_in: SignIn, who: str, status: int
) -> None:
    answer = signed_in(who).get(f"/evidence/{attached(world).pk}/")
    answer.close()
    assert answer.status_code == status


def test_a_removed_file_is_served_to_nobody(world: World, client: Client) -> None:
    file = attached(world)
    answer = client.post(f"/evidence/{file.pk}/remove/")
    assert told(client, answer) == ["“凭证.pdf” was removed."]
    assert client.get(f"/evidence/{file.pk}/").status_code == 404
    page = shown(client.get(f"/entries/{file.entry_id}/"))
    assert f"/evidence/{file.pk}/" not in page
    assert "凭证.pdf" in page, "its history still names it"


def test_a_file_that_is_gone_from_the_disk_is_not_found(world: World, client: Client) -> None:
    file = attached(world)
    file.file.delete(save=False)
    assert client.get(f"/evidence/{file.pk}/").status_code == 404


def test_only_those_who_fill_a_line_may_add_and_remove(world: World, signed_in: SignIn) -> None:
    file = attached(world)
    for who, status in (
        ("linzhou_reviewer", 403), ("city_auditor", 403), ("xishan_reporter", 404)
    ):  # fmt: skip
        client = signed_in(who)
        assert send(client, world, files.upload(files.jpeg())).status_code == status
        assert client.post(f"/evidence/{file.pk}/remove/").status_code == status
    assert Evidence.objects.standing().count() == 1


def test_a_frozen_line_offers_no_form(world: World, client: Client) -> None:
    file = attached(world)
    entry = Entry.objects.get(pk=file.entry_id)
    assert "data-upload" in shown(client.get(f"/entries/{entry.pk}/"))
    submitted(world)
    page = shown(client.get(f"/entries/{entry.pk}/"))
    assert "data-upload" not in page
    assert "/remove/" not in page
    assert "凭证.pdf" in page
    answer = client.post(f"/evidence/{file.pk}/remove/")
    assert "can be changed only after it has been returned" in told(client, answer)[0]


def test_the_report_is_one_step_away(world: World, client: Client) -> None:
    page = shown(client.get(f"/entries/{world.entry('dongshan', 'income').pk}/"))
    assert f"{at('tasks:report', 'dongshan')}#e" in page

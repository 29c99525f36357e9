import datetime
import io
import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from spreadsheets import actions, jobs, writer
from spreadsheets.errors import Refused, Stale
from spreadsheets.guide import guide_rows
from spreadsheets.limits import Limits
from spreadsheets.models import Batch
from spreadsheets.sheet import Sheet, Target, all_sheets, by_name


class Command(BaseCommand):
    help = "List, export, explain, check, apply and undo sheets; tidy up old uploads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="the sheets there are")
        export = verbs.add_parser("export", help="write a sheet as .xlsx")
        export.add_argument("name")
        export.add_argument("--division", default="", metavar="CODE")
        export.add_argument("--period", default="", metavar="2026Q1")
        export.add_argument("--out", type=Path, required=True, metavar="FILE")
        export.add_argument("--as", dest="username", metavar="USERNAME")
        for verb, text in (("check", "say what a file would do"), ("apply", "do it")):
            sub = verbs.add_parser(verb, help=text)
            sub.add_argument("name")
            sub.add_argument("file", type=Path)
            sub.add_argument("--as", dest="username", required=True, metavar="USERNAME")
            sub.add_argument("--division", default="", metavar="CODE")
            sub.add_argument("--period", default="", metavar="2026Q1")
            sub.add_argument("--json", action="store_true")
            _add_limits(sub)
            if verb == "apply":
                sub.add_argument("--confirm", metavar="COMMENT", help="apply despite warnings")
        undo = verbs.add_parser("undo", help="write back what stood before an import")
        undo.add_argument("batch", type=UUID)
        undo.add_argument("--as", dest="username", required=True, metavar="USERNAME")
        verbs.add_parser("work", help="work the queue of long imports off, and end")
        tidy = verbs.add_parser("tidy", help="let go of old uploads")
        tidy.add_argument("--days", type=int, default=90, metavar="N")
        guide = verbs.add_parser("guide", help="what may be written into which column")
        guide.add_argument("name")
        guide.add_argument("--language", default="zh-hans", choices=["zh-hans", "en"])

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "list":
            for sheet in all_sheets():
                self.stdout.write(f"{sheet.name}\t{sheet.title}")
        elif verb == "export":
            self._export(options)
        elif verb == "undo":
            self._undo(options)
        elif verb == "work":
            jobs.work()
        elif verb == "tidy":
            before = timezone.now() - datetime.timedelta(days=options["days"])
            self.stdout.write(f"files={actions.tidy(before)}")
        elif verb == "guide":
            self._guide(options)
        else:
            self._import(options, write=verb == "apply")

    def _export(self, options: dict[str, Any]) -> None:
        sheet, user = _sheet(options["name"]), _user(options["username"])
        if not sheet.may(user, sheet.export_permission):
            raise CommandError("this account may not export the sheet")
        # In memory first: a refused export leaves a file that stood there as it was.
        workbook = io.BytesIO()
        try:
            target = Target(options["division"], options["period"])
            rows = writer.write(sheet(user, target), workbook)
            options["out"].write_bytes(workbook.getvalue())
        except Refused as refused:
            raise CommandError(refused.message) from refused
        except OSError as error:
            raise CommandError(f"{options['out']}: {error.strerror}") from error
        self.stdout.write(f"rows={rows}")

    def _import(self, options: dict[str, Any], *, write: bool) -> None:
        said: dict[str, Any] = {"new": 0, "changed": 0, "unchanged": 0}
        errors: list[dict[str, str]] = []
        file: Path = options["file"]
        try:
            sheet, user = _sheet(options["name"]), _user(options["username"])
            target = Target(options["division"], options["period"])
            with file.open("rb") as opened:
                batch = actions.check(sheet, opened, file.name, user, target, _limits(options))
            said = {name: getattr(batch, name) for name in said}
            said |= {"warnings": batch.warnings} if batch.warnings else {}
            errors = batch.errors
            if write and batch.state == Batch.State.CHECKED:
                comment = options["confirm"]
                confirmed = comment is not None
                actions.apply(sheet, batch.pk, user, confirmed=confirmed, comment=comment or "")
        except OSError as error:
            errors = [_whole_file(f"{file}: {error.strerror}")]
        except PermissionDenied:
            errors = [_whole_file("this account may not import the sheet")]
        except Stale as stale:
            errors = [_whole_file(reason) for reason in stale.reasons]
        except (Refused, CommandError) as refused:
            errors = [_whole_file(str(refused))]
        self._report(said, errors, as_json=options["json"])
        if errors:
            raise SystemExit(1)

    def _report(self, said: dict[str, Any], errors: list[dict[str, str]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**said, "errors": errors}, ensure_ascii=False))
            return
        warnings = said.pop("warnings", [])
        self.stdout.write(" ".join(f"{key}={value}" for key, value in said.items()))
        for cell in [*warnings, *errors]:
            place = f"{cell['sheet']} {cell['cell']} {cell['value']}".strip()
            self.stderr.write(f"{place}: {cell['message']}" if place else cell["message"])

    def _undo(self, options: dict[str, Any]) -> None:
        user = _user(options["username"])
        batch = Batch.objects.filter(pk=options["batch"], owner=user).first()
        if batch is None:
            raise CommandError("this account has no such import")
        try:
            actions.undo(by_name(batch.sheet), batch.pk, user)
        except Stale as stale:
            raise CommandError("\n".join(stale.reasons)) from stale
        except (Refused, PermissionDenied) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"undone={batch.writes}")

    def _guide(self, options: dict[str, Any]) -> None:
        with translation.override(options["language"]):
            sheet = _sheet(options["name"])(None)
            self.stdout.write(f"{sheet.title}\n{sheet.summary}\n")
            for row in guide_rows(sheet):
                required = _("required") if row.required else ""
                self.stdout.write(f"{row.label} {required}".strip())
                self.stdout.write("".join(f"    {note}\n" for note in row.notes))


LIMITS = {
    "file_mb": ("file_bytes", 2**20),
    "unpacked_mb": ("unpacked_bytes", 2**20),
    "rows": ("rows", 1),
    "seconds": ("cpu_seconds", 1),
}


def _add_limits(parser: ArgumentParser) -> None:
    """The page's limits protect the server; who has its command line may go beyond them."""
    for name in LIMITS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N")


def _limits(options: dict[str, Any]) -> Limits:
    given = {limit: options[name] * unit for name, (limit, unit) in LIMITS.items() if options[name]}
    if "cpu_seconds" in given:
        given["wall_seconds"] = given["cpu_seconds"]
    return replace(Limits.current(), **given)


def _sheet(name: str) -> type[Sheet]:
    try:
        return by_name(name)
    except KeyError:
        raise CommandError(f"no sheet {name!r}; see `sheet list`") from None


def _user(username: str | None) -> Any:
    """The account to act as; None for an export by the system itself."""
    if username is None:
        return None
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"no active account {username!r}")
    return user


def _whole_file(message: str) -> dict[str, str]:
    # A file name may hold bytes that are no text.
    message = message.encode("utf-8", "replace").decode()
    return {"sheet": "", "cell": "", "value": "", "message": message}

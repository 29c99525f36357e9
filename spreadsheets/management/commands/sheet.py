import io
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from spreadsheets import actions, writer
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch
from spreadsheets.sheet import Sheet, Target, all_sheets, by_name


class Command(BaseCommand):
    help = "List, export, check and apply sheets."

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
            sub.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "list":
            for sheet in all_sheets():
                self.stdout.write(f"{sheet.name}\t{sheet.title}")
        elif verb == "export":
            self._export(options)
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
        counts = {"new": 0, "changed": 0, "unchanged": 0}
        errors: list[dict[str, str]] = []
        file: Path = options["file"]
        try:
            sheet, user = _sheet(options["name"]), _user(options["username"])
            with file.open("rb") as opened:
                batch = actions.check(sheet, opened, file.name, user)
            counts = {"new": batch.new, "changed": batch.changed, "unchanged": batch.unchanged}
            errors = batch.errors
            if write and batch.state == Batch.State.CHECKED:
                actions.apply(sheet, batch.pk, user)
        except OSError as error:
            errors = [_whole_file(f"{file}: {error.strerror}")]
        except PermissionDenied:
            errors = [_whole_file("this account may not import the sheet")]
        except Stale as stale:
            errors = [_whole_file(reason) for reason in stale.reasons]
        except (Refused, CommandError) as refused:
            errors = [_whole_file(str(refused))]
        self._report(counts, errors, as_json=options["json"])
        if errors:
            raise SystemExit(1)

    def _report(
        self, counts: dict[str, int], errors: list[dict[str, str]], *, as_json: bool
    ) -> None:
        if as_json:
            self.stdout.write(json.dumps({**counts, "errors": errors}, ensure_ascii=False))
            return
        self.stdout.write(" ".join(f"{key}={value}" for key, value in counts.items()))
        for error in errors:
            place = f"{error['sheet']} {error['cell']} {error['value']}".strip()
            self.stderr.write(f"{place}: {error['message']}" if place else error["message"])


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

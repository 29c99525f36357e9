"""Cells as the scripts of the reporting pages send them."""

import json
from typing import Any

from django.test import Client

from tasks.models import Entry


def item(entry: Entry, do: str = "save", *, version: int | None = None, **content: str) -> Any:
    version = entry.version if version is None else version
    return {"entry": entry.pk, "version": version, "do": do, "content": content}


def post(client: Client, *items: Any, key: str = "") -> Any:
    body = json.dumps({"key": key, "cells": items})
    return client.post("/cells/", body, content_type="application/json")


def answers(client: Client, *items: Any, key: str = "") -> list[dict[str, Any]]:
    response = post(client, *items, key=key)
    assert response.status_code == 200, response.content
    told: list[dict[str, Any]] = response.json()["cells"]
    return told


def answer(client: Client, *items: Any, key: str = "") -> dict[str, Any]:
    (only,) = answers(client, *items, key=key)
    return only

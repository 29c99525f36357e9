"""The least that a page and a save can be: what our own are held against."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.views.decorators.http import require_POST

from tasks.models import Entry

TABLE = """<!doctype html>
<html lang="zh-hans"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1><p>{{ user }}</p><table>
<tr><th>单位</th><th>灯</th><th>应报</th><th>已报</th><th>按时</th><th>通过</th></tr>
{% for row in rows %}<tr><th>{{ row.name }}</th><td>{{ row.light }}</td><td>{{ row.owed }}</td>
<td>{{ row.reported }}</td><td>{{ row.on_time }}</td><td>{{ row.accepted }}</td></tr>
{% endfor %}</table></body></html>
"""
ROWS = [
    {
        "name": f"第{number}镇",
        "light": "绿",
        "owed": 660 + number,
        "reported": 400 + number,
        "on_time": 390 + number,
        "accepted": 100 + number,
    }
    for number in range(1, 90)
]
SIZED = """<!doctype html>
<html lang="zh-hans"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1><p>{{ user }}</p><table>
{% for row in rows %}<tr><th>{{ row.name }}</th>
{% for cell in row.cells %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table></body></html>
"""
_sized = engines["django"].from_string(SIZED)
_template = engines["django"].from_string(TABLE)


def page(request: HttpRequest) -> HttpResponse:
    """89 rows of six cells, made of nothing: no query but those of session and account."""
    return HttpResponse(_template.render({"title": "安阳市", "rows": ROWS}, request))


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing, for somebody who is signed in."""
    return HttpResponse(str(request.user.pk))


@lru_cache
def _padded(rows: int, columns: int, size: int) -> list[dict[str, Any]]:
    """Rows of cells whose texts make the page as long as it should be."""
    text = "x" * max(1, size // (rows * columns) - len("<td></td>"))
    return [{"name": f"第{n + 1}村", "cells": [text] * columns} for n in range(rows)]


def sized(request: HttpRequest, rows: int, columns: int, size: int) -> HttpResponse:
    """So many rows of so many cells, made of nothing, as long as another page."""
    context = {"title": "安阳市", "rows": _padded(rows, columns, size)}
    return HttpResponse(_sized.render(context, request))


@require_POST
def update(request: HttpRequest, pk: int) -> HttpResponse:
    """One row changed by one UPDATE: no form, no check, no history, no summary."""
    Entry.objects.filter(pk=pk).update(value=request.POST["value"])
    return HttpResponse(status=204)

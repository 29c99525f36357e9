"""My work: the first page of everybody who reports or reviews."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from tasks.work import Work, has_duties


@require_safe
def work(request: Request) -> HttpResponse:
    mine = Work.of(request.user, timezone.localdate())
    return render(
        request, "tasks/work.html", {"work": mine, "has_duties": has_duties(request.user)}
    )

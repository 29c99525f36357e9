"""The WSGI entry point, for gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anyang_ledger.settings")
application = get_wsgi_application()
# What every page needs is imported now, and stays: no collection of garbage looks at it again,
# which would hold up one page in twenty for longer than the page itself takes.
get_resolver().url_patterns  # noqa: B018
gc.collect()
gc.freeze()

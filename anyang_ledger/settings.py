"""Settings of the whole project; what differs between machines comes from the environment."""

import os
from pathlib import Path

import dj_database_url
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from anyang_ledger import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.secret_key(keep_in=VAR_DIR / "secret_key")
# Telephones and identity numbers are encrypted with the first of these keys, and read with any;
# without them nobody reads what is stored. The digest key must never change.
PERSONAL_DATA_KEYS = env.kept_secret(
    "PERSONAL_DATA_KEYS", VAR_DIR / "personal_data_keys", lambda: Fernet.generate_key().decode()
).split()
PERSONAL_DATA_DIGEST_KEY = env.kept_secret(
    "PERSONAL_DATA_DIGEST_KEY", VAR_DIR / "personal_data_digest_key", get_random_secret_key
)
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", default="127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django_tasks",
    "django_tasks_db",
    "anyang_ledger",
    "villages",
    "accounts",
    "cadres",
    "tasks",
    "spreadsheets",
    "dashboard",
    "anyang_ledger.apps.LedgerAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "import_export",
    "django_filters",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.middleware.ChosenLanguageMiddleware",
    "accounts.middleware.bounded_bodies",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.noted_refusals",
    "accounts.middleware.private_pages",
    "accounts.middleware.first_password_change",
    "accounts.numbers.NumbersSentAway",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "anyang_ledger.urls"
WSGI_APPLICATION = "anyang_ledger.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context_processors.navigation",
            ],
            "builtins": ["dashboard.templatetags.display"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

SQLITE_OPTIONS = {
    # A reader never blocks the writer (WAL); a writer takes its lock at the start of the
    # transaction, not in the middle of it, where SQLite would refuse instead of waiting.
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
}
DATABASES = {
    "default": dj_database_url.config(
        default=f"sqlite:///{VAR_DIR / 'ledger.sqlite3'}", conn_max_age=60, conn_health_checks=True
    )
}
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "dashboard:home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
SESSION_COOKIE_AGE = 60 * env.number("SESSION_MINUTES", default=8 * 60)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = env.flag("HTTPS")
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if env.flag("HTTPS") else 0
if env.flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["anyang_ledger.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # Uploads are private: no URL leads here.
        "OPTIONS": {"location": VAR_DIR / "uploads"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

# openpyxl takes lxml where it happens to be installed, as it is for the bulletin's Word files, and
# then writes other bytes. One way only: the one whose files are tested.
os.environ.setdefault("OPENPYXL_LXML", "False")

# Limits on an uploaded workbook. The reader's child process is held to the last three, so
# that a file made to be slow is answered within ten seconds.
SPREADSHEET_LIMITS = {
    "file_bytes": env.number("SPREADSHEET_FILE_MB", default=10) * 2**20,
    "unpacked_bytes": env.number("SPREADSHEET_UNPACKED_MB", default=60) * 2**20,
    "rows": env.number("SPREADSHEET_ROWS", default=65_000),
    "columns": env.number("SPREADSHEET_COLUMNS", default=200),
    "cpu_seconds": env.number("SPREADSHEET_CPU_SECONDS", default=8),
    "memory_bytes": env.number("SPREADSHEET_MEMORY_MB", default=1024) * 2**20,
    "wall_seconds": env.number("SPREADSHEET_WALL_SECONDS", default=8),
}
SPREADSHEETS_READ_AT_ONCE = env.number("SPREADSHEETS_READ_AT_ONCE", default=2)
# Long imports wait in the database, for `manage.py db_worker` where JOB_WORKER says that one
# runs, else for a process that the server starts.
JOB_WORKER = env.flag("JOB_WORKER")
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["sheets"]}}

# Files that show what an entry says.
EVIDENCE_LIMITS = {"file_bytes": env.number("EVIDENCE_MB", default=10) * 2**20}
# Of one request with all its files; a page without JavaScript sends several at once.
LARGEST_BODY = 2**20 + max(
    SPREADSHEET_LIMITS["file_bytes"],
    EVIDENCE_LIMITS["file_bytes"],
    env.number("UPLOAD_AT_ONCE_MB", default=40) * 2**20,
)
# Of a form without its files; accounts.middleware.bounded_bodies bounds a body as a whole.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# The daily digest of `manage.py chase`; without a backend it is printed.
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = env.flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "ledger@localhost")
# How links in a mail begin, which has no address of its own to go by.
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")

DEFAULT_EXCEPTION_REPORTER_FILTER = "anyang_ledger.error_reports.NumbersHidden"
# Years out of every role after which a person can be made anonymous.
RETENTION_YEARS = env.number("RETENTION_YEARS", default=5)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO" if DEBUG else "WARNING"},
}

"""All settings, in one file; what differs between machines comes from the environment through `bpadmin.env`.

With nothing set, the embedded defaults apply: SQLite, a Valkey child process on a unix socket, and secrets made at the
first start, everything kept in BPADMIN_DATA (default ./var). DATABASE_URL and REDIS_URL replace them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import dj_database_url

from bpadmin import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("BPADMIN_DATA", str(BASE_DIR / "var"))).resolve()

DATABASE_URL = env.address("DATABASE_URL", "POSTGRES_PASSWORD")
REDIS_URL = env.address("REDIS_URL", "REDIS_PASSWORD")
IS_EMBEDDED = not DATABASE_URL
DATA_DIR.mkdir(parents=True, exist_ok=True)

# What every time-out, lease, slice and retry is multiplied with (bpadmin.pace); below 1 for the chaos command alone.
TIME_SCALE = env.fraction("BPADMIN_TIME_SCALE")

DEBUG = env.flag("BPADMIN_DEBUG")
SECRET_KEY = env.kept_secret("BPADMIN_SECRET_KEY", DATA_DIR / "secrets" / "django.key", may_make=IS_EMBEDDED)
# Tenants' secrets are encrypted with this key; it is apart from SECRET_KEY so that either can be replaced alone.
ENCRYPTION_KEY = env.kept_secret("BPADMIN_ENCRYPTION_KEY", DATA_DIR / "secrets" / "tenants.key", may_make=IS_EMBEDDED)

ALLOWED_HOSTS = env.words("BPADMIN_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("BPADMIN_ORIGINS")
ALLOW_PRIVATE_TENANTS = env.flag("BPADMIN_ALLOW_PRIVATE_TENANTS")
IS_BEHIND_TLS = env.flag("BPADMIN_TLS")
# Whoever sends it as a bearer token may read /metrics and the words of /readyz; else only this machine may.
METRICS_TOKEN = env.text("BPADMIN_METRICS_TOKEN")
# How many reverse proxies in a row append to X-Forwarded-For; 0 believes none of it.
TRUSTED_PROXIES = env.number("BPADMIN_PROXIES", 0, high=9)

# Pages work and nothing is sent: for a restore that is only tried out, or while something is looked into.
HOLD = env.flag("BPADMIN_HOLD")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "bpadmin.installation",
    "bpadmin.operations",
    "bpadmin.tenants",
    "bpadmin.jobs",
    "bpadmin.audit",
    "bpadmin.dialler",
    "bpadmin.sandbox",
    "bpadmin.records",
    "campaigns",
    "lists",
    "dnc",
]

MIDDLEWARE = [
    "bpadmin.logs.RequestIds",
    "bpadmin.health.HealthMiddleware",
    "bpadmin.proxies.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bpadmin.security.SecurityHeaders",
    "bpadmin.disk.DiskFullMiddleware",
    "bpadmin.texts.ZeroBytesMiddleware",
]

ROOT_URLCONF = "bpadmin.urls"
WSGI_APPLICATION = "bpadmin.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bpadmin.web.frame",
            ],
            "loaders": [
                ("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"]),
            ],
        },
    }
]

if DATABASE_URL:
    _database: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True))
else:
    _database = {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "bpadmin.sqlite3", "CONN_MAX_AGE": None}
if _database["ENGINE"].endswith("sqlite3"):
    # WAL lets pages read while a lane writes; IMMEDIATE takes the write lock at BEGIN, where the busy time-out
    # applies, instead of failing half-way through a transaction.
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }
    # Jobs run in threads and in worker processes: a test database in memory would be invisible to them.
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
# The same database seen at one moment, for backups: a transaction that reads keeps nobody waiting.
_snapshot = {**_database, "OPTIONS": dict(_database.get("OPTIONS", {})), "TEST": {"MIRROR": "default"}}
if _database["ENGINE"].endswith("sqlite3"):
    _snapshot["OPTIONS"]["transaction_mode"] = "DEFERRED"
else:
    from psycopg import IsolationLevel

    _snapshot["OPTIONS"]["isolation_level"] = IsolationLevel.REPEATABLE_READ
DATABASES = {"default": _database, "snapshot": _snapshot}


def _socket_path() -> Path:
    """Give the embedded broker's socket; the kernel allows less than 108 bytes, so deep folders get a temporary one."""
    path = DATA_DIR / "broker" / "valkey.sock"
    if len(str(path).encode()) < 100:
        return path
    import hashlib

    digest = hashlib.sha256(str(DATA_DIR).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"bpadmin-{digest}" / "valkey.sock"


BROKER_SOCKET = _socket_path()
BROKER_URL = REDIS_URL or f"redis+socket://{BROKER_SOCKET}"
CACHE_URL = REDIS_URL or f"unix://{BROKER_SOCKET}"

CACHES = {"default": {"BACKEND": "bpadmin.caching.SturdyCache", "LOCATION": CACHE_URL}}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "bpadmin.web.form_expired"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign_in"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if IS_BEHIND_TLS else 0
SECURE_SSL_REDIRECT = IS_BEHIND_TLS
# Whether the whole domain speaks TLS only is for its owner to say, not for one host in it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if IS_BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("BPADMIN_STATIC", str(DATA_DIR / "static")))
MEDIA_ROOT = Path(env.text("BPADMIN_FILES", str(DATA_DIR / "files")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# An upload is streamed to storage in pieces of this size, whatever its length; nothing of it stays in memory.
MAX_UPLOAD_BYTES = env.number("BPADMIN_MAX_UPLOAD_MB", 2048, low=1) * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# How long the file of an export can be fetched.
EXPORT_KEEP_DAYS = env.number("BPADMIN_EXPORT_KEEP_DAYS", 7, low=1)
# How long an upload waits for somebody to confirm it, and how long the files of an ended job can be fetched.
DRAFT_KEEP_DAYS = env.number("BPADMIN_DRAFT_KEEP_DAYS", 7, low=1)
UPLOAD_KEEP_DAYS = env.number("BPADMIN_UPLOAD_KEEP_DAYS", 90, low=1)

# How long after SIGTERM a worker may take to end before it is killed; as in docker-compose.yml (stop_grace_period).
STOP_GRACE_SECONDS = env.number("BPADMIN_STOP_GRACE", 30, low=1)

CELERY = {
    "broker_url": BROKER_URL,
    "result_backend": None,
    "task_ignore_result": True,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    # A web request must not hang on the broker; the sweep sends again what could not be sent.
    "task_publish_retry": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "visibility_timeout": 6 * 3600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
    },
    # A finished request beats one killed in the middle.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    # What is under way is waited for before (see bpadmin/jobs/worker.py), and no longer than it takes.
    "worker_soft_shutdown_timeout": 0,
    "worker_hijack_root_logger": False,
    "task_default_queue": "bulk",
    "beat_schedule_filename": str(DATA_DIR / "beat-schedule"),
}

LOG_FORMAT = env.text("BPADMIN_LOG_FORMAT", "lines")
if LOG_FORMAT not in ("lines", "json"):
    raise env.SettingRefused(f"BPADMIN_LOG_FORMAT={LOG_FORMAT!r} is neither lines nor json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "bpadmin.logs.Context"}, "once": {"()": "bpadmin.logs.OncePerMinute"}},
    "formatters": {
        "lines": {
            "format": "%(asctime)s %(levelname)s %(name)s %(context)s%(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        },
        "json": {"()": "bpadmin.logs.JsonLines"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["context", "once"]},
    },
    "root": {"handlers": ["console"], "level": env.text("BPADMIN_LOG_LEVEL", "INFO")},
    # The sweep runs every two seconds: a line for each would bury all others.
    "loggers": {name: {"level": "WARNING"} for name in ("celery.beat", "celery.app.trace", "celery.worker.strategy")},
}

# Errors go to a Sentry server as well where its address is given.
if SENTRY_DSN := env.text("BPADMIN_SENTRY_DSN"):
    import sentry_sdk

    from bpadmin import VERSION

    sentry_sdk.init(dsn=SENTRY_DSN, release=VERSION, send_default_pii=False, traces_sample_rate=0.0)

"""All settings, in one file; what differs between machines comes from the environment through `bpadmin.env`.

With nothing set, the embedded defaults apply: SQLite, a Valkey child process on a unix socket, and secrets made at the
first start, everything kept in BPADMIN_DATA (default ./var). DATABASE_URL and REDIS_URL replace them.
"""

from __future__ import annotations

import os
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
# A new SECRET_KEY signs; what was signed with one of these is still read until they are taken away.
SECRET_KEY_FALLBACKS = env.words("BPADMIN_SECRET_KEY_FALLBACKS")
SECRET_KEY = env.kept_secret("BPADMIN_SECRET_KEY", DATA_DIR / "secrets" / "django.key", may_make=IS_EMBEDDED)
# Tenants' secrets are encrypted with this key; it is apart from SECRET_KEY so that either can be replaced alone.
ENCRYPTION_KEY = env.kept_secret("BPADMIN_ENCRYPTION_KEY", DATA_DIR / "secrets" / "tenants.key", may_make=IS_EMBEDDED)

ALLOWED_HOSTS = env.words("BPADMIN_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("BPADMIN_ORIGINS")
ALLOW_PRIVATE_TENANTS = env.flag("BPADMIN_ALLOW_PRIVATE_TENANTS")
IS_BEHIND_TLS = env.flag("BPADMIN_TLS")
# Whoever sends it as a bearer token may read /metrics and the words of /readyz; else only this machine may.
METRICS_TOKEN = env.text("BPADMIN_METRICS_TOKEN")
# Where weaknesses are reported (mailto:… or https://…), for /.well-known/security.txt.
SECURITY_CONTACT = env.text("BPADMIN_SECURITY_CONTACT")
# How many reverse proxies in a row append to X-Forwarded-For; 0 believes none of it.
TRUSTED_PROXIES = env.number("BPADMIN_PROXIES", 0, high=9)

# How many pages one process of the web server answers at a time; what is slow to arrive has threads of its own.
WEB_THREADS = env.number("BPADMIN_WEB_THREADS", 8, low=1, high=64)

# Pages work and nothing is sent: for a restore that is only tried out, or while something is looked into.
HOLD = env.flag("BPADMIN_HOLD")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "bpadmin.tenants.sign_on.apps.SocialAccounts",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
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
    "bpadmin.results",
    "bpadmin.approvals",
    "bpadmin.plans",
    "bpadmin.feeds",
    "bpadmin.notifications",
    "bpadmin.reports",
    "bpadmin.finding",
    "bpadmin.privacy",
    "campaigns",
    "lists",
    "dnc",
]

MIDDLEWARE = [
    "bpadmin.logs.RequestIds",
    "bpadmin.uploads.request_files.FormsClosed",
    "bpadmin.operations.probes.HealthMiddleware",
    "bpadmin.web.page_times.PageTimes",
    "bpadmin.web.proxies.ClientAddress",
    "bpadmin.installation.database.DatabaseGate",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bpadmin.web.compression.PageCompression",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "bpadmin.tenants.people.token_sign_in.TokenSignIn",
    "bpadmin.tenants.accounts.sessions.SessionEnds",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bpadmin.web.security_headers.SecurityHeaders",
    "bpadmin.web.server.gate.BodyGate",
    "bpadmin.installation.disk.DiskFullMiddleware",
    "bpadmin.storage.answers.StorageAwayMiddleware",
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
                "bpadmin.web.frame.frame",
            ],
            "loaders": [
                ("django.template.loaders.cached.Loader", ["bpadmin.web.compression.TemplateLoader"]),
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
else:
    # A server that is gone without a word (its machine, the line to it) is noticed within half a minute, not after the
    # quarter of an hour that the kernel takes. What DATABASE_URL says of these holds.
    _limits = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    _database["OPTIONS"] = _limits | {"tcp_user_timeout": 20_000} | _database.get("OPTIONS", {})
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

CACHES = {"default": {"BACKEND": "bpadmin.dialler.cache.SturdyCache", "LOCATION": CACHE_URL}}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "bpadmin.tenants.accounts.password_rules.StrengthValidator"},
]

# django-allauth: who somebody is. Only the pages that bpadmin.tenants.accounts.urls names have an address.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
ACCOUNT_ADAPTER = "bpadmin.tenants.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
# Ours are in the adapter; "login_failed" counts wrong codes of somebody whose password was right.
ACCOUNT_RATE_LIMITS = {"login": None}
MFA_ADAPTER = "bpadmin.tenants.accounts.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Clocks of phones are off by some seconds.
MFA_TOTP_TOLERANCE = 1
# Roles whose people must have a second factor.
SECOND_FACTOR_ROLES = frozenset(env.words("BPADMIN_SECOND_FACTOR"))
if unknown := SECOND_FACTOR_ROLES - {"viewer", "supervisor", "administrator", "superuser"}:
    raise env.SettingRefused(
        f"BPADMIN_SECOND_FACTOR={','.join(sorted(unknown))}: the roles are viewer, supervisor, administrator, superuser"
    )
# Single sign-on at one identity provider (OpenID Connect); without an issuer there is none.
OIDC_ISSUER = env.web_address("BPADMIN_OIDC_ISSUER")
OIDC_CLIENT_ID = env.text("BPADMIN_OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("BPADMIN_OIDC_CLIENT_SECRET")
# How we show the secret there: what it prefers, or client_secret_basic or client_secret_post where it insists.
OIDC_CLIENT_AUTH = env.text("BPADMIN_OIDC_CLIENT_AUTH")
OIDC_NAME = env.text("BPADMIN_OIDC_NAME", "single sign-on")
OIDC_SCOPES = env.text("BPADMIN_OIDC_SCOPES", "openid profile email").split()
OIDC_GROUPS_CLAIM = env.text("BPADMIN_OIDC_GROUPS_CLAIM", "groups")
OIDC_GROUPS = env.group_roles("BPADMIN_OIDC_GROUPS")
# What the provider's signed token says (amr, acr) where a second factor was shown there; nothing is believed unasked.
OIDC_SECOND_FACTOR = frozenset(env.words("BPADMIN_OIDC_SECOND_FACTOR"))
# Without it passwords and passkeys of our own open nothing but a break-glass account.
LOCAL_SIGN_IN = env.flag("BPADMIN_LOCAL_SIGN_IN", default=True)
if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise env.SettingRefused("BPADMIN_OIDC_ISSUER needs BPADMIN_OIDC_CLIENT_ID and BPADMIN_OIDC_CLIENT_SECRET")
if OIDC_CLIENT_AUTH not in ("", "client_secret_basic", "client_secret_post"):
    raise env.SettingRefused("BPADMIN_OIDC_CLIENT_AUTH is client_secret_basic or client_secret_post, or nothing")
if OIDC_ISSUER.startswith("http:") and not env.is_this_machine(OIDC_ISSUER):
    raise env.SettingRefused("BPADMIN_OIDC_ISSUER must be https: whoever reads or changes the way there comes in")
if not LOCAL_SIGN_IN and not OIDC_ISSUER:
    raise env.SettingRefused("BPADMIN_LOCAL_SIGN_IN=0 needs BPADMIN_OIDC_ISSUER: else nobody could sign in")
SOCIALACCOUNT_ADAPTER = "bpadmin.tenants.sign_on.provider.SignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
# For how long having signed in, or having been asked again, counts before what cannot be taken back.
CONFIRM_SECONDS = env.number("BPADMIN_CONFIRM_MINUTES", 15, low=1) * 60
CSRF_FAILURE_VIEW = "bpadmin.web.frame.form_expired"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign_in"
# Requests of one API token in a minute, and keys of one request to a Do Not Call list.
API_PER_MINUTE = env.number("BPADMIN_API_PER_MINUTE", 120, low=1)
API_DNC_KEYS = 500
# Acts and reads of one person that go through to a dialler, in a minute.
PERSON_PER_MINUTE = env.number("BPADMIN_PERSON_PER_MINUTE", 300, low=10)

# A session ends when nobody did anything in it for some hours, and however busy it is after some days.
SESSION_IDLE_SECONDS = env.number("BPADMIN_SESSION_IDLE_HOURS", 8, low=1) * 3600
SESSION_COOKIE_AGE = env.number("BPADMIN_SESSION_DAYS", 7, low=1, high=90) * 86_400
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_BEHIND_TLS
# Browsers take a cookie of such a name from this host alone, by TLS alone.
SESSION_COOKIE_NAME = "__Host-sessionid" if IS_BEHIND_TLS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if IS_BEHIND_TLS else "csrftoken"
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
# Files hold phone numbers and keys: whoever starts a process, they are for its user alone, or for its group with 007.
UMASK = env.octal("BPADMIN_UMASK", 0o077)
os.umask(UMASK)
FILE_UPLOAD_PERMISSIONS = 0o666 & ~UMASK
MEDIA_ROOT = Path(env.text("BPADMIN_FILES", str(DATA_DIR / "files")))
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "bpadmin.web.static_files.StaticFilesStorage"},
}
# With a bucket files are kept there, and MEDIA_ROOT only holds what this machine works on. Its library costs 40 MB in
# each process that touches files, and is loaded by those alone.
if S3_BUCKET := env.text("BPADMIN_S3_BUCKET"):
    STORAGES["default"] = {
        "BACKEND": "bpadmin.storage.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.web_address("BPADMIN_S3_ENDPOINT") or None,
            "region_name": env.text("BPADMIN_S3_REGION", "us-east-1"),
            # Without a key the machine's own role is asked for one.
            "access_key": env.text("BPADMIN_S3_KEY_ID") or None,
            "secret_key": env.text("BPADMIN_S3_SECRET") or None,
            "location": env.text("BPADMIN_S3_PREFIX").strip("/"),
            # Servers of one's own seldom have a host name for each bucket.
            "addressing_style": "path" if env.text("BPADMIN_S3_ENDPOINT") else "auto",
        },
    }
    if bool(env.text("BPADMIN_S3_KEY_ID")) != bool(env.text("BPADMIN_S3_SECRET")):
        raise env.SettingRefused("BPADMIN_S3_KEY_ID and BPADMIN_S3_SECRET belong together: set both, or neither")

# An upload is streamed to storage in pieces of this size, whatever its length; nothing of it stays in memory.
MAX_UPLOAD_BYTES = env.number("BPADMIN_MAX_UPLOAD_MB", 2048, low=1) * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "bpadmin.uploads.request_files.LimitedUpload",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# Feeds may watch folders beneath <this>/<short name of the tenant>/; "" where none may.
FEED_FOLDER = env.text("BPADMIN_FEED_FOLDER")
# How long the file of an export can be fetched.
EXPORT_KEEP_DAYS = env.number("BPADMIN_EXPORT_KEEP_DAYS", 7, low=1)
# How long an upload waits for somebody to confirm it, and how long the files of an ended job can be fetched.
DRAFT_KEEP_DAYS = env.number("BPADMIN_DRAFT_KEEP_DAYS", 7, low=1)
UPLOAD_KEEP_DAYS = env.number("BPADMIN_UPLOAD_KEEP_DAYS", 90, low=1)
# How long ended jobs, what is kept of each of their requests, attempts and the activity log stay; 0 keeps them.
JOB_KEEP_DAYS = env.days("BPADMIN_JOB_KEEP_DAYS", 400, least=30)
CHUNK_KEEP_DAYS = env.days("BPADMIN_CHUNK_KEEP_DAYS", 120, least=30)
RESULTS_KEEP_DAYS = env.days("BPADMIN_RESULTS_KEEP_DAYS", 400, least=30)
AUDIT_KEEP_DAYS = env.days("BPADMIN_AUDIT_KEEP_DAYS", 2560, least=365)

# Invitations go out by e-mail where there is a server for it; else their links are handed over.
EMAIL_HOST = env.text("BPADMIN_EMAIL_HOST")
EMAIL_PORT = env.number("BPADMIN_EMAIL_PORT", 587, low=1, high=65535)
EMAIL_HOST_USER = env.text("BPADMIN_EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("BPADMIN_EMAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("BPADMIN_EMAIL_TLS", default=True)
EMAIL_BACKEND = "bpadmin.notifications.delivery.smtp.Backend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("BPADMIN_EMAIL_FROM", "bpadmin@localhost")

# By which address people open bpadmin, for links in e-mail and webhooks.
PUBLIC_ADDRESS = env.web_address("BPADMIN_ADDRESS") or next(iter(CSRF_TRUSTED_ORIGINS), "")
# Called every minute by the scheduler: a monitor outside that misses it knows that nobody is told anything.
PING_URL = env.web_address("BPADMIN_PING_URL")
# Where reports may go besides: a folder of this server, and e-mail to people who have no account here.
REPORT_FOLDER = env.text("BPADMIN_REPORT_FOLDER")
REPORT_MAIL_DOMAINS = env.words("BPADMIN_REPORT_MAIL_DOMAINS")
NOTIFICATION_KEEP_DAYS = env.number("BPADMIN_NOTIFICATION_KEEP_DAYS", 90, low=7)

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
    # What is under way is waited for before (see bpadmin/jobs/queue/worker.py), and no longer than it takes.
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
    "filters": {
        "context": {"()": "bpadmin.logs.Context"},
        "once": {"()": "bpadmin.logs.OncePerMinute"},
        "hidden": {"()": "bpadmin.logs.SecretsHidden"},
    },
    "formatters": {
        "lines": {
            "format": "%(asctime)s %(levelname)s %(name)s %(context)s%(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        },
        "json": {"()": "bpadmin.logs.JsonLines"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["context", "once", "hidden"],
        },
    },
    "root": {"handlers": ["console"], "level": env.text("BPADMIN_LOG_LEVEL", "INFO")},
    # The sweep runs every two seconds: a line for each would bury all others.
    "loggers": {name: {"level": "WARNING"} for name in ("celery.beat", "celery.app.trace", "celery.worker.strategy")},
}

# Each entry of the activity log as a line of JSON to a log server: udp://host:514, tcp://host:601, unix:///dev/log, or
# "log" for the log of the process.
AUDIT_TO = env.log_server("BPADMIN_AUDIT_TO")
if AUDIT_TO not in ("", "log"):
    LOGGING["handlers"]["audit"] = {"()": "bpadmin.audit.forwarding.SyslogLines", "address": AUDIT_TO}  # type: ignore[index]
    LOGGING["loggers"]["bpadmin.audit.entries"] = {  # type: ignore[index]
        "handlers": ["audit"],
        "propagate": False,
        "level": "INFO",
    }

# Errors go to a Sentry server as well where its address is given.
if SENTRY_DSN := env.text("BPADMIN_SENTRY_DSN"):
    import sentry_sdk

    from bpadmin import VERSION
    from bpadmin.error_reports import OPTIONS

    sentry_sdk.init(dsn=SENTRY_DSN, release=VERSION, **OPTIONS)

"""All settings. Deployments differ by environment variables only; each stands in .env.example.

MODE is `production` (the default: refuses to start when anything is missing), `demo` (one machine,
everything made by itself, marked as no formal vote) or `test`.
"""

import contextlib
import os
import re
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def setting(name, cast=str, default=environ.Env.NOTSET, choices=None):
    """Read one variable; a missing or unusable value stops the start with a sentence that names it."""
    try:
        value = env.get_value(name, cast=truth if cast is bool else cast, default=default)
    except ImproperlyConfigured:
        raise ImproperlyConfigured(
            f"{name} is not set. Set it in the environment (see .env.example); to try the software "
            f"without any set-up run: python3 manage.py demo"
        ) from None
    except (ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}. See .env.example.") from None
    if choices and value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of: {', '.join(choices)}.")
    return value


def truth(text):
    """Read true or false; anything else is an error, for a mistyped `true` must not mean false."""
    words = {"true": True, "yes": True, "1": True, "on": True}
    words |= {"false": False, "no": False, "0": False, "off": False}
    if str(text).lower() not in words:
        raise ValueError(f"{text!r} is neither true nor false")
    return words[str(text).lower()]


def own_secret(path):
    """Return the secret kept in `path`, made on first use, so that a demo survives its restart."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # whole or not at all, and the first of two processes wins
        draft.unlink()
    return path.read_text()


MODE = setting("MODE", default="production", choices=("production", "demo", "test"))
PRODUCTION = MODE == "production"
DEMO = MODE == "demo"
DEBUG = False

# Each mode has a folder of its own, so that no demo ever meets a real poll.
VAR_DIR = Path(setting("VAR_DIR", default=str(BASE_DIR / "var" / MODE))).resolve()
if not PRODUCTION:
    VAR_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
elif not VAR_DIR.is_dir():
    raise ImproperlyConfigured(f"VAR_DIR is {VAR_DIR}, which is no folder. Make it, owned by the service.")
elif (VAR_DIR / "demo.json").exists():
    raise ImproperlyConfigured(f"VAR_DIR is {VAR_DIR}, a demo's folder. Give production one of its own.")

if PRODUCTION:
    SECRET_KEY = setting("SECRET_KEY")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
        raise ImproperlyConfigured("SECRET_KEY is too short or too regular: give 50 random characters.")
    ALLOWED_HOSTS = setting("ALLOWED_HOSTS", cast=list)
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts that are served, without '*'.")
else:
    SECRET_KEY = own_secret(VAR_DIR / "secret-key")
    ALLOWED_HOSTS = setting("ALLOWED_HOSTS", cast=list, default=["*"])

# The first part of every ledger's name; a poll's manifest freezes it.
LEDGER_HOST = setting("LEDGER_HOST", default=ALLOWED_HOSTS[0].lstrip(".") if PRODUCTION else "demo.invalid")
if not LEDGER_HOST or any(c.isspace() or c in "+/" for c in LEDGER_HOST):
    raise ImproperlyConfigured(f"LEDGER_HOST is {LEDGER_HOST!r}; give a host name such as vote.example.")

# Hosts whose forms are accepted over HTTPS behind a proxy, and whether that proxy may be believed.
HTTPS = setting("HTTPS", cast=bool, default=PRODUCTION)
TRUSTED_PROXIES = setting("TRUSTED_PROXIES", cast=int, default=0)
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES is the number of proxies in front: 0 or more.")
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if HTTPS and host != "*"]

INSTALLED_APPS = [
    "config.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "shortlist",
    "voting.apps.VotingConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.content_security_policy",
    "config.middleware.one_copy_for_everyone",
    "config.middleware.elder_mode",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

CRISPY_ALLOWED_TEMPLATE_PACKS = ("ballot",)
CRISPY_TEMPLATE_PACK = "ballot"
CRISPY_FAIL_SILENTLY = False

try:
    DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'shortlist.sqlite3'}")}
except (ImproperlyConfigured, ValueError) as error:
    raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}. See .env.example.") from None
DATABASE = DATABASES["default"]
if DATABASE.get("ENGINE") == "django.db.backends.sqlite3":
    # A reply follows a durable commit: WAL alone does not flush each one, synchronous=FULL does.
    # IMMEDIATE takes the writer's lock at BEGIN, so that a transaction cannot fail half-way as locked.
    DATABASE["OPTIONS"] = {
        **DATABASE.get("OPTIONS", {}),
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
    DATABASE["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
elif DATABASE.get("ENGINE") == "django.db.backends.postgresql":
    # Notices are the only sign of a cancelled wait for a standby, so warnings must reach us (casting.py).
    DATABASE["OPTIONS"] = {
        **DATABASE.get("OPTIONS", {}),
        "options": "-c client_min_messages=warning -c default_transaction_isolation=read\\ committed",
    }
else:
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:// or postgres://.")
DATABASE["CONN_MAX_AGE"] = None
DATABASE["CONN_HEALTH_CHECKS"] = True
DATABASE["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Poll keys: files outside the database, 0600, in two places of their own and in no backup.
KEY_DIR = Path(setting("KEY_DIR", default=str(VAR_DIR / "keys"))).resolve()
KEY_COPY_DIR = Path(
    setting("KEY_COPY_DIR", **({} if PRODUCTION else {"default": str(VAR_DIR / "keys-copy")}))
).resolve()
if KEY_COPY_DIR == KEY_DIR:
    raise ImproperlyConfigured("KEY_COPY_DIR must be another folder than KEY_DIR, best on another disk.")
# What the signer remembers of each ledger: a folder of its own, in no backup that could be restored.
SIGNER_DIR = Path(setting("SIGNER_DIR", default=str(VAR_DIR / "signer"))).resolve()
# When the database is not the one whose heads were signed: `go_on` takes ballots, `pause` stops voting.
LEDGER_STOPPED = setting("LEDGER_STOPPED", default="go_on", choices=("go_on", "pause"))
# Where the demo keeps the holders' file. In production holders keep their own, and this stays empty.
HOLDER_DIR = VAR_DIR / "holders" if MODE != "production" else None

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# From the root, so that pages in elder mode load the same files.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "media"

SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = setting("HSTS_SECONDS", cast=int, default=3600) if HTTPS else 0
CSRF_FAILURE_VIEW = "voting.views.refused.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# How long the page to confirm stays good, and how long the receipt rides in its cookie, in seconds.
TICKET_SECONDS = setting("TICKET_SECONDS", cast=int, default=1800)
RECEIPT_SECONDS = setting("RECEIPT_SECONDS", cast=int, default=3600)

# Where the site is found, for addresses in shared links and on paper, and what the footer of every
# page says of the organiser's site; all are optional.
SITE_URL = setting("SITE_URL", default="").rstrip("/")
if SITE_URL and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?", SITE_URL):
    raise ImproperlyConfigured(f"SITE_URL is {SITE_URL!r}; give scheme and host: https://vote.example.")
SITE = {
    "url": SITE_URL,
    "telephone": setting("SITE_TELEPHONE", default=""),
    "complaints": setting("SITE_COMPLAINTS", default=""),
    "icp": setting("SITE_ICP", default=""),
    "police": setting("SITE_POLICE", default=""),
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": setting("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Its lines name addresses of pages at each 4xx; errors still come by django.request's ERROR.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "propagate": False},
        # Its line quotes what the client sent as its host.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}

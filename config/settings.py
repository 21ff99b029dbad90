"""All settings. Deployments differ by environment variables only; each stands in .env.example.

MODE is `production` (the default: refuses to start when anything is missing), `demo` (one machine,
everything made by itself, marked as no formal vote) or `test`.
"""

import contextlib
import os
import re
import secrets
from datetime import timedelta
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

SIGNING_BACKEND = "voting.signed.Signer"  # of cookies; Django's signatures at less cost

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
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "simple_history",
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
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
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
# Wrong passwords are counted first; what a role may do stands in a table, in no row (voting/roles.py).
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "voting.roles.RoleBackend",
]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
# How long a link to set a password works, in seconds.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
# Who works at the desk gives a code from a phone too: everybody, or whoever has set one up.
asked = "required" if PRODUCTION else "optional"
STAFF_SECOND_FACTOR = setting("STAFF_SECOND_FACTOR", default=asked, choices=("required", "optional"))
STAFF_IDLE_MINUTES = setting("STAFF_IDLE_MINUTES", cast=int, default=120)
if not 10 <= STAFF_IDLE_MINUTES <= 1440:
    raise ImproperlyConfigured("STAFF_IDLE_MINUTES is the idle time until staff are signed out: 10 to 1440.")
# The desk alone has sessions. Each use of it moves the end (config/desk.py); so does closing the browser.
SESSION_COOKIE_AGE = STAFF_IDLE_MINUTES * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
OTP_TOTP_ISSUER = LEDGER_HOST

# Brakes on wrong passwords at the desk (voting/staff/sign_in.py). Rows of failures alone, for as long as
# they count: no list of who signed in from where, and nothing of the form but its field names.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "voting.staff.sign_in.address_of"
AXES_LOCKOUT_CALLABLE = "voting.staff.sign_in.locked_out"
# A try while locked out does not prolong it, or anybody at the same address could keep a colleague out.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "next"]

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

# The fewest people that a poll's rules may ask for before a grave act is done.
LEAST_APPROVALS = setting("LEAST_APPROVALS", cast=int, default=2 if PRODUCTION else 1)

# How long the page to confirm stays good, and how long the receipt rides in its cookie, in seconds.
TICKET_SECONDS = setting("TICKET_SECONDS", cast=int, default=1800)
RECEIPT_SECONDS = setting("RECEIPT_SECONDS", cast=int, default=3600)

# From how many times a soft limit on (voting/limits.py) a caller is sent away for a while.
CEILING_TIMES = setting("CEILING_TIMES", cast=int, default=50)
if CEILING_TIMES < 2:
    raise ImproperlyConfigured("CEILING_TIMES is how many times the soft limits are let through: 2 or more.")

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

# How one-time passwords reach the voters of polls by roll (voting/senders/): console, file, http or a
# class of one's own. Console and file are for trials; in production a poll does not open with them.
ONE_TIME_PASSWORD_SENDER = setting("ONE_TIME_PASSWORD_SENDER", default="" if PRODUCTION else "console")
PASSWORD_GATEWAY_URL = setting("PASSWORD_GATEWAY_URL", default="")
PASSWORD_GATEWAY_HEADER = setting("PASSWORD_GATEWAY_HEADER", default="")
PASSWORD_GATEWAY_BODY = setting("PASSWORD_GATEWAY_BODY", default='{"to": "$contact", "text": "$text"}')
PASSWORD_GATEWAY_SUCCESS = setting("PASSWORD_GATEWAY_SUCCESS", default="")
PASSWORD_GATEWAY_SECONDS = setting("PASSWORD_GATEWAY_SECONDS", cast=int, default=5)
if not 1 <= PASSWORD_GATEWAY_SECONDS <= 60:
    raise ImproperlyConfigured("PASSWORD_GATEWAY_SECONDS is the longest wait for an answer: 1 to 60.")

# With whom voters of polls by signing in do so (voting/signing_in/); the secret from the environment alone.
SIGN_IN_PROVIDER = setting("SIGN_IN_PROVIDER", default="voting.signing_in.openid.OpenIDConnect")
OIDC_ISSUER = setting("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = setting("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = setting("OIDC_CLIENT_SECRET", default="")
if OIDC_ISSUER and PRODUCTION and not OIDC_ISSUER.startswith("https://"):
    raise ImproperlyConfigured("OIDC_ISSUER must begin with https://.")

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
        # Its lines at each sign-in say nothing that is not counted in its table.
        "axes": {"level": "WARNING"},
        # Its line quotes what the client sent as its host.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        # At DEBUG they name what a provider is asked, codes and tokens with it.
        "authlib": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
    },
}

"""Django's settings, all from the environment (see `environment.py`); there is no debug mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from zusage.environment import key_encryption_keys, mail_url, recovery_key, secret, secret_key, setting
from zusage.stores import databases

PACKAGE = Path(__file__).parent
VAR = Path(setting("ZUSAGE_VAR", "var")).resolve()

DEBUG = False
DEMO = setting("ZUSAGE_DEMO", "0") == "1"
SECRET_KEY = secret_key(secret("ZUSAGE_SECRET_KEY", VAR))
KEY_ENCRYPTION_KEYS = key_encryption_keys(secret("ZUSAGE_KEY_ENCRYPTION_KEY", VAR))
RECOVERY_KEY = recovery_key(setting("ZUSAGE_RECOVERY_KEY", ""))
ALLOWED_HOSTS = [host.strip() for host in setting("ZUSAGE_HOSTS", "127.0.0.1,localhost,[::1]").split(",")]
ZUSAGE_POLICY = setting("ZUSAGE_POLICY", "alektum_ch")
# Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed: the web server in front, nobody else.
TRUSTED_PROXIES = frozenset(filter(None, map(str.strip, setting("ZUSAGE_TRUSTED_PROXIES", "").split(","))))

INSTALLED_APPS = [
    "zusage.apps.ZusageConfig",
    "zusage.protocol.apps.ProtocolConfig",
    "zusage.vault.apps.VaultConfig",
    "zusage.visits.apps.VisitsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_tasks",
    "django_tasks_db",
]
MIDDLEWARE = [
    "zusage.web.security.headers",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zusage.web.language.middleware",
    "zusage.visits.counting.middleware",
    "zusage.web.boundary.middleware",
    "zusage.web.interests.middleware",
    "zusage.web.sessions.DoorSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "zusage.web.security.CsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "zusage.web.urls"
WSGI_APPLICATION = "zusage.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zusage.web.context.context",
            ],
            "libraries": {
                "zusage_cookies": "zusage.web.templatetags.zusage_cookies",
                "zusage_office": "zusage.web.templatetags.zusage_office",
                "zusage_words": "zusage.web.templatetags.zusage_words",
            },
        },
    }
]

DATABASES = databases(VAR)
DATABASE_ROUTERS = ["zusage.stores.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("fr", "Français"), ("it", "Italiano"), ("en", "English")]
TIME_ZONE = "Europe/Zurich"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# --- people who work here -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "zusage.Staff"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/office/login/"
LOGIN_REDIRECT_URL = "/office/"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "zusage.web.office.adapter.AccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "/office/"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# Our own limits hold addresses as keyed hashes in memory (web/limits.py); allauth's would keep them otherwise.
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "zusage.web.office.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Zusage"

# --- what browsers are told -----------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_ZUSAGE_SCHEME", "https")  # set by web/security.py for trusted proxies only

# Sessions exist behind two doors only, each with its own cookie: see web/sessions.py.
SESSION_ENGINE = "zusage.web.sealed_sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "zusage.web.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- huge and hostile input -----------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# A proof of identity, at one address: see web/uploads.py. Everywhere else the handler refuses it.
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["zusage.web.uploads.NoFiles"]

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- work after the answer ------------------------------------------------------------------------------------
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
MAIL_FROM = setting("ZUSAGE_MAIL_FROM", "")
MAIL_URL = mail_url(setting("ZUSAGE_MAIL_URL", ""), MAIL_FROM)

# --- counting visits ------------------------------------------------------------------------------------------
# The room `visits` imports no other and is imported by none: what it needs to know is named here.
VISITS: dict[str, Any] = {
    "smallest_cell": "zusage.tenant.smallest_cell",  # below so many, a number isn't shown
    # The names of the public pages, and no others: tests/test_visits.py says which are left out, and why.
    "pages": "home genuine privacy promises cookies rights versions compare version record form".split(),
    # Parameters of an address: in a page's name left out, or said; all others are ``*`` there.
    "silent": ("language",),
    "spoken": ("form_path",),
    "flush": "zusage.visits.writer.flush",  # write what waits, now: for the prover
    "hosts": ALLOWED_HOSTS,  # who comes from there was here before
}
# What the worker does at its start, in each hour, and at its end.
HOURLY = ["zusage.visits.evaluate.evaluate"]
DEMO_ROOMS = ["zusage.visits.demo.load"]  # what a demo loads besides

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "filters": {"nothing_personal": {"()": "zusage.logs.NothingPersonal"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["nothing_personal"]}
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django": {"handlers": [], "level": "WARNING", "propagate": True}},
}

"""Django's settings, all from the environment. docs/settings.md lists them."""

import contextlib
import os
import socket
import sys
from pathlib import Path

from imsite import collected, env
from messages_store import conf

VERSION = "0.2.dev0"
BASE_DIR = Path(__file__).resolve().parent.parent


def read() -> dict:
    """What the environment decides."""
    debug, notifiers = env.boolean("DEBUG", False), os.environ.get("IM_NOTIFIERS")
    return {
        "DEBUG": debug,
        "SECRET_KEY": env.secret("SECRET_KEY"),
        "SECRET_KEY_FALLBACKS": env.texts("SECRET_KEY_FALLBACKS"),
        "ALLOWED_HOSTS": env.hosts("ALLOWED_HOSTS", debug),
        "CSRF_TRUSTED_ORIGINS": env.origins("CSRF_TRUSTED_ORIGINS"),
        "HTTPS": env.boolean("HTTPS", not debug),
        "DATABASE": env.database("DATABASE_URL", f"sqlite:///{BASE_DIR}/var/imsite.sqlite3" if debug else ""),
        "REDIS_URLS": env.redis_urls("REDIS_URL"),
        "ATTACHMENTS_STORAGE": env.storage("ATTACHMENTS_STORAGE", "ATTACHMENTS_DIR", BASE_DIR / "var" / "attachments"),
        "NODE_NAME": os.environ.get("NODE_NAME") or f"{socket.gethostname()}-{os.getpid()}",
        "LAYER_PREFIX": os.environ.get("LAYER_PREFIX") or "imsite",
        "LOG_LEVEL": env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "INFO"),
        "LOG_FORMAT": env.choice("LOG_FORMAT", ("TEXT", "JSON"), "TEXT"),
        **conf.from_environment(os.environ | ({} if notifiers else {"IM_NOTIFIERS": "log" if debug else ""})),
    }


try:
    _read = read()
except conf.BadSetting as error:
    sys.exit(f"imsite cannot start: {error}")
_database, _https = _read.pop("DATABASE"), _read.pop("HTTPS")
globals().update(_read)

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "messages_store",
    "chat",
    "imsite",
]
MIDDLEWARE = [
    "chat.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chat.compressing.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "chat.language.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chat.sign_ins.note_sign_ins",
]
ROOT_URLCONF = "imsite.urls"
ASGI_APPLICATION = "imsite.asgi.application"
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
            ]
        },
    }
]

# The database is the truth. An `accepted` promises that the commit is on disk: durability is never traded away here.
if _database["ENGINE"].endswith("sqlite3"):
    _database["TEST"] = {
        "NAME": f"{_database['NAME']}-test"
    }  # a file: threads that share memory get in each other's way
    _database["OPTIONS"] = {
        # Immediate: a transaction that would write takes its lock at the start, and waits instead of failing.
        "transaction_mode": "IMMEDIATE",
        "timeout": _read["IM_STORE_SECONDS"],
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    _milliseconds = int(_read["IM_STORE_SECONDS"] * 1000)
    _database["CONN_MAX_AGE"] = 0  # the pool keeps the connections; ASGI has a new thread for each request
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] = {
        # A server or a network that is silently gone ends the connection, and not after TCP's quarter of an hour.
        "tcp_user_timeout": _milliseconds,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        **_database.get("OPTIONS", {}),
        "connect_timeout": max(2, int(_read["IM_STORE_SECONDS"])),
        "application_name": f"imsite {_read['NODE_NAME']}",  # who it is, in pg_stat_activity
        "options": f"-c statement_timeout={_milliseconds} -c lock_timeout={_milliseconds} "
        f"-c idle_in_transaction_session_timeout={_milliseconds}",
        "prepare_threshold": 3,  # for statements whose parameters go to the server: those of messages_store.sql
        "pool": {
            "min_size": 0,
            "max_size": _read["IM_READERS"] + 10,
            "timeout": 2,
            "max_lifetime": 1800,
            # A failed attempt is given up and a new one begun. Within one attempt the pool asks ever more slowly: after
            # 20 s without a database it would wait 11 s more.
            "reconnect_timeout": 1,
        },
    }
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "chat.layers.RingingChannelLayer",
        "CONFIG": {
            "hosts": _read["REDIS_URLS"],
            "prefix": _read["LAYER_PREFIX"],
            "timeout": _read["IM_LAYER_SECONDS"],
        },
    }
    if _read["REDIS_URLS"]
    # One process has one channel for all that it holds: its capacity must take a burst for all of them, and neither
    # an old message nor a day that passed may put it out of its groups.
    else {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        "CONFIG": {"capacity": 10_000, "expiry": 3_153_600_000, "group_expiry": 3_153_600_000},
    }
}

# Counts what is limited per minute. Of several Redis servers the first one does it: a count has to be in one place.
_in_memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}}
_in_redis = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": _read["REDIS_URLS"][:1],
    "KEY_PREFIX": f"{_read['LAYER_PREFIX']}.count",
    # Nobody waits for a count: see messages_store.counting. redis-py's own retries would take seconds.
    "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25, "max_connections": 500},
}
CACHES = {
    "default": _in_memory,
    "counters": _in_redis if _read["REDIS_URLS"] else _in_memory | {"LOCATION": "counters"},
}

AUTH_USER_MODEL = "messages_store.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "chat"
LOGOUT_REDIRECT_URL = "sign_in"
# The first one signs nobody in: it refuses who tries too often.
AUTHENTICATION_BACKENDS = ["chat.account.gate.Gate", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_RESET_TIMEOUT = 14_400  # seconds; the mail and the page say: four hours
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Mails about accounts go out by Django's own way; reminders have a deadline besides (messages_store.notifiers.email).
if _read["IM_EMAIL_URL"]:
    _mail = _read["IM_EMAIL_URL"]
    EMAIL_HOST, EMAIL_PORT = _mail["host"], _mail["port"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["username"], _mail["password"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["use_tls"], _mail["use_ssl"]
    EMAIL_TIMEOUT = _read["IM_NOTIFY_SECONDS"]

SESSION_ENGINE = "messages_store.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
SILENCED_SYSTEM_CHECKS = ["security.W001"]  # asks for Django's SecurityMiddleware by its name; ours is one
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
if _https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_SECURE = _https
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or BASE_DIR / "var" / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
    # Apart from what is served as files: no address leads there but the API's.
    "attachments": _read["ATTACHMENTS_STORAGE"],
}
with contextlib.suppress(OSError):  # whitenoise wants it to be there, though with the finders it may be empty
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# A node serves the page without a collectstatic before; after it, compressed.
WHITENOISE_USE_FINDERS = not collected.is_current(STATIC_ROOT, BASE_DIR / "chat" / "static")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "messages_store.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["messages_store.api.permissions.InScope"],
    "DEFAULT_THROTTLE_CLASSES": ["messages_store.api.throttling.Throttle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["messages_store.api.parsing.BoundedJSONParser"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS is a method like others: what there is, the schema says
    "DEFAULT_SCHEMA_CLASS": "messages_store.api.openapi.Described",
    "URL_FORMAT_OVERRIDE": None,  # ?format= would ask for renderers that there are not
    "EXCEPTION_HANDLER": "messages_store.api.errors.handle",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "imsite",
    "VERSION": VERSION,
    "DESCRIPTION": "Chat and notifications over any number of nodes. Errors are {code, message, fields?}; lists are "
    "{results, next}, and `next` is the cursor of the next page, null on the last one.",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "messages_store.api.openapi.add_components",
    ],
    # What two fields of different names choose from has no name by itself.
    "ENUM_NAME_OVERRIDES": {"EventEnum": "messages_store.models.Delivery.Event"},
    "SERVE_INCLUDE_SCHEMA": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "TEXT": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "JSON": {"()": "imsite.logs.JsonFormatter", "node": _read["NODE_NAME"]},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": _read["LOG_FORMAT"]}},
    "root": {"handlers": ["console"], "level": _read["LOG_LEVEL"]},
    "loggers": {
        "django": {"level": "INFO"},  # without the handlers that Django gives it, which would tell all of it once more
        "daphne": {"level": "WARNING"},
        "twisted": {"level": "WARNING"},
        "psycopg.pool": {"level": "ERROR"},  # what it discards, chat.database has told already
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody can cause one, with a traceback each
    },
}

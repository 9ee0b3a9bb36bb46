"""A Django project of its own: its settings, from three variables of the environment."""

import os

import dj_database_url

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "daphne",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "channels",
    "bench.textbook",
]
ASGI_APPLICATION = "bench.textbook.asgi.application"
ROOT_URLCONF = "bench.textbook.urls"

# Django's default is a connection per event (0 seconds). The other variant keeps them for ever.
_persistent = os.environ.get("TEXTBOOK_PERSISTENT") == "1"
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=None if _persistent else 0)}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # redis-py 8 ends an idle read after 5 seconds unless told otherwise, just when the layer's own blocking
            # read (5 seconds too) would return, and allows 100 connections: sockets would die, which is not the
            # comparison we want.
            "hosts": [{"address": os.environ["REDIS_URL"], "socket_timeout": None, "max_connections": 1_000}],
            # The default of 100 counts all consumers of one process together, and loses what is beyond it.
            "capacity": 100_000,
        },
    }
}

USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

"""The ASGI application: HTTP by Django, sockets by chat. It runs on any ASGI server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")

from django.core.asgi import get_asgi_application

django = get_asgi_application()  # loads the apps, so it comes before everything that has models

from channels.routing import ProtocolTypeRouter  # noqa: E402

from chat.lifespan import lifespan  # noqa: E402
from chat.routing import http, websocket  # noqa: E402

application = ProtocolTypeRouter({"http": http(django), "websocket": websocket, "lifespan": lifespan})

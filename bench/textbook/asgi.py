import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.textbook.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from bench.textbook.consumers import ChatConsumer  # noqa: E402

application = ProtocolTypeRouter(
    {"http": http, "websocket": URLRouter([path("ws/chat/", ChatConsumer.as_asgi())])},
)

"""Which consumer takes which socket."""

from channels.routing import URLRouter
from django.urls import path

from .consumers import ChatConsumer


async def refuse(scope, receive, send) -> None:
    """There is no socket at this address: HTTP 403 instead of a traceback."""
    await receive()
    await send({"type": "websocket.close"})


websocket = URLRouter([path("ws/v1/", ChatConsumer.as_asgi()), path("<path:anything>", refuse)])

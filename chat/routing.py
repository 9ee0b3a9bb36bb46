"""Who takes which socket, and which requests never come to Django."""

from channels.routing import URLRouter
from django.urls import path, re_path

from . import exporter, health
from .consumers import ChatConsumer
from .static_files import StaticFiles


async def refuse(scope, receive, send) -> None:
    """There is no socket at this address: HTTP 403 instead of a traceback."""
    await receive()
    await send({"type": "websocket.close"})


websocket = URLRouter([path("ws/v1/", ChatConsumer.as_asgi()), re_path(r"", refuse)])


def http(django) -> URLRouter:
    """Health, metrics and static files by ourselves, everything else by Django."""
    ours = [path("healthz", health.healthz), path("readyz", health.readyz), path("metrics", exporter.metrics)]
    return URLRouter([*ours, re_path(r"", StaticFiles(django))])

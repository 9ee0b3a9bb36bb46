"""Whether this node is alive, and whether it is ready for work: asked by load balancers."""

import asyncio

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

from . import runtime
from .database import Unavailable


async def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"alive": True})


async def readyz(request: HttpRequest) -> JsonResponse:
    """Store and layer can be reached, and the node is not stopping; else 503 says which one is not."""
    node = runtime.current()
    store, layer = await asyncio.gather(_store_answers(node), _layer_answers(node))
    state = {"store": store, "layer": layer, "draining": node.draining}
    ready = store and layer and not node.draining
    return JsonResponse({"ready": ready, "node": node.name, **state}, status=200 if ready else 503)


async def _store_answers(node: runtime.Runtime) -> bool:
    try:
        async with asyncio.timeout(3):
            await node.readers.run(_ask_store)
    except (TimeoutError, Unavailable):
        return False
    return True


def _ask_store() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


async def _layer_answers(node: runtime.Runtime) -> bool:
    return await node.layer.ping() if hasattr(node.layer, "ping") else True


urlpatterns = [path("healthz", healthz), path("readyz", readyz)]

"""Whether this node is alive, and whether it is ready for work: asked by load balancers.

Plain ASGI, before Django's middleware: a probe names no host of ours, and must be answered while all threads are busy.
"""

import asyncio

import msgspec
from django.db import connection

from . import runtime
from .database import Unavailable


async def healthz(scope, receive, send) -> None:
    """The process answers."""
    await _answer(send, 200, {"alive": True})


async def readyz(scope, receive, send) -> None:
    """Store and layer can be reached, and the node is not stopping; else 503 says which one is not."""
    node = runtime.current()
    store, layer = await asyncio.gather(_store_answers(node), _layer_answers(node))
    state = {"node": node.name, "store": store, "layer": layer, "draining": node.draining}
    ready = store and layer and not node.draining
    await _answer(send, 200 if ready else 503, {"ready": ready, **state})


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


async def _answer(send, status: int, state: dict) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(state)})

"""Whether this node is alive, and whether it is ready for work: asked by load balancers.

Plain ASGI, before Django's middleware: a probe names no host of ours, and must be answered while all threads are busy.
"""

import asyncio

import msgspec
from django.db import DatabaseError

from messages_store.services import workers

from . import runtime
from .database import Unavailable


async def healthz(scope, receive, send) -> None:
    """The process answers."""
    await _answer(send, 200, {"alive": True})


async def readyz(scope, receive, send) -> None:
    """Store and layer can be reached, a worker is there or not needed, and the node is not stopping.

    Else 503 says which one is not. `worker` is null where only the store knew.
    """
    node = runtime.current()
    (store, worker), layer = await asyncio.gather(_ask_store(node), _layer_answers(node))
    state = {"node": node.name, "store": store, "layer": layer, "worker": worker, "draining": node.draining}
    ready = store and layer and worker and not node.draining
    await _answer(send, 200 if ready else 503, {"ready": ready, **state})


async def _ask_store(node: runtime.Runtime) -> tuple[bool, bool | None]:
    """Whether it answers, and whether a worker does what waits."""
    try:
        async with asyncio.timeout(3):
            return True, await node.readers.run(workers.is_there)
    except (TimeoutError, Unavailable, DatabaseError):  # one without our tables is no store yet
        return False, None


async def _layer_answers(node: runtime.Runtime) -> bool:
    return await node.layer.ping() if hasattr(node.layer, "ping") else True


async def _answer(send, status: int, state: dict) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(state)})

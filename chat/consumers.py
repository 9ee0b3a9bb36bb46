"""The socket: frames in, frames out. It knows no ORM and no rules."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic

from channels.consumer import AsyncConsumer
from django.conf import settings

from messages_store.changes import Change, Edit, Recall
from messages_store.drafts import Draft
from messages_store.errors import Busy, ChatError, Invalid

from . import protocol, runtime
from .addresses import address_of
from .authentication import Credentials, SignedIn
from .connection import Connection
from .database import Unavailable
from .deadlines import leaves_at
from .greeting import opening, place_of, welcome
from .incoming import Gone, Incoming, Refused, Rejected
from .metrics import counts
from .protocol import Close
from .scopes import may_connect, refusal

logger = logging.getLogger(__name__)


class ChatConsumer(AsyncConsumer):
    """One connection of one device.

    channels' own `dispatch` makes a task and a thread hop for each event; a connection here reads its socket in one
    coroutine and writes it in another, and the layer's events reach it by the runtime.
    """

    def __init__(self, node: runtime.Runtime | None = None):
        self._node = node

    async def __call__(self, scope: dict, receive: Callable[[], Awaitable[dict]], send: Callable) -> None:
        await receive()  # websocket.connect
        credentials = Credentials(dict(scope["headers"]), scope.get("query_string", b""))
        if credentials.from_elsewhere:
            await send({"type": "websocket.close", "code": Close.NOT_AUTHENTICATED})  # before the upgrade: HTTP 403
            return
        await send({"type": "websocket.accept"})
        self.incoming, self.send = Incoming(receive), send
        self.heard = scope.get("extensions", {}).get("imsite.heard")
        self.address = address_of(scope)
        self.runtime = self._node or runtime.current()
        try:
            signed_in, hello = await self._meet(credentials)
        except Gone:
            return
        except Refused as refused:
            counts.closed[refused.code] += 1
            frame = protocol.build(protocol.Bye(refused.code, str(refused), refused.reconnect_after))
            await send({"type": "websocket.send", "text": frame})
            await send({"type": "websocket.close", "code": refused.code})
            return
        serving = self._serve(signed_in, hello)
        del credentials, signed_in, hello  # which only the meeting needed; a connection may last for hours
        await serving

    # Meeting

    async def _meet(self, credentials: Credentials):
        """Who it is, and its hello, within the time that a hello may take."""
        signed_in = None
        try:
            async with asyncio.timeout(settings.IM_HELLO_SECONDS) as patience:
                with self.runtime.meeting(patience):
                    signed_in = await self._sign_in(credentials)
                    return signed_in, await self._hello()
        except TimeoutError:
            if self.runtime.draining:
                raise self._stopping() from None
            if signed_in is not None:  # else the time went by while we asked the store who it is
                raise Refused(Close.NO_HELLO, "No hello in time.") from None
        except Unavailable:
            pass
        raise Refused(Close.STORE_UNAVAILABLE, "The store cannot be reached.")

    async def _sign_in(self, credentials: Credentials) -> SignedIn:
        signed_in = await self.runtime.reads.sign_in(credentials)
        if signed_in is None:
            raise Refused(Close.NOT_AUTHENTICATED, "Sign in first.")
        if not may_connect(signed_in.scopes):
            raise Refused(Close.NOT_AUTHENTICATED, "This token may not open a socket: it lacks the scope inbox:read.")
        self.scopes = signed_in.scopes
        if self.runtime.draining:
            raise self._stopping()
        left = self.runtime.flooders.allowance_of(signed_in.proof.user_id, monotonic())
        self.incoming.allowance = left or self.incoming.allowance
        return signed_in

    def _stopping(self) -> Refused:
        return Refused(Close.DRAINING, "This node is stopping.", reconnect_after=self.runtime.reconnect_after())

    async def _hello(self) -> protocol.Hello:
        while True:
            try:
                frame = await self.incoming.frame()
            except protocol.Malformed as malformed:
                raise Refused(Close.MALFORMED, str(malformed)) from None
            except protocol.Unusable as unusable:
                await self._refuse(unusable.error, unusable.client_id)
                continue
            if isinstance(frame, protocol.Hello):
                return frame
            await self._refuse(Invalid("Say hello first."), getattr(frame, "client_id", None))

    async def _refuse(self, error: ChatError, client_id: str | None) -> None:
        counts.refused[error.code] += 1
        frame = protocol.error(error, client_id=client_id)
        await self.send({"type": "websocket.send", "text": frame})

    # Serving

    async def _serve(self, signed_in: SignedIn, hello: protocol.Hello) -> None:
        self.connection = connection = Connection(
            proof=signed_in.proof, send=self.send, read_inbox=self.runtime.reads.inbox_page
        )
        connection.leaves_at, connection.heard = leaves_at(), self.heard
        connection.device_kind = hello.device.kind
        writing = asyncio.create_task(connection.write())
        listening = asyncio.create_task(self._listen(signed_in.user, hello))
        del signed_in, hello
        try:
            # Whichever ends first: the client left, we said bye, or the socket broke.
            await asyncio.wait({writing, listening}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done() and connection.ended:
                async with asyncio.timeout(settings.IM_SEND_SECONDS):
                    await writing
            for task in (writing, listening):
                if task.done() and task.exception() is not None:
                    raise task.exception()
        except (Gone, TimeoutError):
            pass
        finally:
            connection.abandon()
            for task in (writing, listening):
                task.cancel()
            await self.runtime.detach(connection)

    async def _listen(self, user, hello: protocol.Hello) -> None:
        connection = self.connection
        try:
            await self.runtime.attach(connection)  # first hear the bell, then look what is there: nothing falls between
            if connection.ended:
                return
            standing = await self.runtime.reads.standing(user.pk)
        except Unavailable:
            connection.end(Close.STORE_UNAVAILABLE, "The store cannot be reached.")
            return
        start, resync = place_of(hello, standing)
        if not await self.runtime.admit(connection, opening(connection, user, hello.device, self.address, start)):
            return
        connection.welcome(
            welcome(connection, user, standing, start=start, resync=resync, node=self.runtime.name),
            standing,
            start=start,
        )
        del user, hello, standing
        while not connection.ended:
            try:
                self._take(await self.incoming.frame(self._is_news))
            except protocol.Malformed as malformed:
                connection.end(Close.MALFORMED, str(malformed))
            except Refused as refused:
                self.runtime.flooders.keep(connection.user_id, self.incoming.allowance, monotonic())
                connection.end(refused.code, str(refused), reconnect_after=refused.reconnect_after)
            except protocol.Unusable as unusable:
                connection.refuse(unusable.error, client_id=unusable.client_id, message_id=unusable.message_id)
            await connection.drained()

    def _is_news(self, frame: protocol.AnyFrame) -> bool:
        """An ack of what was not acknowledged yet: however much others say, whoever hears it may say so."""
        return isinstance(frame, protocol.Ack) and self.connection.acked < frame.seq <= self.connection.cursor

    def _take(self, frame: protocol.AnyFrame) -> None:
        if error := refusal(self.scopes, type(frame)):
            raise Rejected(frame, error)
        if not isinstance(frame, protocol.Ping):  # which a client sends by itself
            self.connection.entry.seen = True
        me = self.connection.user_id
        match frame:
            case protocol.Send():
                self._on_send(frame)
            case protocol.Edit(message=message, body=body):
                self._on_change(Edit(me, message, body))
            case protocol.Recall(message=message):
                self._on_change(Recall(me, message))
            case protocol.Ack(seq=seq):
                self._on_ack(seq)
            case protocol.Read(conversation=conversation, number=number):
                self.runtime.recorder.read(user_id=me, conversation_id=conversation, number=number)
            case protocol.Ping(t=t):
                self.connection.push(protocol.build(protocol.Pong(t, self.connection.head)))
            case protocol.Typing(conversation=conversation):
                self.runtime.typists.types(me, conversation)
            case protocol.Watch(users=users):
                self.runtime.watchers.watch(self.connection, users)
            case protocol.NotificationsRead(ids=ids, up_to=up_to):
                self.runtime.notification_marks.read(user_id=self.connection.user_id, ids=ids, up_to=up_to)
            case protocol.Idle(idle=idle):
                self.connection.entry.idle = idle
                self.runtime.beat.hurry()
            case protocol.Hello():
                self.connection.refuse(Invalid("Hello was said already."))

    def _on_ack(self, seq: int) -> None:
        self.runtime.recorder.ack(
            user_id=self.connection.user_id, seq=self.connection.ack(seq), device=self.connection.entry.device
        )

    def _on_send(self, frame: protocol.Send) -> None:
        draft = Draft(
            sender=self.connection.user_id,
            client_id=protocol.client_uuid(frame.client_id),
            body=frame.body,
            conversation=frame.conversation,
            to=frame.to,
            kind=frame.kind,
            data=frame.data,
            reply_to=frame.reply_to,
        )
        if self.connection.expect(draft, frame.client_id):
            self.runtime.sender.send(draft, self.connection.answer)
        else:
            self.connection.refuse(Busy(), client_id=frame.client_id)

    def _on_change(self, change: Change) -> None:
        if self.connection.expect(change, None):
            self.runtime.sender.send(change, self.connection.answer)
        else:
            self.connection.refuse(Busy(), message_id=change.message)

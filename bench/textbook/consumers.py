from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.auth import get_user_model

from bench.textbook.models import Message


class ChatConsumer(AsyncJsonWebsocketConsumer):
    """ws/chat/?user=<id>&room=<name>, believed as it stands. A group per user, and one per room."""

    groups = []

    async def connect(self):
        query = parse_qs(self.scope["query_string"].decode())
        self.user = await self.find_user(query.get("user", [""])[0])
        if self.user is None:
            await self.close()
            return
        self.joined = [f"user_{self.user.pk}", *(f"room_{room}" for room in query.get("room", []))]
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        for group in getattr(self, "joined", []):
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive_json(self, content):
        """{"type": "send", "client_id", "body", and "to" (a user's id) or "room" (its name)}"""
        if content.get("type") != "send":
            return
        message = await self.save_message(content)
        await self.send_json({"type": "accepted", "client_id": content["client_id"], "id": message.pk})
        group = f"room_{content['room']}" if "room" in content else f"user_{content['to']}"
        await self.channel_layer.group_send(
            group,
            {
                "type": "chat.message",
                "id": message.pk,
                "client_id": content["client_id"],
                "sender": self.user.pk,
                "room": message.room,
                "body": message.body,
                "created_at": message.created_at.isoformat(),
            },
        )

    async def chat_message(self, event):
        await self.send_json({**event, "type": "message"})
        if not event["room"]:  # a tutorial's room keeps no status per reader
            await self.mark_sent(event["id"])

    @database_sync_to_async
    def find_user(self, user_id):
        return get_user_model().objects.filter(pk=user_id).first() if user_id.isdigit() else None

    @database_sync_to_async
    def save_message(self, content):
        message = Message(
            sender=self.user, recipient_id=content.get("to"), room=content.get("room", ""), body=content["body"]
        )
        message.save()
        return message

    @database_sync_to_async
    def mark_sent(self, message_id):
        Message.objects.filter(pk=message_id).update(status=Message.Status.SENT)

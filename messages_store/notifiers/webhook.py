"""Reminders by a POST to IM_WEBHOOK_URL, signed as Standard Webhooks says (standardwebhooks.com)."""

import json
from datetime import UTC, datetime
from functools import cached_property

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from standardwebhooks import Webhook

from .base import Notifier, NotifyError, Outgoing
from .needs import missing
from .outbound import Outbound

GONE = 410  # by which a receiver says that it wants no more


class WebhookNotifier(Notifier):
    name = "webhook"
    title = _("By another system of this site")
    may_repeat = (
        "A call whose answer got lost or came too late is made again, with the same webhook-id, by which the receiver "
        "has to recognise it."
    )

    @cached_property
    def http(self) -> Outbound:
        return Outbound(private=settings.IM_WEBHOOK_PRIVATE)

    def problems(self) -> list[str]:
        found = missing("IM_WEBHOOK_URL", "IM_WEBHOOK_SECRET", "IM_PUBLIC_URL")
        if settings.IM_WEBHOOK_URL.startswith("http:") and not settings.IM_WEBHOOK_PRIVATE:
            found.append("IM_WEBHOOK_URL must begin with https: unless IM_WEBHOOK_PRIVATE is true.")
        return found

    def notify(self, outgoing: Outgoing) -> None:
        body = json.dumps(payload(outgoing), ensure_ascii=False)
        now = datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": outgoing.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(settings.IM_WEBHOOK_SECRET).sign(outgoing.id, now, body),
        }
        answer = self.http.post(settings.IM_WEBHOOK_URL, body.encode(), headers)
        if answer.status_code == GONE:
            raise NotifyError("answered 410: it wants no more", permanent=True)
        if not answer.ok:
            raise answer.error


def payload(outgoing: Outgoing) -> dict:
    """What is posted. The user by id and name; nothing that anybody wrote but names and titles."""
    return {
        "type": f"reminder.{'due' if outgoing.kind == 'reminder' else outgoing.kind}",
        "timestamp": outgoing.oldest.isoformat(),
        "data": {
            "id": outgoing.id,
            "user": {
                "id": outgoing.user_id,
                "name": outgoing.name,
                "language": outgoing.language,
                "time_zone": outgoing.time_zone,
            },
            "number": outgoing.number,
            "oldest": outgoing.oldest.isoformat(),
            "messages": outgoing.messages,
            "conversations": outgoing.conversations,
            "notifications": outgoing.notifications,
            "titles": list(outgoing.titles),
            "url": outgoing.url,
            "unsubscribe_url": outgoing.unsubscribe_url,
        },
    }

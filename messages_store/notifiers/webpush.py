"""Reminders by web push: the browsers that a user subscribed with show them, also while no page of ours is open."""

import json
import logging
import time
from functools import cached_property

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from py_vapid import VapidException
from pywebpush import WebPushException, webpush

from messages_store.models import PushSubscription
from messages_store.services import push_subscriptions
from messages_store.vapid import key_pair

from .base import Notifier, NotifyError, Outgoing
from .needs import missing
from .outbound import Answer, Outbound, time_for_one
from .wording import words

logger = logging.getLogger(__name__)

GONE = {404, 410}  # the push service knows the subscription no more (RFC 8030)
TOO_LARGE = 413
PLACE = "reminder"  # all of them have one, in which the newest is seen
TITLE_CHARACTERS, BODY_CHARACTERS = 200, 600  # with what encryption adds, below the 4,096 bytes that all services take


class Gone(NotifyError):
    """The browser is not subscribed any more."""


class WebPushNotifier(Notifier):
    name = "webpush"
    title = _("On my devices")
    unreached = _("None of your browsers shows reminders yet: turn them on under the bell, in each that should.")
    may_repeat = (
        "A message whose acceptance got lost is sent again, with the same topic and tag: a device that is off gets the "
        "last one only, and one that shows it already shows it in the same place, without a sound."
    )

    @cached_property
    def http(self) -> Outbound:
        return Outbound()  # users say where it goes: never inside

    def problems(self) -> list[str]:
        return missing("IM_WEBPUSH_KEY", "IM_WEBPUSH_CONTACT", "IM_PUBLIC_URL")

    def reaches(self, user) -> bool:
        return bool(push_subscriptions.good_ones(user_id=user.pk))

    def notify(self, outgoing: Outgoing) -> None:
        """To each browser. One that took it is enough; else it is tried again where any of them may take it yet."""
        subscriptions = push_subscriptions.good_ones(user_id=outgoing.user_id)
        until = time.monotonic() + time_for_one()
        errors = []
        for place, subscription in enumerate(subscriptions):
            share = (until - time.monotonic()) / (len(subscriptions) - place)  # one that hangs leaves the others theirs
            if error := self._push(outgoing, subscription, max(share, 0.05)):
                errors.append(error)
        if not errors and not subscriptions:
            raise NotifyError("the user has no browser that shows it", permanent=True)
        if len(errors) == len(subscriptions):
            raise next((error for error in errors if not error.permanent), errors[0])

    def _push(self, outgoing: Outgoing, subscription: PushSubscription, seconds: float) -> NotifyError | None:
        error = self._send(outgoing, subscription, seconds)
        if error is None:
            push_subscriptions.note(subscription=subscription, ok=True)
            return None
        if isinstance(error, Gone):
            push_subscriptions.remove(subscription=subscription)
        else:
            push_subscriptions.note(subscription=subscription, ok=False)
        logger.info("Reminder %s to %s: %s", outgoing.id, subscription, error.reason)
        return error

    def _send(self, outgoing: Outgoing, subscription: PushSubscription, seconds: float) -> NotifyError | None:
        keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
        urgent = outgoing.notifications.get("urgent")
        # Of one topic a device that is off gets the last message only (RFC 8030): an older reminder says less.
        headers = {"Urgency": "high" if urgent else "normal", "Topic": PLACE}
        try:
            webpush(
                {"endpoint": subscription.endpoint, "keys": keys},
                json.dumps(payload(outgoing), ensure_ascii=False),
                vapid_private_key=key_pair(),
                vapid_claims={"sub": settings.IM_WEBPUSH_CONTACT},
                headers=headers,
                ttl=settings.IM_WEBPUSH_TTL_SECONDS,
                timeout=seconds,
                requests_session=self.http,
            )
        except WebPushException as failed:
            return refused(failed.response)
        except NotifyError as error:
            return error
        except (ValueError, LookupError, VapidException):  # keys that are none, an address that VAPID has no words for
            return refused(None)
        return None


def refused(answer: Answer | None) -> NotifyError:
    if answer is None:
        return NotifyError("the subscription is none", permanent=True)
    if answer.status_code in GONE:
        return Gone(f"answered {answer.status_code}: the browser is not subscribed any more", permanent=True)
    if answer.status_code == TOO_LARGE:
        return NotifyError("answered 413: too large", permanent=True)
    return answer.error


def payload(outgoing: Outgoing) -> dict:
    """What the service worker shows. Encrypted for the browser: push services cannot read it."""
    said = words(outgoing)
    return {
        "title": said.subject[:TITLE_CHARACTERS],
        "body": said.titles[:BODY_CHARACTERS],
        "url": outgoing.url,
        "tag": PLACE,
        "lang": said.language,
        "id": outgoing.id,
    }

"""Reminders by the messages of a WeChat service account: template messages, or those that users subscribe to."""

import re
import time
import zlib
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from messages_store.notifiers.base import Notifier, NotifyError, Outgoing
from messages_store.notifiers.needs import missing
from messages_store.notifiers.outbound import Outbound, time_for_one
from messages_store.notifiers.wording import words
from messages_store.services import wechat

from .calls import call
from .codes import REFUSED, TOKEN_IS_BAD, failure
from .tokens import AccessToken

PATHS = {"template": "/cgi-bin/message/template/send", "subscribe": "/cgi-bin/message/subscribe/bizsend"}
# The most characters of a field, by its kind. WeChat refuses a message with a longer one.
CHARACTERS = {"thing": 20, "short_thing": 5, "phrase": 5, "character_string": 32, "name": 10}


class WeChatNotifier(Notifier):
    name = "wechat"
    title = _("By WeChat")
    unreached = _("Your WeChat account is not linked, or refuses what we send.")
    may_repeat = (
        "A message whose acceptance got lost is sent again: of template messages WeChat drops the repetition within 10 "
        "minutes, later ones and those of subscriptions arrive twice."
    )

    @cached_property
    def http(self) -> Outbound:
        return Outbound(private=True)  # the operator chose where it is

    def problems(self) -> list[str]:
        ours = ("IM_WECHAT_APP_ID", "IM_WECHAT_SECRET", "IM_WECHAT_TEMPLATE", "IM_WECHAT_DATA")
        return missing(*ours, "IM_PUBLIC_URL")

    def reaches(self, user) -> bool:
        return wechat.openid(user_id=user.pk) is not None

    def notify(self, outgoing: Outgoing) -> None:
        openid = wechat.openid(user_id=outgoing.user_id)
        if openid is None:
            raise NotifyError("the user has no openid, or refused", permanent=True)
        until = time.monotonic() + time_for_one()
        access = AccessToken(self.http, until)
        token = access.get()
        said = self._send(outgoing, openid, token, until)
        if said.get("errcode") in TOKEN_IS_BAD:
            said = self._send(outgoing, openid, access.get(refused=token), until)
        if said.get("errcode") == REFUSED:
            wechat.refuse(user_id=outgoing.user_id, openid=openid)
        if said.get("errcode") != 0:
            raise failure(said, spread=zlib.crc32(outgoing.id.encode()))

    def _send(self, outgoing: Outgoing, openid: str, token: str, until: float) -> dict:
        url = f"{settings.IM_WECHAT_URL}{PATHS[settings.IM_WECHAT_KIND]}?access_token={token}"
        return call(self.http, url, message(outgoing, openid), until)


def message(outgoing: Outgoing, openid: str) -> dict:
    """What is sent to one openid. `client_msg_id` is by what WeChat knows a repetition."""
    common = {"touser": openid, "template_id": settings.IM_WECHAT_TEMPLATE, "data": data(outgoing)}
    if settings.IM_WECHAT_KIND == "subscribe":
        language = "zh_CN" if words(outgoing).language == "zh-Hans" else "en_US"
        return {**common, "page": outgoing.url, "miniprogram_state": "formal", "lang": language}
    return {**common, "url": outgoing.url, "client_msg_id": outgoing.id}


def data(outgoing: Outgoing) -> dict:
    """The template's fields, each no longer than its kind may be."""
    said = words(outgoing)
    known = {
        "summary": said.summary,
        "messages": outgoing.messages,
        "conversations": outgoing.conversations,
        "notifications": sum(outgoing.notifications.values()),
        "titles": said.titles,
        "oldest": f"{outgoing.oldest.astimezone(ZoneInfo(outgoing.time_zone)):%Y-%m-%d %H:%M}",
        "name": outgoing.name,
    }
    return {field: {"value": _cut(field, form.format_map(known))} for field, form in settings.IM_WECHAT_DATA.items()}


def _cut(field: str, text: str) -> str:
    most = CHARACTERS.get(re.sub(r"[0-9]+$", "", field))
    text = " ".join(text.split()) or "-"  # an empty field is refused too
    return text if most is None or len(text) <= most else f"{text[: most - 1]}…"

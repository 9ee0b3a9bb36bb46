"""The access token: one for all nodes, in the database, renewed by one of them at a time and before it ends.

By `stable_token`: asked again, it says the same token until five minutes before its end, and then a new one while the
old one stays good. So a node that is slow to learn of the new one does no harm, and one that asks twice neither.
"""

import time

from django.conf import settings

from messages_store.notifiers.base import NotifyError
from messages_store.notifiers.outbound import Outbound
from messages_store.services import wechat

from .calls import call
from .codes import failure

EARLY = 240  # seconds before its end: WeChat has a new one by then
LOOK = 0.1  # seconds between two looks whether another node has got it


class AccessToken:
    """For one reminder, which has time `until` then (time.monotonic())."""

    def __init__(self, http: Outbound, until: float):
        self._http = http
        self._until = until
        self._app_id = settings.IM_WECHAT_APP_ID

    def get(self, *, refused: str = "") -> str:
        """A good one; another one than was `refused`. NotifyError where there is none in time."""
        while True:
            known = wechat.token(app_id=self._app_id)
            usable = known.seconds > 0 and known.text != refused
            if usable and known.seconds > EARLY:
                return known.text
            left = self._until - time.monotonic()
            if left > 0 and wechat.claim_token(app_id=self._app_id, seconds=left + 1, known=known.text):
                return self._renew(refused)
            if usable:
                return known.text  # another node is at it, and this one is still good
            if left <= LOOK:
                raise NotifyError("another node is getting WeChat's access token", retry_after=5)
            time.sleep(LOOK)

    def _renew(self, refused: str) -> str:
        try:
            text, seconds = self._ask(force=False)
            if text == refused:  # WeChat says that it is good, and does not take it: only by force is there another
                text, seconds = self._ask(force=True)
        except BaseException:
            wechat.release_token(app_id=self._app_id)
            raise
        wechat.keep_token(app_id=self._app_id, text=text, seconds=seconds)
        return text

    def _ask(self, *, force: bool) -> tuple[str, float]:
        asked = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": settings.IM_WECHAT_SECRET,
            "force_refresh": force,
        }
        said = call(self._http, f"{settings.IM_WECHAT_URL}/cgi-bin/stable_token", asked, self._until)
        token, seconds = said.get("access_token"), said.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise failure(said)
        return token, seconds

"""A mail server that keeps what it gets."""

import re
import threading
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from imsite.localservers import free_port


class Mails:
    """`url` is what IM_EMAIL_URL says."""

    def __init__(self):
        self._got: list[tuple[list[str], str]] = []
        self._more = threading.Condition()
        self._server = Controller(self, hostname="127.0.0.1", port=free_port())
        self.url = f"smtp://127.0.0.1:{self._server.port}"

    def __enter__(self) -> "Mails":
        self._server.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.stop()

    async def handle_DATA(self, server, session, envelope) -> str:
        text = message_from_bytes(envelope.content, policy=policy.default).get_body(("plain",)).get_content()
        with self._more:
            self._got.append((envelope.rcpt_tos, text))
            self._more.notify_all()
        return "250 OK"

    def link_to(self, address: str) -> str:
        """The link in the last mail to this address, which is waited for."""
        with self._more:
            assert self._more.wait_for(lambda: self._to(address), timeout=20), f"no mail to {address}"
            return re.search(r"https?://\S+", self._to(address)[-1])[0]

    def _to(self, address: str) -> list[str]:
        return [text for to, text in self._got if to == [address]]

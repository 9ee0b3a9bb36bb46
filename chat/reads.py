"""What a node reads for its connections. When thousands come at once, each kind of read is made for many of them."""

from messages_store.events import Event
from messages_store.services import resuming
from messages_store.services.resuming import Place, Standing

from . import authentication
from .authentication import Credentials, SignedIn
from .database import Threads
from .together import Together

COMERS = 200  # connections that one read signs in, or whose inboxes it finds
PAGES = 8  # pages of inboxes that one read brings: all of them are in memory at once


class Reads:
    """Each raises Unavailable where the store is away."""

    def __init__(self, threads: Threads):
        self._threads = threads
        self._by_token: Together[str, SignedIn] = Together(
            lambda keys: threads.run(authentication.by_tokens, keys=keys), at_once=COMERS
        )
        self._standings: Together[int, Standing] = Together(
            lambda user_ids: threads.run(resuming.standings, user_ids=user_ids), at_once=COMERS
        )
        self._pages: Together[Place, list[Event] | None] = Together(
            lambda places: threads.run(resuming.inbox_pages, places=places), at_once=PAGES
        )

    async def sign_in(self, credentials: Credentials) -> SignedIn | None:
        """Who this is, or None."""
        if credentials.token:
            return await self._by_token.ask(credentials.token)
        # A ticket is used up by its first reading: one that is read with others could not be read again alone.
        return await self._threads.run(authentication.sign_in, credentials=credentials)

    async def standing(self, user_id: int) -> Standing:
        """Where this user's inbox is."""
        return await self._standings.ask(user_id)

    async def inbox_page(self, *, user_id: int, after: int, limit: int) -> list[Event] | None:
        """The entries of an inbox after a seq, in order; None where what comes next was pruned."""
        return await self._pages.ask(Place(user_id, after, limit))

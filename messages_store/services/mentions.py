"""Which unread messages mention somebody: those whose `data` has {"mentions": [user ids]} with theirs."""

from collections import defaultdict
from collections.abc import Iterable

from messages_store.models import Member
from messages_store.sql import Statement, is_postgresql

MOST = 20  # of each conversation; of more the newest

# By the index message_mentions, whose condition is repeated as it stands there.
WANTED = {"conversation_id": "bigint", "user_id": "bigint", "after": "bigint"}
ON_POSTGRESQL = Statement(
    """
    SELECT wanted.conversation_id, m.number FROM {wanted} JOIN LATERAL (
      SELECT x.number FROM messages_store_message x
      WHERE x.conversation_id = wanted.conversation_id AND x.number > wanted.after AND x.data ? 'mentions'
      AND x.data @> jsonb_build_object('mentions', jsonb_build_array(wanted.user_id))
      ORDER BY x.number DESC LIMIT %(most)s
    ) m ON true ORDER BY wanted.conversation_id, m.number""",
    wanted=WANTED,
)
ON_SQLITE = Statement(
    """
    SELECT conversation_id, number FROM (
      SELECT m.conversation_id, m.number,
        row_number() OVER (PARTITION BY m.conversation_id ORDER BY m.number DESC) AS place
      FROM {wanted} CROSS JOIN messages_store_message m
      ON m.conversation_id = wanted.conversation_id AND m.number > wanted.after
      AND JSON_TYPE(m.data, '$."mentions"') IS NOT NULL
      WHERE JSON_TYPE(m.data, '$."mentions"') = 'array' AND EXISTS (
        SELECT 1 FROM json_each(m.data, '$.mentions') j WHERE j.type = 'integer' AND j.value = wanted.user_id)
    ) WHERE place <= %(most)s ORDER BY conversation_id, number""",
    wanted=WANTED,
)


def unread_mentions(*, memberships: Iterable[Member]) -> dict[int, list[int]]:
    """The numbers of the unread messages that mention the member, ascending, by conversation. One query at most."""
    wanted = [
        (own.conversation_id, own.user_id, own.read_number)
        for own in memberships
        if own.conversation.last_number > own.read_number
    ]
    statement = ON_POSTGRESQL if is_postgresql() else ON_SQLITE
    found = defaultdict(list)
    for conversation_id, number in statement({"wanted": wanted}, most=MOST) if wanted else ():
        found[conversation_id].append(number)
    return dict(found)

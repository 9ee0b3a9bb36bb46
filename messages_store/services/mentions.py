"""Which unread messages are no ordinary ones: those that mention somebody, and those that the system said.

A message mentions by `data` {"mentions": [user ids]}. Of what the system said nobody must be told as of people's words.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from messages_store.models import Member
from messages_store.sql import Statement, is_postgresql

MOST = 20  # mentions of each conversation; of more the newest
MOST_SYSTEM = 1_000  # the same of what the system said; who has more unread sees the older ones counted with the rest

# By the indexes message_mentions and message_of_the_system, whose conditions are repeated as they stand there.
WANTED = {"conversation_id": "bigint", "user_id": "bigint", "after": "bigint"}
ON_POSTGRESQL = Statement(
    """
    SELECT wanted.conversation_id, m.number, m.system FROM {wanted} JOIN LATERAL (
      (SELECT x.number, false AS system FROM messages_store_message x
      WHERE x.conversation_id = wanted.conversation_id AND x.number > wanted.after AND x.data ? 'mentions'
      AND x.data @> jsonb_build_object('mentions', jsonb_build_array(wanted.user_id))
      ORDER BY x.number DESC LIMIT %(most)s)
      UNION ALL
      (SELECT x.number, true FROM messages_store_message x
      WHERE x.conversation_id = wanted.conversation_id AND x.number > wanted.after AND x.kind = 'system'
      ORDER BY x.number DESC LIMIT %(most_system)s)
    ) m ON true ORDER BY wanted.conversation_id, m.number""",
    wanted=WANTED,
)
ON_SQLITE = Statement(
    """
    WITH wanted AS (SELECT * FROM {wanted})
    SELECT conversation_id, number, system FROM (
      SELECT m.conversation_id, m.number, 0 AS system,
        row_number() OVER (PARTITION BY m.conversation_id ORDER BY m.number DESC) AS place
      FROM wanted CROSS JOIN messages_store_message m
      ON m.conversation_id = wanted.conversation_id AND m.number > wanted.after
      AND JSON_TYPE(m.data, '$."mentions"') IS NOT NULL
      WHERE JSON_TYPE(m.data, '$."mentions"') = 'array' AND EXISTS (
        SELECT 1 FROM json_each(m.data, '$.mentions') j WHERE j.type = 'integer' AND j.value = wanted.user_id)
      UNION ALL
      SELECT m.conversation_id, m.number, 1,
        row_number() OVER (PARTITION BY m.conversation_id ORDER BY m.number DESC)
      FROM wanted CROSS JOIN messages_store_message m
      ON m.conversation_id = wanted.conversation_id AND m.number > wanted.after AND m.kind = 'system'
    ) WHERE place <= CASE system WHEN 0 THEN %(most)s ELSE %(most_system)s END ORDER BY conversation_id, number""",
    wanted=WANTED,
)


@dataclass(slots=True)
class Signs:
    """Numbers of unread messages of one conversation, ascending."""

    mentions: list[int] = field(default_factory=list)
    system: list[int] = field(default_factory=list)


def signs_of_unread(*, memberships: Iterable[Member]) -> dict[int, Signs]:
    """What mentions the member and what the system said, by conversation. One query at most."""
    wanted = [
        (own.conversation_id, own.user_id, own.read_number)
        for own in memberships
        if own.conversation.last_number > own.read_number
    ]
    statement = ON_POSTGRESQL if is_postgresql() else ON_SQLITE
    found = defaultdict(Signs)
    rows = statement({"wanted": wanted}, most=MOST, most_system=MOST_SYSTEM) if wanted else ()
    for conversation_id, number, system in rows:
        signs = found[conversation_id]
        (signs.system if system else signs.mentions).append(number)
    return dict(found)

"""What the database itself says at the end, asked past the application."""

from collections.abc import Sequence

import psycopg

HOLES = """
    SELECT i.user_id, i.last_seq, count(d.seq), min(d.seq), max(d.seq)
    FROM messages_store_inbox i LEFT JOIN messages_store_delivery d ON d.recipient_id = i.user_id
    WHERE i.user_id = ANY(%(people)s) GROUP BY i.user_id, i.last_seq
    HAVING count(d.seq) <> i.last_seq OR (i.last_seq > 0 AND (min(d.seq) <> 1 OR max(d.seq) <> i.last_seq))"""
UNDELIVERED = """
    SELECT m.id, c.id, array_agg(d.recipient_id) FROM messages_store_message m
    JOIN messages_store_conversation c ON c.id = m.conversation_id
    LEFT JOIN messages_store_delivery d ON d.message_id = m.id
    WHERE m.sender_id = ANY(%(people)s) GROUP BY m.id, c.id
    HAVING array_agg(d.recipient_id ORDER BY d.recipient_id) <> ARRAY(
        SELECT user_id FROM messages_store_member WHERE conversation_id = c.id ORDER BY user_id)"""
MISCOUNTED = """
    SELECT c.id, c.last_number, count(m.id), max(m.number) FROM messages_store_conversation c
    JOIN messages_store_message m ON m.conversation_id = c.id
    WHERE m.sender_id = ANY(%(people)s) GROUP BY c.id
    HAVING count(m.id) <> c.last_number OR max(m.number) <> c.last_number"""
TWICE = """
    SELECT sender_id, client_id, count(*) FROM messages_store_message
    WHERE sender_id = ANY(%(people)s) GROUP BY sender_id, client_id HAVING count(*) > 1"""
UNSENT = """
    SELECT d.recipient_id, d.seq, d.status, i.acked_seq, i.last_seq FROM messages_store_delivery d
    JOIN messages_store_inbox i ON i.user_id = d.recipient_id
    WHERE d.recipient_id = ANY(%(people)s) AND (d.status <> 'sent' OR d.seq > i.acked_seq)"""
STORED = "SELECT count(*) FROM messages_store_message WHERE sender_id = ANY(%(people)s)"
RULES = {
    "inboxes with holes (user, last seq, entries, first, last)": HOLES,
    "messages that not every member got (message, conversation, recipients)": UNDELIVERED,
    "conversations that are miscounted (conversation, last number, messages, highest)": MISCOUNTED,
    "messages stored twice (sender, client_id, how often)": TWICE,
}


class Store:
    """Asks about these people."""

    def __init__(self, url: str, people: Sequence[int]):
        self._url = url
        self._people = list(people)

    def unsent(self) -> list[tuple]:
        """Deliveries that are not marked as sent."""
        return self._ask(UNSENT)

    def stored(self) -> int:
        """How many messages of theirs there are."""
        return self._ask(STORED)[0][0]

    def wrongs(self) -> list[str]:
        found = {rule: self._ask(query) for rule, query in RULES.items()}
        return [f"The database has {len(rows)} {rule}: {rows[:3]}" for rule, rows in found.items() if rows]

    def _ask(self, query: str) -> list[tuple]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(query, {"people": self._people}).fetchall()

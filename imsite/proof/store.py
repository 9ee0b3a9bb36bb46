"""What the database itself says at the end, asked past the application."""

from collections.abc import Sequence

import psycopg

from .wrong import DOUBLE, LOST, STRANGER, Wrong

HOLES = """
    SELECT i.user_id, i.last_seq, count(d.seq), min(d.seq), max(d.seq) FROM messages_store_inbox i
    LEFT JOIN messages_store_delivery d ON d.recipient_id = i.user_id AND d.seq > i.floor_seq
    WHERE i.user_id = ANY(%(people)s) GROUP BY i.user_id, i.last_seq, i.floor_seq
    HAVING count(d.seq) <> i.last_seq - i.floor_seq
    OR (i.last_seq > i.floor_seq AND (min(d.seq) <> i.floor_seq + 1 OR max(d.seq) <> i.last_seq))"""
UNDELIVERED = """
    SELECT m.id, m.conversation_id, p.user_id FROM messages_store_message m
    JOIN messages_store_member p ON p.conversation_id = m.conversation_id
    JOIN messages_store_inbox i ON i.user_id = p.user_id AND i.floor_seq = 0 -- of who was pruned it is not known
    WHERE m.sender_id = ANY(%(people)s) AND NOT EXISTS (
        SELECT FROM messages_store_delivery d WHERE d.message_id = m.id AND d.recipient_id = p.user_id)"""
ASTRAY = """
    SELECT m.id, m.conversation_id, d.recipient_id FROM messages_store_message m
    JOIN messages_store_delivery d ON d.message_id = m.id
    WHERE m.sender_id = ANY(%(people)s) AND NOT EXISTS (
        SELECT FROM messages_store_member p
        WHERE p.conversation_id = m.conversation_id AND p.user_id = d.recipient_id)"""
DELIVERED_TWICE = """
    SELECT m.id, d.recipient_id, count(*) FROM messages_store_message m
    JOIN messages_store_delivery d ON d.message_id = m.id
    WHERE m.sender_id = ANY(%(people)s) GROUP BY m.id, d.recipient_id HAVING count(*) > 1"""
MISCOUNTED = """
    SELECT c.id, c.last_number, count(m.id), max(m.number) FROM messages_store_conversation c
    JOIN messages_store_message m ON m.conversation_id = c.id
    WHERE m.sender_id = ANY(%(people)s) GROUP BY c.id
    HAVING count(m.id) <> c.last_number - c.floor_number OR max(m.number) <> c.last_number"""
TWICE = """
    SELECT sender_id, client_id, count(*) FROM messages_store_message
    WHERE sender_id = ANY(%(people)s) GROUP BY sender_id, client_id HAVING count(*) > 1"""
UNSENT = """
    SELECT d.recipient_id, d.seq, d.status, i.acked_seq, i.last_seq FROM messages_store_delivery d
    JOIN messages_store_inbox i ON i.user_id = d.recipient_id
    WHERE d.recipient_id = ANY(%(people)s) AND (d.status <> 'sent' OR d.seq > i.acked_seq)"""
STORED = "SELECT count(*) FROM messages_store_message WHERE sender_id = ANY(%(people)s)"
RULES = (
    (LOST, "an inbox with a hole (user, last seq, entries, first, last)", HOLES),
    (LOST, "a message that a member never got (message, conversation, member)", UNDELIVERED),
    (STRANGER, "a message for somebody who is no member (message, conversation, recipient)", ASTRAY),
    (DOUBLE, "a message that somebody got more than once (message, recipient, how often)", DELIVERED_TWICE),
    (LOST, "a conversation that is miscounted (conversation, last number, messages, highest)", MISCOUNTED),
    (DOUBLE, "a message stored more than once (sender, client_id, how often)", TWICE),
)


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

    def wrongs(self) -> list[Wrong]:
        return [
            Wrong(kind, f"the database has {rule}: {row}") for kind, rule, query in RULES for row in self._ask(query)
        ]

    def _ask(self, query: str) -> list[tuple]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(query, {"people": self._people}).fetchall()

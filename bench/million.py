"""A history of any length in an empty PostgreSQL, made by SQL alone: what years of talk leave behind.

A tenth of the people are away and have not acknowledged their last entries; one message in a thousand is not text; a
word that hardly anybody uses stands in twenty.
"""

from collections.abc import Sequence

from django.db import connection

RARE = "Xylophon"
PEOPLE, DIRECTS, GROUPS = 10_000, 8_000, 1_000  # groups of five

STEPS = (
    """
    INSERT INTO messages_store_user (id, username, display_name, kind, password, first_name, last_name, email,
      is_staff, is_active, is_superuser, date_joined)
    SELECT n, 'person' || n, 'Person ' || n, 'user', '!', '', '', '', false, true, false, now()
    FROM generate_series(1, %(people)s) n""",
    """
    INSERT INTO messages_store_conversation (id, kind, title, direct_key, last_number, created_at)
    SELECT n, 'direct', '', n || ':' || n + 1, 0, now() - interval '1 year' FROM generate_series(1, %(directs)s) n
    UNION ALL
    SELECT %(directs)s + n, 'group', 'Group ' || n, NULL, 0, now() - interval '1 year'
    FROM generate_series(1, %(groups)s) n""",
    """
    INSERT INTO messages_store_member (conversation_id, user_id, role, read_number, sent_number, muted, joined_at)
    SELECT n, n + k, 'member', 0, 0, false, now() - interval '1 year'
    FROM generate_series(1, %(directs)s) n, generate_series(0, 1) k
    UNION ALL
    SELECT %(directs)s + n, (n * 7 + k * 1999) %% %(people)s + 1, 'member', 0, 0, false, now() - interval '1 year'
    FROM generate_series(1, %(groups)s) n, generate_series(0, 4) k""",
    """
    INSERT INTO messages_store_message (id, conversation_id, number, sender_id, client_id, kind, body, created_at)
    SELECT n, c, row_number() OVER (PARTITION BY c ORDER BY n),
      CASE WHEN c <= %(directs)s THEN c + n %% 2 ELSE ((c - %(directs)s) * 7 + n %% 5 * 1999) %% %(people)s + 1 END,
      gen_random_uuid(), CASE WHEN n %% 1000 = 0 THEN 'system' ELSE 'text' END,
      'Message ' || n || ' about ' || md5(n::text) || ' and lunch at ' || n %% 24 || ' o''clock'
        || CASE WHEN n %% (%(messages)s / 20) = 7 THEN ' with a %(rare)s' ELSE '' END,
      now() - interval '1 year' * (%(messages)s - n) / %(messages)s
    FROM (SELECT n, CASE WHEN n %% 5 = 0 THEN %(directs)s + 1 + abs(hashint8(n)) %% %(groups)s
                         ELSE 1 + abs(hashint8(n)) %% %(directs)s END AS c
          FROM generate_series(1, %(messages)s) n) AS placed ORDER BY n""",
    """
    UPDATE messages_store_conversation c SET last_number = m.last
    FROM (SELECT conversation_id, max(number) AS last FROM messages_store_message GROUP BY 1) m
    WHERE m.conversation_id = c.id""",
    """
    INSERT INTO messages_store_delivery (recipient_id, seq, message_id, event, status, sent_at)
    SELECT p.user_id, row_number() OVER (PARTITION BY p.user_id ORDER BY m.id), m.id, 'message', 'sent', m.created_at
    FROM messages_store_message m
    JOIN messages_store_member p ON p.conversation_id = m.conversation_id ORDER BY m.id""",
    """
    INSERT INTO messages_store_inbox (user_id, epoch, last_seq, acked_seq, floor_seq)
    SELECT u.id, 'bench', COALESCE(d.last, 0), COALESCE(d.last, 0), 0 FROM messages_store_user u
    LEFT JOIN (SELECT recipient_id, max(seq) AS last FROM messages_store_delivery GROUP BY 1) d
    ON d.recipient_id = u.id""",
    """
    UPDATE messages_store_inbox SET acked_seq = last_seq - least(last_seq, user_id %% 97)
    WHERE user_id %% 10 = 0""",
    """
    UPDATE messages_store_delivery d SET status = 'unsent', sent_at = NULL
    FROM messages_store_inbox i, messages_store_message m
    WHERE i.user_id = d.recipient_id AND d.seq > i.acked_seq
    AND m.id = d.message_id AND m.sender_id <> d.recipient_id""",
    """
    UPDATE messages_store_member m SET read_number = c.last_number, sent_number = c.last_number, read_at = now()
    FROM messages_store_conversation c WHERE c.id = m.conversation_id AND m.user_id %% 10 <> 0""",
    *(
        f"SELECT setval(pg_get_serial_sequence('messages_store_{table}', 'id'), max(id)) FROM messages_store_{table}"  # noqa: S608
        for table in ("user", "conversation", "member", "message", "delivery")
    ),
)


def make(messages: int) -> Sequence[tuple[str, int]]:
    """Fill the empty database; how many rows each table has then."""
    values = {"people": PEOPLE, "directs": DIRECTS, "groups": GROUPS, "messages": messages}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET work_mem = '256MB'")
        for step in STEPS:
            cursor.execute(step.replace("%(rare)s", RARE), values)
        cursor.execute("VACUUM (ANALYZE) messages_store_message, messages_store_delivery, messages_store_inbox")
        cursor.execute("VACUUM (ANALYZE) messages_store_member, messages_store_conversation, messages_store_user")
        counts = []
        for table in ("message", "delivery", "conversation", "inbox"):
            cursor.execute(f"SELECT count(*) FROM messages_store_{table}")  # noqa: S608
            counts.append((table, cursor.fetchone()[0]))
        cursor.execute("RESET ALL")
    return counts

"""What a conversation is called on a list."""

from collections.abc import Iterable

from messages_store.models import Conversation, User


def names(conversations: Iterable[Conversation]) -> dict[int, str]:
    """By id: the title, or the two people of a direct conversation. One query for all of them."""
    pairs = {found.pk: _pair(found) for found in conversations}
    people = User.objects.in_bulk({user_id for pair in pairs.values() for user_id in pair})
    return {
        found.pk: " – ".join(people[id].username for id in pairs[found.pk] if id in people) or str(found)
        for found in conversations
    }


def _pair(conversation: Conversation) -> list[int]:
    if conversation.title or not conversation.direct_key:
        return []
    return [int(user_id) for user_id in conversation.direct_key.split(":")]

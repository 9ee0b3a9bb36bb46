"""What a conversation is called on a list."""

from collections.abc import Iterable

from messages_store.models import Conversation, User


def names(conversations: Iterable[Conversation]) -> dict[int, str]:
    """By id: the title, or the two people of a direct conversation. One query for all of them."""
    by_id = {found.pk: found for found in conversations}
    pairs = {pk: _pair(found) for pk, found in by_id.items()}
    people = User.objects.in_bulk({user_id for pair in pairs.values() for user_id in pair})
    return {
        pk: " – ".join(people[user_id].username for user_id in pairs[pk] if user_id in people) or str(found)
        for pk, found in by_id.items()
    }


def _pair(conversation: Conversation) -> list[int]:
    if conversation.title or not conversation.direct_key:
        return []
    return [int(user_id) for user_id in conversation.direct_key.split(":")]

"""People who talk, made through the services, for the tests of the admin."""

from collections.abc import Sequence
from itertools import count
from uuid import uuid4

from django.urls import reverse

from messages_store.drafts import Draft
from messages_store.models import Conversation, User
from messages_store.services import conversations, sending

serial = count(1)


def people(*names: str) -> list[User]:
    return [User.objects.create(username=name) for name in names]


def crowd(size: int) -> list[User]:
    return people(*(f"person{next(serial)}" for _ in range(size)))


def group(title: str, members: Sequence[User]) -> Conversation:
    return conversations.create_group(creator=members[0], title=title, members=members)


def direct(one: User, other: User) -> Conversation:
    return conversations.open_direct(user_id=one.pk, other_id=other.pk)


def say(conversation: Conversation, sender: User, *bodies: str) -> list[int]:
    """The ids of the messages, as the sender's words in the conversation."""
    drafts = [Draft(sender=sender.pk, client_id=uuid4(), body=body, conversation=conversation.pk) for body in bodies]
    return [accepted.message for accepted in sending.send(drafts).outcomes]


def listed(client, model: str, **parameters: str) -> list:
    """The rows of a changelist."""
    response = client.get(reverse(f"admin:messages_store_{model}_changelist"), parameters)
    assert response.status_code == 200, response
    return response.context["cl"].result_list

"""What Alice, Bob and their colleagues said, once."""

from collections.abc import Iterable, Iterator
from uuid import NAMESPACE_URL, uuid5

from messages_store.drafts import Draft
from messages_store.models import Conversation, Member, Message, User
from messages_store.services import conversations, sending

from .people import accounts

Talk = Iterable[tuple[str, str]]

PAIR = (
    ("alice", "Morning, Bob! Are the figures for Thursday ready?"),
    ("bob", "Almost. Two numbers from the warehouse are missing, I asked them again."),
    ("alice", "No hurry, the meeting moved to 14:00."),
    ("bob", "Then you'll have them before lunch. Speaking of which: pizza?"),
    ("alice", "Always. Ask the others, I'll be there at half past twelve."),
)
TITLE = "Lunch"
GROUP = (
    ("bob", "Pizza today? The new place at the corner has tables outside."),
    ("charlie", "I'm in. 12:30?"),
    ("alice", "12:30 is good 👍"),
    ("dora", "I have the support desk until one. Order me a margherita, please?"),
    ("charlie", "Will do. Large?"),
    ("dora", "Is there any other size?"),
    ("bob", "Table for four, booked under my name."),
)


def make_history() -> int:
    """How many messages were said now. Fixed client_ids make sure that nobody says the same twice."""
    people = accounts(["alice", "bob", "charlie", "dora"])
    pair = conversations.open_direct(user_id=people["alice"].pk, other_id=people["bob"].pk)
    drafts = [*_drafts(pair, PAIR, people), *_drafts(_lunch(people), GROUP, people)]
    said = Message.objects.filter(sender__in=people.values(), client_id__in=[draft.client_id for draft in drafts])
    before = set(said.values_list("client_id", flat=True))
    # Who left in the meantime says nothing: their draft fails alone.
    outcomes = sending.send([draft for draft in drafts if draft.client_id not in before]).outcomes
    return sum(isinstance(outcome, sending.Accepted) for outcome in outcomes)


def _lunch(people: dict[str, User]) -> Conversation:
    """The group of that title that Alice made."""
    alice = people["alice"]
    own = Member.objects.filter(user=alice, role=Member.Role.OWNER)
    found = Conversation.objects.filter(kind=Conversation.Kind.GROUP, title=TITLE, members__in=own).first()
    return found or conversations.create_group(creator=alice, title=TITLE, members=people.values())


def _drafts(conversation: Conversation, talk: Talk, people: dict[str, User]) -> Iterator[Draft]:
    for place, (username, body) in enumerate(talk):
        client_id = uuid5(NAMESPACE_URL, f"imsite:demo:{conversation.kind}:{place}")
        yield Draft(sender=people[username].pk, client_id=client_id, body=body, conversation=conversation.pk)

"""What the tests of pruning prune, and how they look at what is left."""

from messages_store.models import Delivery, Inbox
from messages_store.pruning import Sweep
from messages_store.services.pruning import Days

from .look import assert_seqs_whole

MONTH = Days(inbox=30)
YEAR = Days(message=365)


def prune(days: Days) -> dict[str, int]:
    """Prune everything; what went, by kind."""
    sweep = Sweep(days)
    while sweep.step():
        pass
    assert_seqs_whole()
    return {str(stage.what): stage.done for stage in sweep.stages}


def seqs(user) -> list[int]:
    return list(Delivery.objects.filter(recipient=user).order_by("seq").values_list("seq", flat=True))


def box(user) -> tuple[int, int, int]:
    """floor, acked, last"""
    return Inbox.objects.values_list("floor_seq", "acked_seq", "last_seq").get(user=user)

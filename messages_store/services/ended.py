"""Pruning of reminders and digests that ended long ago."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef

from messages_store.models import Digest, Reminder, Spell

from .pruning import SCAN, Chunk, Cutoffs, Found


def find(*, model: type[Reminder] | type[Digest], cutoffs: Cutoffs, after: int) -> Found:
    """Which of the next rows go. They are in the order of their creation, so what comes after a young one is young."""
    rows = model.objects.filter(pk__gt=after).order_by("pk")
    window = list(rows.values_list("pk", "created_at")[:SCAN])
    if not window:
        return Found([], None)
    last, created_at = window[-1]
    goes = list(_old(model, cutoffs).filter(pk__gt=after, pk__lte=last).order_by("pk").values_list("pk", flat=True))
    return Found(goes, last if len(window) == SCAN and created_at < cutoffs.ended_before else None)


@transaction.atomic
def prune(*, model: type[Reminder] | type[Digest], ids: Collection[int], cutoffs: Cutoffs) -> Chunk:
    """Delete those of them that are still to go. What somebody is at, or revives, is left to the next run."""
    old = _old(model, cutoffs).filter(pk__in=ids).order_by("pk")
    locked = list(old.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    return Chunk(model.objects.filter(pk__in=locked).delete()[0], [])


def _old(model: type[Reminder] | type[Digest], cutoffs: Cutoffs):
    """Digests when their day ended so long ago: it is their rows that say that a day had one."""
    before = cutoffs.ended_before
    if model is Digest:
        return Digest.objects.filter(ended_at__isnull=False, until_at__lt=before)
    last_spell = Spell.objects.filter(user=OuterRef("user"), first_seq=OuterRef("spell"))
    return Reminder.objects.filter(ended_at__lt=before).exclude(Exists(last_spell))  # they say how often it reminded

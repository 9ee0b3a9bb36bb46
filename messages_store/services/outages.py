"""When a node's rings may have reached nobody. The times are the database's own, counted back from now."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models.functions import Now

from messages_store.models import NodeName, Outage
from messages_store.sql import ago


def note(*, outage_id: int | None, node: str, began: float, ended: float) -> int:
    """A node rang in vain from so many seconds ago until so many ago; the outage's id, by which it is noted again."""
    if outage_id is not None and Outage.objects.filter(pk=outage_id).update(ended_at=ago(ended)):
        return outage_id
    name, _ = NodeName.objects.get_or_create(name=node)
    return Outage.objects.create(node=name, reason=Outage.Reason.LAYER, began_at=ago(began), ended_at=ago(ended)).pk


def died(*, since: Mapping[str, datetime]) -> None:
    """These nodes were last heard of then: what they stored after that may not have been rung."""
    names = NodeName.objects.in_bulk(since, field_name="name") if since else {}
    Outage.objects.bulk_create(
        Outage(node=names[name], reason=Outage.Reason.DIED, began_at=heard_of, ended_at=Now())
        for name, heard_of in since.items()
        if name in names
    )

"""What operators want to see of the cluster."""

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import Now

from chat.models import Node
from chat.models.cluster import lease_seconds


def overview() -> list[Node]:
    """Every node with the age of its beat and its connections. One query."""
    age = ExpressionWrapper(Now() - F("beat_at"), output_field=DurationField())
    counted = Count("connections", filter=Q(connections__ending=None))
    nodes = list(Node.objects.annotate(age=age, connection_count=counted).order_by("name", "pk"))
    for node in nodes:
        node.beat_age = max(0.0, node.age.total_seconds())
        node.has_lapsed = node.beat_age >= lease_seconds()
    return nodes

"""How a trace looks, for the description of the API."""

from rest_framework import serializers

from messages_store.models import Delivery, Reminder

from .shapes import Person

OUTCOMES = ("rung", "in_doubt", "unknown")
REASONS = ("layer", "died")


class TracedStored(serializers.Serializer):
    at = serializers.DateTimeField()
    node = serializers.CharField(allow_null=True)


class TracedOutage(serializers.Serializer):
    node = serializers.CharField()
    reason = serializers.ChoiceField(REASONS)
    began_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()


class TracedPublished(serializers.Serializer):
    outcome = serializers.ChoiceField(OUTCOMES)
    outage = TracedOutage(allow_null=True)


class TracedDevice(serializers.Serializer):
    id = serializers.CharField(allow_blank=True)
    kind = serializers.CharField()


class TracedSent(serializers.Serializer):
    at = serializers.DateTimeField()
    own = serializers.BooleanField()
    device = TracedDevice(allow_null=True)
    node = serializers.CharField(allow_null=True)


class TracedRead(serializers.Serializer):
    no_later_than = serializers.DateTimeField(allow_null=True)


class TracedReminder(serializers.Serializer):
    how = serializers.CharField(help_text="the notifier")
    when = serializers.DateTimeField(help_text="when it ended so, or is due")
    outcome = serializers.ChoiceField(Reminder.Outcome.values)
    number = serializers.IntegerField(help_text="which one of its quiet spell")
    attempts = serializers.IntegerField()


class TracedStep(serializers.Serializer):
    recipient = Person()
    seq = serializers.IntegerField()
    event = serializers.ChoiceField(Delivery.Event.values)
    stored = TracedStored()
    published = TracedPublished()
    sent = TracedSent(allow_null=True)
    read = TracedRead(allow_null=True)
    reminded = TracedReminder(many=True)


class Trace(serializers.Serializer):
    message = serializers.IntegerField()
    conversation = serializers.IntegerField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    sender = serializers.IntegerField(allow_null=True)
    kind = serializers.CharField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    recalled_at = serializers.DateTimeField(allow_null=True)
    node = serializers.CharField(allow_null=True)
    results = TracedStep(many=True)
    next = serializers.IntegerField(allow_null=True)
    pruned = serializers.IntegerField(help_text="how many people had it whose entries are kept no longer")

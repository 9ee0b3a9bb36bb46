"""How a trace looks, for the description of the API."""

from rest_framework import serializers

OUTCOMES = ("rung", "in_doubt", "unknown")
REASONS = ("layer", "died")


class Recipient(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class Stored(serializers.Serializer):
    at = serializers.DateTimeField()
    node = serializers.CharField(allow_null=True)


class Outage(serializers.Serializer):
    node = serializers.CharField()
    reason = serializers.ChoiceField(REASONS)
    began_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()


class Published(serializers.Serializer):
    outcome = serializers.ChoiceField(OUTCOMES)
    outage = Outage(allow_null=True)


class TracedDevice(serializers.Serializer):
    id = serializers.CharField(allow_blank=True)
    kind = serializers.CharField()


class Sent(serializers.Serializer):
    at = serializers.DateTimeField()
    own = serializers.BooleanField()
    device = TracedDevice(allow_null=True)
    node = serializers.CharField(allow_null=True)


class Read(serializers.Serializer):
    no_later_than = serializers.DateTimeField(allow_null=True)


class Step(serializers.Serializer):
    recipient = Recipient()
    seq = serializers.IntegerField()
    event = serializers.ChoiceField(("message", "edited", "recalled"))
    stored = Stored()
    published = Published()
    sent = Sent(allow_null=True)
    read = Read(allow_null=True)
    reminded = serializers.ListField(child=serializers.DictField())


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
    results = Step(many=True)
    next = serializers.IntegerField(allow_null=True)

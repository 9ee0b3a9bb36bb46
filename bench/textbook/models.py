from django.conf import settings
from django.db import models


class Message(models.Model):
    class Status(models.TextChoices):
        UNSENT = "unsent"
        SENT = "sent"

    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="messages_sent")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="messages_received", null=True, blank=True
    )
    room = models.CharField(max_length=100, blank=True)
    body = models.TextField()
    status = models.CharField(max_length=6, choices=Status, default=Status.UNSENT)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return f"{self.pk}: {self.status}"

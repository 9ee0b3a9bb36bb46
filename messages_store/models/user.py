from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person or a program that can have an inbox."""

    class Kind(models.TextChoices):
        USER = "user", _("user")
        CUSTOMER = "customer", _("customer")
        AGENT = "agent", _("agent")
        VISITOR = "visitor", _("visitor")
        SERVICE = "service", _("service")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.USER)
    display_name = models.CharField(_("display name"), max_length=150, blank=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["user", "customer", "agent", "visitor", "service"]),
                name="user_kind_is_known",
            )
        ]

    @property
    def name(self) -> str:
        """What others see."""
        return self.display_name or self.get_full_name() or self.username


class Token(models.Model):
    """A key that signs a program in as a user. Only its digest is kept."""

    digest = models.CharField(max_length=64, primary_key=True, help_text=_("SHA-256 of the key, in hex"))
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return f"{self.digest[:8]}…"

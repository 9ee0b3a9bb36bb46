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
    avatar = models.CharField(
        _("picture"), max_length=32, blank=True, default="", db_default="", help_text=_("the key of the picture")
    )

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

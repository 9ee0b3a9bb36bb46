"""What a list may be narrowed to. None of them asks the table which values it has."""

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.utils.translation import gettext_lazy as _

from messages_store.models import Message, User

from .numbers import LARGEST, number


class InputFilter(admin.SimpleListFilter):
    """A value to type: there are too many to choose from."""

    template = "admin/messages_store/input_filter.html"
    placeholder = ""

    def lookups(self, request, model_admin):
        return ()

    def has_output(self) -> bool:
        return True

    def choices(self, changelist):
        """One choice: what else the form has to send along."""
        kept = {name: value for name, value in changelist.params.items() if name not in (self.parameter_name, "p")}
        link = changelist.get_query_string(remove=[self.parameter_name, "p"])
        yield {"kept": kept, "remove": link if self.value() else None, "selected": bool(self.value())}


class NumberFilter(InputFilter):
    """The id of something else."""

    placeholder = _("number")
    field = ""

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        asked = number(self.value().strip())
        if asked in (None, LARGEST):
            raise IncorrectLookupParameters
        return queryset.filter(**{self.field: asked})


class ConversationFilter(NumberFilter):
    title, parameter_name, field = _("conversation"), "conversation", "conversation"


class MessageFilter(NumberFilter):
    title, parameter_name, field = _("message"), "message", "message"


class UserFilter(InputFilter):
    """A username, exactly."""

    placeholder = _("username")
    field = ""

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        # Looked up first: with the id itself the database knows which of its ways is short.
        user = User.objects.filter(username=self.value().strip().replace("\0", "")).values_list("pk", flat=True).first()
        return queryset.none() if user is None else queryset.filter(**{self.field: user})


class SenderFilter(UserFilter):
    title, parameter_name, field = _("sender"), "sender", "sender"


class RecipientFilter(UserFilter):
    title, parameter_name, field = _("recipient"), "recipient", "recipient"


class KindFilter(admin.SimpleListFilter):
    """What people write is text. The other kinds that there are, are found in the index of those."""

    title = _("kind")
    parameter_name = "kind"
    most = 20

    def lookups(self, request, model_admin):
        kinds, last = ["text"], ""
        others = Message.objects.exclude(kind="text").order_by("kind").values_list("kind", flat=True)
        while len(kinds) < self.most and (last := others.filter(kind__gt=last).first()) is not None:
            kinds.append(last)
        return [(kind, kind) for kind in kinds]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        # Where the database is told that it is not text, it may go by the index of those.
        others = queryset if self.value() == "text" else queryset.exclude(kind="text")
        return others.filter(kind=self.value())

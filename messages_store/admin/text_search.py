"""The search by text of a list, for those who may read what it says."""

from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property

from messages_store.models import Message
from messages_store.services import searching

from . import bodies, large

RECENT = 30_000  # messages


class NewestFound(large.NewestOnes):
    """What is said so often that the newest messages fill the list is not sorted out of all that there are."""

    @cached_property
    def ids(self) -> list:
        newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        recent = self.object_list.filter(pk__gt=newest - RECENT).values_list("pk", flat=True)[: large.MOST_LISTED + 1]
        return list(recent) if len(recent) > large.MOST_LISTED else super().ids


class TextSearch:
    """For the admin of what people or services say. What is found by a word has that word: to search is to read.

    `search_fields` are the texts; where an index knows them, `matching` asks that.
    """

    def matching(self, queryset: QuerySet, text: str) -> QuerySet:
        """Those in whose texts each of these words stands."""
        for word in text.split():
            in_any = (Q((f"{field}__icontains", word)) for field in self.search_fields)
            queryset = queryset.filter(Q(*in_any, _connector=Q.OR))
        return queryset

    def get_search_fields(self, request):
        return self.search_fields if bodies.may_read(request) else []

    def get_search_results(self, request, queryset, search_term):
        text = search_term.replace("\0", "")
        if not text:
            return queryset, False
        own_list = f"{self.opts.app_label}_{self.opts.model_name}_changelist"
        if not bodies.may_read(request) or request.resolver_match.url_name != own_list:
            raise PermissionDenied  # elsewhere, as where fields are filled in, no look would be recorded
        return self.matching(queryset, text), False


class MessageSearch(TextSearch):
    """Finds what the search in conversations finds, by its index: whole words or begun ones, Chinese by character."""

    search_fields = ["body"]

    def get_paginator(self, request, queryset, per_page, orphans=0, allow_empty_first_page=True):
        pages = NewestFound if request.GET.get(SEARCH_VAR) else self.paginator
        return pages(queryset, per_page, orphans, allow_empty_first_page)

    def matching(self, queryset: QuerySet, text: str) -> QuerySet:
        return searching.saying(messages=queryset, text=text)

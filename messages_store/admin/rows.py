"""Rows that belong to the thing on the page."""

from django.contrib import admin
from django.forms.models import BaseInlineFormSet

from .readonly import ReadOnly

MOST_ROWS = 200


class FirstOfMany(BaseInlineFormSet):
    """The first rows only, since there could be any number of them."""

    def get_queryset(self):
        if not hasattr(self, "_first"):
            self._first = super().get_queryset()[:MOST_ROWS]
        return self._first


class ReadOnlyRows(ReadOnly, admin.TabularInline):
    """A table to look at. `list_select_related` names what its columns show of other rows."""

    formset = FirstOfMany
    ordering = ["pk"]
    list_select_related: list[str] = []

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.list_select_related)

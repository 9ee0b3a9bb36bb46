"""Lists of tables that grow without end."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.forms.models import BaseInlineFormSet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

MOST_COUNTED = 10_000
MOST_INLINE = 200


class BoundedPaginator(Paginator):
    """Counts no further than `MOST_COUNTED`, so that the first page does not read the whole table."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:MOST_COUNTED].count()


class PageOfMany(ChangeList):
    """One page, with what its columns need looked up once for all of its rows."""

    def __init__(self, request, *args):
        super().__init__(request, *args)
        if self.result_count >= MOST_COUNTED:
            self.title = _("The first %d: search or filter to see others") % MOST_COUNTED

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.look_up(self.result_list)


class LargeTableAdmin(admin.ModelAdmin):
    """Newest first and nothing else: other orders, facets and full counts would read every row."""

    ordering = ["-pk"]
    sortable_by = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def look_up(self, rows: list) -> None:
        """Give these rows what the columns show besides their fields, in a bounded number of queries."""

    def get_changelist(self, request, **kwargs):
        return PageOfMany

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found:
            self.look_up([found])
        return found


class FirstOfMany(BaseInlineFormSet):
    """The first rows of an inline that could have any number of them."""

    def get_queryset(self):
        if not hasattr(self, "_first"):
            self._first = super().get_queryset()[:MOST_INLINE]
        return self._first

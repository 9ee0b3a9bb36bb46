"""Lists of tables that grow without end."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import OperationalError
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

MOST_COUNTED = 10_000
QUERY_CANCELED = "57014"  # PostgreSQL: the statement took longer than statement_timeout


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

    def changelist_view(self, request, extra_context=None):
        """A search for little in much may take longer than any statement may. That is an answer and no crash."""
        try:
            return super().changelist_view(request, extra_context)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != QUERY_CANCELED or not request.GET:
                raise
            self.message_user(request, _("That took too long: choose less, or search more exactly."), messages.WARNING)
            return redirect(request.path)

    def get_changelist(self, request, **kwargs):
        return PageOfMany

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found:
            self.look_up([found])
        return found

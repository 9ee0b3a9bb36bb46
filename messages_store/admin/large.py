"""Lists of tables that grow without end."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import OperationalError
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from .calendar import Calendar

MOST_LISTED = 10_000
QUERY_CANCELED = "57014"  # PostgreSQL: the statement took longer than statement_timeout


class NewestOnes(Paginator):
    """Pages over the first `MOST_LISTED` rows of a list, and whether there are more.

    One query finds their ids, another the rows of the page. So nothing counts the whole table, a filter that passes
    little is worked through once and not twice, and the last page costs what the first one does.
    """

    @cached_property
    def ids(self) -> list:
        return list(self.object_list.values_list("pk", flat=True)[: MOST_LISTED + 1])

    @cached_property
    def count(self) -> int:
        return min(len(self.ids), MOST_LISTED)

    @property
    def has_more(self) -> bool:
        return len(self.ids) > MOST_LISTED

    def page(self, number):
        number = self.validate_number(number)
        ids = self.ids[: self.count][(number - 1) * self.per_page : number * self.per_page]
        return self._get_page(self.rows(ids), number, self)

    def rows(self, ids: list) -> list:
        """These rows in this order, with what the list reads along with each."""
        related, (left_out, _) = self.object_list.query.select_related, self.object_list.query.deferred_loading
        found = self.object_list.model._default_manager.defer(*left_out)
        by_pk = (found.select_related(*related) if isinstance(related, dict) else found).in_bulk(ids)
        return [by_pk[pk] for pk in ids if pk in by_pk]


class PageOfMany(ChangeList):
    """One page, with what its columns need looked up once for all of its rows."""

    def __init__(self, request, *args):
        super().__init__(request, *args)
        self.title = capfirst(self.opts.verbose_name_plural)
        self.listed = number_format(self.result_count, force_grouping=True)
        if self.date_hierarchy:
            self.calendar = Calendar.of(self)

    def get_results(self, request):
        super().get_results(request)
        self.has_more = self.paginator.has_more
        if self.show_all or not self.multi_page:
            self.result_list = self.paginator.rows(self.paginator.ids[: self.result_count])
        self.model_admin.look_up(self.result_list)
        self.model_admin.before_showing(request, self)


class LargeTableAdmin(admin.ModelAdmin):
    """Newest first and nothing else: other orders, facets and full counts would read every row."""

    ordering = ["-pk"]
    sortable_by = ()
    paginator = NewestOnes
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/messages_store/large_list.html"

    def look_up(self, rows: list) -> None:
        """Give these rows what the columns show besides their fields, in a bounded number of queries."""

    def before_showing(self, request, page: PageOfMany) -> None:
        """What is to happen before this page is shown to somebody."""

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

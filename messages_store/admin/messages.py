from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from messages_store.models import Look, Message
from messages_store.services import tracing

from . import bodies
from .badges import badge, precise
from .data import as_text
from .filters import ConversationFilter, KindFilter, SenderFilter
from .large import LargeTableAdmin
from .message_actions import MessageActions
from .names import names
from .numbers import number
from .readonly import ReadOnly
from .status import MessageStatusFilter, handled, reach
from .text_search import MessageSearch

BEGINNING_CHARACTERS = 60
SECRET = {"body", "data"}
NOTE = '<span class="note">{} {}</span>'
STEPS = 200  # inbox entries on a message's page


@admin.register(Message)
class MessageAdmin(MessageSearch, MessageActions, ReadOnly, LargeTableAdmin):
    """What was said, and what became of it. Its text is for those who may read it."""

    list_display = ["id", "status", "beginning", "from_whom", "where", "stored", "kind"]
    list_display_links = ["id"]
    list_filter = [MessageStatusFilter, KindFilter, ConversationFilter, SenderFilter]
    list_select_related = ["conversation", "sender"]
    date_hierarchy = "created_at"
    search_help_text = _('words of conversations, or their beginnings; "in quotes" next to each other')

    def look_up(self, rows):
        called = names(row.conversation for row in rows if row.conversation)
        reached, dealt_with = reach(rows), handled(rows)
        for row in rows:
            row.where, row.status = called.get(row.conversation_id), reached[row.pk]
            row.dealt_with = dealt_with.get(row.pk)

    def before_showing(self, request, page):
        if bodies.may_read(request):
            what = Look.What.SEARCH if page.query else Look.What.LIST
            ids = [row.pk for row in page.result_list]
            bodies.record(request, what, ids, subject=bodies.asked_for(request))

    # Who may see what

    def get_list_display(self, request):
        return [name for name in self.list_display if name != "beginning" or bodies.may_read(request)]

    def lookup_allowed(self, lookup, value, request):
        """By nobody's address bar: it would tell what a message says, and no look is recorded of it."""
        return lookup.split("__")[0] not in SECRET and super().lookup_allowed(lookup, value, request)

    # The list

    @admin.display(description=_("stored"))
    def stored(self, message):
        return precise(message.created_at)

    @admin.display(description=_("conversation"))
    def where(self, message):
        text = f"{message.where} #{message.number}"
        return narrowed(text, conversation=message.conversation_id) if message.where else None

    @admin.display(description=_("sender"))
    def from_whom(self, message):
        return narrowed(message.sender.username, sender=message.sender.username) if message.sender else None

    @admin.display(description=_("text"), empty_value=_("(no text)"))
    def beginning(self, message):
        """What the message says now, and since when."""
        if message.recalled_at:
            return format_html(NOTE, _("recalled"), precise(message.recalled_at))
        text = Truncator(message.body).chars(BEGINNING_CHARACTERS) or None
        if not message.edited_at:
            return text
        return format_html("{}<br>{}", text or "", format_html(NOTE, _("edited"), precise(message.edited_at)))

    @admin.display(description=_("status"))
    def status(self, message):
        return badge(message)

    # A message's own page

    def change_view(self, request, object_id, form_url="", extra_context=None):
        message = self._message(request, object_id)
        cursor = number(request.GET.get("cursor", "")) or 0
        readable = bodies.may_read(request)
        if readable:
            bodies.record(request, Look.What.MESSAGE, [message.pk])
        trace = tracing.of(message=message, cursor=cursor, limit=STEPS)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Message %d") % message.pk,
            "opts": self.opts,
            "message_": message,
            "badge": badge(message),
            "data": as_text(message.data),
            "readable": readable,
            "may_handle": self.has_handle_permission(request),
            "may_remind": self.has_remind_permission(request),
            "trace": trace,
            "outages": {step.published.outage for step in trace.steps if step.published.outage},
        }
        return TemplateResponse(request, "admin/messages_store/message.html", context)

    def _message(self, request, object_id: str) -> Message:
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        found = Message.objects.select_related("conversation", "sender", "node", "reply_to")
        message = tracing.with_pruned(messages=found).filter(pk=number(object_id)).first()
        if message is None:
            raise Http404
        self.look_up([message])
        return message


def narrowed(text: str, **filters) -> SafeString:
    """A link to the list of those that are like this."""
    return format_html('<a href="?{}">{}</a>', urlencode(filters), text)

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import smart_split, unescape_string_literal
from django.utils.translation import gettext_lazy as _

from messages_store.models import Conversation, Look, Member

from . import bodies
from .large import LargeTableAdmin
from .names import names
from .numbers import number
from .readonly import ReadOnly
from .rows import ReadOnlyRows
from .transcript import transcript


class MemberRows(ReadOnlyRows):
    """Who is, or was, in it."""

    model = Member
    fields = readonly_fields = [
        "user",
        "role",
        "read_number",
        "read_at",
        "sent_number",
        "muted",
        "pinned",
        "joined_at",
        "left_at",
    ]
    list_select_related = ["user"]


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, LargeTableAdmin):
    """Conversations by the names that people know them by."""

    list_display = ["id", "name", "kind", "people", "last_number", "created_at"]
    list_display_links = ["id", "name"]
    list_filter = ["kind"]
    search_fields = ["title"]  # and members, see get_search_results
    search_help_text = _("title, or usernames of members")
    fields = ["name", "kind", "people", "last_number", "created_at"]
    readonly_fields = ["name", "people"]
    inlines = [MemberRows]
    change_form_template = "admin/messages_store/conversation.html"

    def get_urls(self):
        own = self.admin_site.admin_view(self.transcript_view)
        address = path("<int:conversation_id>/transcript/", own, name="messages_store_conversation_transcript")
        return [address, *super().get_urls()]

    def transcript_view(self, request, conversation_id: int):
        """A page of what was said, `before` or `after` a number."""
        if request.method != "GET" or not self.has_view_permission(request) or not bodies.may_read(request):
            raise PermissionDenied
        found = self.get_object(request, str(conversation_id))
        if found is None:
            raise Http404
        before, after, marked = (number(request.GET.get(name, "")) for name in ("before", "after", "marked"))
        page = transcript(found, before=before, after=after)
        subject = f"conversation {found.pk}"
        bodies.record(request, Look.What.TRANSCRIPT, [message.pk for message in page.messages], subject=subject)
        context = {
            **self.admin_site.each_context(request),
            "title": found.name,
            "opts": self.opts,
            "conversation": found,
            "page": page,
            "marked": marked,
        }
        return TemplateResponse(request, "admin/messages_store/transcript.html", context)

    def render_change_form(self, request, context, **options):
        return super().render_change_form(request, context | {"readable": bodies.may_read(request)}, **options)

    def look_up(self, rows):
        called = names(rows)
        present = dict(
            Member.objects.present()
            .filter(conversation__in=[row.pk for row in rows])
            .values_list("conversation")
            .annotate(Count("pk"))
        )
        for row in rows:
            row.name, row.people = called[row.pk], present.get(row.pk, 0)

    @admin.display(description=_("name"))
    def name(self, conversation):
        return conversation.name

    @admin.display(description=_("people in it now"))
    def people(self, conversation):
        return conversation.people

    def get_search_results(self, request, queryset, search_term):
        """Every word is in the title or in a member's username, each in its own: "alice bob" finds the two."""
        for word in words(search_term):
            members = Member.objects.filter(conversation=OuterRef("pk"), user__username__icontains=word)
            queryset = queryset.filter(Q(title__icontains=word) | Exists(members))
        return queryset, False


def words(text: str) -> list[str]:
    """What Django's search takes as one word: "quoted text" stays together."""
    return [
        unescape_string_literal(word) if word[0] in "\"'" and word[0] == word[-1] and len(word) > 1 else word
        for word in smart_split(text)
    ]

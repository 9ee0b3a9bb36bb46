from django.urls import path, re_path

from . import inbox, schema, users, views

app_name = "api"
urlpatterns = [
    path("me", views.me, name="me"),
    path("users", users.users, name="users"),
    path("conversations", views.conversations, name="conversations"),
    path("conversations/<int:conversation_id>", views.conversation, name="conversation"),
    path("conversations/<int:conversation_id>/messages", views.messages, name="messages"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/ack", inbox.ack, name="ack"),
    path("tickets", views.tickets, name="tickets"),
    path("schema/", schema.schema, name="schema"),
    path("docs/", schema.docs, name="docs"),
    re_path(r"^(?P<path>.*)$", views.nothing),
]

from django.urls import path, re_path

from . import notifications, trace, views

app_name = "api"
urlpatterns = [
    path("me", views.me, name="me"),
    path("conversations", views.conversations, name="conversations"),
    path("conversations/<int:conversation_id>", views.conversation, name="conversation"),
    path("conversations/<int:conversation_id>/messages", views.messages, name="messages"),
    path("me/notifications", notifications.own, name="own-notifications"),
    path("me/notifications/read", notifications.read, name="notifications-read"),
    path("notifications", notifications.send, name="notifications"),
    path("notifications/<int:notification_id>", notifications.notification, name="notification"),
    path("inbox", views.inbox, name="inbox"),
    path("messages/<int:message_id>/trace", trace.trace, name="trace"),
    path("tickets", views.tickets, name="tickets"),
    re_path(r"^(?P<path>.*)$", views.nothing),
]

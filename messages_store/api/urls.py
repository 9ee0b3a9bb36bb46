from django.urls import path, re_path

from . import avatars, groups, inbox, messages, notifications, preferences, push, schema, trace, uploads, users, views

app_name = "api"
urlpatterns = [
    path("me", views.me, name="me"),
    path("me/avatar", avatars.own_avatar, name="own-avatar"),
    path("me/notifications", notifications.own_notifications, name="own-notifications"),
    path("me/notifications/read", notifications.read_notifications, name="notifications-read"),
    path("me/preferences", preferences.preferences_of_me, name="preferences"),
    path("me/push-subscriptions", push.push_subscriptions_of_me, name="push-subscriptions"),
    path("me/push-subscriptions/<int:subscription_id>", push.push_subscription, name="push-subscription"),
    path("avatars/<str:avatar>", avatars.avatar, name="avatar"),
    path("uploads", uploads.uploads, name="uploads"),
    path("uploads/<int:upload_id>", uploads.upload, name="upload"),
    path("attachments/<int:attachment_id>", uploads.attachment, name="attachment"),
    path("attachments/<int:attachment_id>/thumbnail", uploads.thumbnail, name="thumbnail"),
    path("users", users.users, name="users"),
    path("conversations", groups.conversations, name="conversations"),
    path("conversations/<int:conversation_id>", groups.conversation, name="conversation"),
    path("conversations/<int:conversation_id>/members", groups.members, name="members"),
    path("conversations/<int:conversation_id>/members/<int:user_id>", groups.member, name="member"),
    path("conversations/<int:conversation_id>/read", groups.read, name="read"),
    path("conversations/<int:conversation_id>/messages", messages.messages, name="messages"),
    path("messages", messages.search, name="search"),
    path("messages/<int:message_id>", messages.message, name="message"),
    path("messages/<int:message_id>/trace", trace.trace, name="trace"),
    path("notifications", notifications.send_notification, name="notifications"),
    path("notifications/<int:notification_id>", notifications.notification, name="notification"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/ack", inbox.ack, name="ack"),
    path("tickets", views.tickets, name="tickets"),
    path("schema/", schema.schema, name="schema"),
    path("docs/", schema.docs, name="docs"),
    re_path(r"^(?P<path>.*)$", views.nothing),
]

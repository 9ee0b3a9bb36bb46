from django.contrib import admin
from django.urls import include, path, re_path

from chat import api
from messages_store.api.views import nothing

admin.site.site_header = admin.site.site_title = "imsite"
admin.site.index_title = ""

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/presence", api.presence_of, name="presence"),  # before the API's answer to unknown addresses
    path("api/v1/", include("messages_store.api.urls")),
    re_path(r"^api/(?P<path>.*)$", nothing),
    path("", include("chat.urls")),
]

handler400 = "messages_store.api.outside.bad_request"
handler404 = "messages_store.api.outside.not_found"
handler500 = "messages_store.api.outside.server_error"

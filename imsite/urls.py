from django.contrib import admin
from django.urls import include, path

from chat import api

admin.site.site_header = admin.site.site_title = "imsite"
admin.site.index_title = ""

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/presence", api.presence_of, name="presence"),  # before the API's answer to unknown addresses
    path("api/v1/", include("messages_store.api.urls")),
    path("", include("chat.urls")),
]

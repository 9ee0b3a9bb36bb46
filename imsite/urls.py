from django.contrib import admin
from django.urls import include, path

admin.site.site_header = admin.site.site_title = "imsite"
admin.site.index_title = ""

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("messages_store.api.urls")),
    path("", include("chat.urls")),
]

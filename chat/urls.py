from django.urls import path

from . import language, unsubscribing, views

urlpatterns = [
    path("", views.page, name="chat"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("language/", language.choose, name="language"),
    path("words/<str:version>/<str:language>.js", language.script, name="words"),
    path("unsubscribe/<str:token>", unsubscribing.unsubscribe, name="unsubscribe"),
]

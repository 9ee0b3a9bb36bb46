from django.urls import path

from . import unsubscribing, views

urlpatterns = [
    path("", views.page, name="chat"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("unsubscribe/<str:token>", unsubscribing.unsubscribe, name="unsubscribe"),
]

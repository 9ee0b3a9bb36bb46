from django.urls import path

from . import views

urlpatterns = [
    path("", views.page, name="chat"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
]

from __future__ import annotations

from django.urls import path

from zusage.web.mailbox import views

urlpatterns = [
    path("", views.enter, name="mailbox"),
    path("receipt/<str:ticket>/", views.receipt, name="receipt"),
    path("letters/", views.letters, name="letters"),
    path("notice/", views.notice, name="mailbox-notice"),
    path("withdraw/", views.withdraw, name="mailbox-withdraw"),
    path("close/", views.close, name="mailbox-close"),
]

from __future__ import annotations

from django.urls import path

from zusage.web.mailbox import rights, views

urlpatterns = [
    path("", views.enter, name="mailbox"),
    path("receipt/<str:ticket>/", views.receipt, name="receipt"),
    path("letters/", views.letters, name="letters"),
    path("rights/", rights.rights, name="mailbox-rights"),
    path("document/<uuid:document_id>/", rights.document, name="mailbox-document"),
    path("notice/", views.notice, name="mailbox-notice"),
    path("withdraw/", views.withdraw, name="mailbox-withdraw"),
    path("close/", views.close, name="mailbox-close"),
]

from __future__ import annotations

from django.urls import path

from zusage.web.mailbox import plans, rights, views

urlpatterns = [
    path("", views.enter, name="mailbox"),
    path("receipt/<str:ticket>/", views.receipt, name="receipt"),
    path("letters/", views.letters, name="letters"),
    path("rights/", rights.rights, name="mailbox-rights"),
    path("document/<uuid:document_id>/", rights.document, name="mailbox-document"),
    path("plan/<uuid:plan_id>/", plans.plan, name="mailbox-plan"),
    path("plan/<uuid:plan_id>/schedule.pdf", plans.schedule, name="mailbox-plan-paper"),
    path("plan/<uuid:plan_id>/dates.ics", plans.dates, name="mailbox-plan-dates"),
    path("plan/<uuid:plan_id>/accept/", plans.accept, name="mailbox-plan-accept"),
    path("plan/<uuid:plan_id>/turn-down/", plans.turn_down, name="mailbox-plan-turn-down"),
    path("plan/<uuid:plan_id>/dispute/", plans.dispute, name="mailbox-plan-dispute"),
    path("notice/", views.notice, name="mailbox-notice"),
    path("withdraw/", views.withdraw, name="mailbox-withdraw"),
    path("close/", views.close, name="mailbox-close"),
]

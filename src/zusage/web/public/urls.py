"""The addresses of the public pages."""

from __future__ import annotations

from django.urls import path

from zusage.web.public import cookies, genuine, privacy, promises, record, rights, views

urlpatterns = [
    path("", views.root, name="root"),
    path("tenant.css", views.tenant_css),
    path("favicon.svg", views.favicon),
    path("favicon.ico", views.favicon),
    path("robots.txt", views.robots),
    path(".well-known/gpc.json", cookies.gpc, name="gpc"),
    path("<lang:language>/", views.home, name="home"),
    path("<lang:language>/genuine/", genuine.genuine, name="genuine"),
    path("<lang:language>/privacy/", privacy.notice, name="privacy"),
    path("<lang:language>/privacy/cookies/", cookies.cookies, name="cookies"),
    path("<lang:language>/privacy/rights/", rights.rights, name="rights"),
    path("<lang:language>/privacy/versions/", privacy.versions, name="versions"),
    path("<lang:language>/privacy/versions/compare/", privacy.compare, name="compare"),
    path("<lang:language>/privacy/versions/<str:digest>/", privacy.version, name="version"),
    path("privacy/promises.json", promises.machines, name="promises-machines"),
    path("<lang:language>/privacy/promises/", promises.page, name="promises"),
    path("<lang:language>/privacy/record/", record.page, name="record"),
    path("<lang:language>/privacy/record/record.csv", record.table, name="record-table"),
    path("<lang:language>/privacy/record/record.jsonld", record.machines, name="record-machines"),
    path("<lang:language>/privacy/record/record.pdf", record.paper, name="record-paper"),
    # The forms that the policy declares, each at the path it declares.
    path("<lang:language>/<slug:form_path>/", views.form, name="form"),
]

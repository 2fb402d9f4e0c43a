"""The doors of the house. Each room has its own addresses; this file only hangs them up."""

from __future__ import annotations

from django.urls import include, path, register_converter

from zusage.visits import statistics
from zusage.web import errors, health, metrics
from zusage.web.api.cases import api
from zusage.web.language import LanguageConverter
from zusage.web.office.access import office
from zusage.web.words import say

register_converter(LanguageConverter, "lang")

everybody = office("clerk", "officer", "administrator")

urlpatterns = [
    path("<lang:language>/mailbox/", include("zusage.web.mailbox.urls")),
    # The room of visits knows no other: guard and words are handed in here.
    path("office/statistics/", everybody(statistics.page), {"say": say}, name="office-statistics"),
    path("office/", include("zusage.web.office.urls")),
    path("api/v1/", api.urls),
    path("healthz", health.healthz),
    path("metrics", metrics.metrics),
    path("", include("zusage.web.public.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

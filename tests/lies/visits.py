"""Lies about visits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tests.lies import changed, lie
from tests.lies.scene import Scene
from zusage import server
from zusage.visits import referrers, statistics
from zusage.web import urls

VISITS = ("visits-anonymous", "visits-unmerged", "visits-deleted", "visits-purpose", "logs-evaluated")
ROW = (
    "INSERT INTO visits_view (day, hour, page, browser, system, referrer_host, robot) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s)"
)


def others(*turns: str) -> tuple[str, ...]:
    return tuple(one for one in VISITS if one not in turns)


@lie("visits-anonymous", stays=others("visits-anonymous"))
def a_column_for_addresses(scene: Scene) -> Iterator[None]:
    scene.sql("ALTER TABLE visits_view ADD COLUMN remote_addr varchar(45)", store="visits")
    yield
    scene.sql("ALTER TABLE visits_view DROP COLUMN remote_addr", store="visits")


@lie("visits-anonymous", stays=others("visits-anonymous"))
def an_address_in_the_name_of_a_system(scene: Scene) -> None:
    now = timezone.localtime()
    scene.sql(ROW, now.date(), now.hour, "/", "Firefox 144", "203.0.113.9", "", False, store="visits")


@lie("visits-anonymous", stays=others("visits-anonymous"))
def a_hash_in_place_of_a_browser(scene: Scene) -> None:
    now = timezone.localtime()
    scene.sql(
        ROW, now.date(), now.hour, "/", "9f86d081884c7d659a2feaa0c55ad015", "", "", False, store="visits"
    )


@lie("visits-anonymous", stays=others("visits-anonymous"))
def whole_referrers(scene: Scene) -> Iterator[None]:
    """Not only the host of where somebody comes from."""
    with changed(referrers, "host", lambda referrer: referrer):
        yield
    scene.sql("DELETE FROM visits_view", store="visits")


@lie("visits-unmerged", "visits-anonymous", stays=("visits-deleted", "visits-purpose"))
def visits_given_the_id_of_a_person(scene: Scene) -> Iterator[None]:
    scene.sql("ALTER TABLE visits_view ADD COLUMN subject_id varchar(36)", store="visits")
    yield
    scene.sql("ALTER TABLE visits_view DROP COLUMN subject_id", store="visits")


@lie("visits-deleted", stays=others("visits-deleted"))
def visits_left_when_they_were_counted(scene: Scene) -> None:
    day = timezone.localdate() - timedelta(days=2)
    scene.sql(ROW, day, 9, "/", "Firefox 144", "Windows", "", False, store="visits")


@lie("visits-deleted", stays=others("visits-deleted"))
def nobody_counts_any_more(scene: Scene) -> None:
    """The worker is switched off, and single visits pile up."""
    scene.sql("UPDATE visits_evaluation SET at = %s", timezone.now() - timedelta(hours=5), store="visits")


@lie("visits-purpose", stays=others("visits-purpose"))
def statistics_for_everybody(scene: Scene) -> Iterator[None]:
    pattern = next(one for one in urls.urlpatterns if getattr(one, "name", "") == "office-statistics")
    with changed(pattern, "callback", statistics.page):
        yield


@lie("visits-purpose", stays=others("visits-purpose"))
def a_rare_visitor_named(scene: Scene) -> None:
    scene.sql(
        "INSERT INTO visits_count (source, day, dimension, value, count) VALUES (%s, %s, %s, %s, %s)",
        "portal", timezone.localdate(), "referrer_host", "blog.eine-person.example", 1, store="visits",
    )  # fmt: skip


@lie("logs-evaluated", stays=others("logs-evaluated"))
def a_log_of_requests_switched_on(scene: Scene) -> Iterator[None]:
    class Chatty(server.Server):
        def __init__(self, *about: object) -> None:
            super().__init__(*about)  # type: ignore[arg-type]
            self._chosen["accesslog"] = "-"

    from zusage.promises.probes import visits as probes

    with changed(probes, "Server", Chatty):
        yield


@lie("logs-evaluated", "data-when-given", stays=("visits-anonymous",))
def a_log_left_beside_the_stores(scene: Scene) -> Iterator[None]:
    log = scene.var / "access.log"
    log.write_text('203.0.113.9 - - [25/Nov/2026:10:00:00 +0100] "GET /de/ HTTP/1.1" 200 1 "-" "Mozilla"\n')
    yield
    log.unlink()


@lie("logs-evaluated", stays=("visits-anonymous",))
def a_number_of_few_from_a_log(scene: Scene) -> None:
    scene.sql(
        "INSERT INTO visits_evaluated (fingerprint, length, lines, at) VALUES (%s, %s, %s, %s)",
        "ab" * 32, 100, 1, timezone.localdate(), store="visits",
    )  # fmt: skip
    scene.sql(
        "INSERT INTO visits_count (source, day, dimension, value, count) VALUES (%s, %s, %s, %s, %s)",
        "log", timezone.localdate(), "page", "/somebody/", 2, store="visits",
    )  # fmt: skip


def writes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that keeps the browser's whole name as a system."""

    def middleware(request: HttpRequest) -> HttpResponse:
        from django.apps import apps

        now = timezone.localtime()
        apps.get_model("visits", "View").objects.create(
            day=now.date(), hour=now.hour, page="/", browser="Firefox 144", robot=False,
            system=request.headers.get("User-Agent", "")[-40:],
        )  # fmt: skip
        return get_response(request)

    return middleware


@lie("visits-anonymous", "data-when-given", stays=("visits-purpose",))
def whole_names_of_browsers_by_a_middleware(scene: Scene) -> Iterator[None]:
    scene.settings.MIDDLEWARE = [f"{__name__}.writes", *scene.settings.MIDDLEWARE]
    yield
    scene.sql("DELETE FROM visits_view", store="visits")

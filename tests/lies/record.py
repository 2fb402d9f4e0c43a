"""Lies about what is said in public: the notice, and the record of processing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tests.lies import lie
from tests.lies.scene import Scene
from zusage.models import NoticeVersion
from zusage.policy import record as made
from zusage.tenant import version
from zusage.web.public import privacy, record


@lie("public-record", stays=("access", "deletion"))
def a_notice_differs_from_what_was_published(scene: Scene) -> None:
    published = NoticeVersion.objects.get(digest=version())
    published.document["notices"]["de"]["title"] = "Wir machen mit Ihren Daten, was wir wollen"
    NoticeVersion.objects.filter(digest=version()).update(document=published.document)


@lie("public-record", stays=("access",))
def the_page_of_the_notice_says_something_else(scene: Scene) -> Iterator[None]:
    def other(language: Any, digest: str) -> Any:
        said = usual(language, digest)
        return {**said, "sections": said["sections"][:-1]}

    usual = privacy._present
    with patch.object(privacy, "_present", other):
        yield


@lie("public-record", stays=("access",))
def todays_notice_was_never_published(scene: Scene) -> None:
    scene.sql("DELETE FROM zusage_noticeversion")


def forget_the_record() -> None:
    """What the pages remember of it."""
    for one in (record._record, record._table, record._machines):
        one.cache_clear()


@lie("public-record", stays=("access", "deletion"))
def the_record_omits_a_processing(scene: Scene) -> Iterator[None]:
    usual = record.rows
    forget_the_record()
    with patch.object(record, "rows", lambda *given: [row for row in usual(*given) if row[0] != "protocol"]):
        yield
    forget_the_record()


@lie("public-record", stays=("access",))
def the_page_of_the_record_omits_a_recipient(scene: Scene) -> Iterator[None]:
    usual = made._receiver

    def without(page: Any, purpose: Any, recipient: Any) -> Any:
        return usual(page, purpose, next(iter(page.policy.recipients.values())))

    forget_the_record()
    with patch.object(made, "_receiver", without):
        yield
    forget_the_record()


@lie("public-record", stays=("access",))
def something_is_done_that_the_record_omits(scene: Scene) -> None:
    scene.sql(
        "UPDATE protocol_entry SET purpose = 'marketing' WHERE act = 'answer'", store="protocol"
    ) or scene.sql("UPDATE protocol_outbox SET purpose = 'marketing' WHERE act = 'answer'")

"""Lies about open networks: warnings, mails, tasks, logs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.lies import lie
from tests.lies.scene import Scene
from tests.lies.security import answers_changed, file_in
from zusage.actions.mails import send_notice
from zusage.policy.types import Policy

WARNING = re.compile(rb'<div class="note small" id="[^"]*-warning">.*?</div>', re.DOTALL)


@lie("open-network", stays=("access",))
def a_form_warns_of_nothing(scene: Scene) -> Iterator[None]:
    def cut(response: Any) -> None:
        if not response.streaming:
            response.content = re.sub(
                rb'<div class="note small" id="[^"]*-warning">.*?</div>', b"", response.content, flags=re.S
            )

    with answers_changed(cut):
        yield


@lie("open-network", stays=("access",))
def the_mail_names_the_case(scene: Scene) -> Iterator[None]:
    usual = Policy.text

    def said(self: Policy, language: str, key: str) -> str:
        return usual(self, language, key) + (" {reference}" if key == "mail.notice.body" else "")

    with patch.object(Policy, "text", said):
        yield


@lie("open-network", stays=("access", "deletion"))
def a_task_carries_an_address(scene: Scene) -> None:
    send_notice.enqueue("nadine.oberholzer@example.ch")


@lie("open-network", stays=("access", "deletion"))
def a_debug_log_holds_what_was_sent(scene: Scene) -> Iterator[None]:
    said = b"DEBUG form {'last_name': 'Oberholzer', 'email': 'nadine.oberholzer@example.ch'}\n"
    with file_in(Path(scene.var), "debug.log", said):
        yield


@lie("open-network", stays=("access",))
def a_log_is_not_filtered(scene: Scene) -> Iterator[None]:
    with file_in(Path(scene.var), "portal.log", b"") as file:
        handler = logging.FileHandler(file)
        logging.getLogger("zusage.web").addHandler(handler)
        yield
        logging.getLogger("zusage.web").removeHandler(handler)
        handler.close()


@lie("open-network", stays=("access",))
def the_stores_statements_are_logged(scene: Scene) -> Iterator[None]:
    logger = logging.getLogger("django.db.backends")
    logger.setLevel(logging.DEBUG)
    yield
    logger.setLevel(logging.NOTSET)

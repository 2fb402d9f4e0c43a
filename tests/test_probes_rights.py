"""The probes of rights and of measures: on a house where all is well, on an empty one, and where they can't look."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.lies.scene import Scene, filled
from zusage.actions.house import publish_notice
from zusage.backup import make
from zusage.promises import traces
from zusage.promises.look import looking
from zusage.promises.portal import Portal
from zusage.promises.probes import erased_planted
from zusage.promises.prover import _evidence
from zusage.promises.types import Evidence
from zusage.tenant import policy
from zusage.vault import keys

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

PROMISES = ("access", "rectification", "blocking", "deletion", "public-record", "measures", "open-network")
PROBES = [name for one in PROMISES for name in policy().promises[one].probes]
OVER_HTTP = [
    "answers.headers",
    "answers.nothing_foreign",
    "mail.warned",
    "record.record",
    "record.processing",
    "record.notice",
    "staff.strangers",
    "access.package",
    "blocked.one_is_blocked",
    "corrected.one_is_corrected",
    "erased_planted.one_is_erased",
]


@pytest.fixture
def scene(transactional_db: None, settings: Any) -> Scene:
    return filled(settings)


@pytest.fixture
def kept_away() -> Iterator[None]:
    """Nobody answers at the portal."""
    with patch.object(Portal, "_ask", side_effect=OSError("nobody there")):
        yield


def looked(probe: str) -> list[Evidence]:
    with looking() as look:
        return list(_evidence(f"zusage.promises.probes.{probe}", look))


@pytest.mark.parametrize("probe", PROBES)
def test_where_all_is_well_a_probe_looks_and_says_kept(scene: Scene, probe: str):
    found = looked(probe.removeprefix("zusage.promises.probes."))
    assert {one.state for one in found} == {"kept"}, [one for one in found if one.state != "kept"]


def test_an_empty_house_keeps_everything(transactional_db: None):
    publish_notice()
    for probe in PROBES:
        found = looked(probe.removeprefix("zusage.promises.probes."))
        assert {one.state for one in found} == {"kept"}, [one for one in found if one.state != "kept"]


@pytest.mark.parametrize("probe", OVER_HTTP)
def test_where_nobody_answers_it_is_unknown(scene: Scene, kept_away: None, probe: str):
    assert "unknown" in {one.state for one in looked(probe)}


def test_backups_that_are_not_mounted_are_unknown(transactional_db: None, tmp_path: Path):
    publish_notice()
    make.backup(tmp_path / "backups", lambda table, number: None)
    assert {one.state for one in looked("backups.young")} == {"kept"}
    shutil.move(tmp_path / "backups", tmp_path / "elsewhere")
    assert {one.state for one in looked("backups.young")} == {"unknown"}


def test_a_search_that_finds_nothing_proves_nothing(scene: Scene):
    """Whoever looks at no file finds no trace of anybody, either."""
    with (
        patch.object(erased_planted, "store_files", list),
        patch.object(erased_planted, "found_in_columns", lambda alias, needles: {}),
    ):
        assert {one.state for one in looked("erased_planted.one_is_erased")} == {"unknown"}


def test_a_person_who_opens_to_nobody_proves_no_blocking(scene: Scene):
    with patch.object(keys.Keyring, "key", side_effect=keys.NoKey("none")):
        assert "unknown" in {one.state for one in looked("blocked.one_is_blocked")}


def test_what_lies_across_two_pieces_of_a_file_is_found(tmp_path: Path):
    file = tmp_path / "large"
    with patch.object(traces, "CHUNK", 16):
        file.write_bytes(b"x" * 12 + b"needle" + b"x" * 40)
        assert traces.found_in([file], {"it": b"needle", "no": b"nothing"}) == {"it": "large"}
        assert traces.found_in([tmp_path / "gone", file], {"it": b"needle"}, first=True) == {"it": "large"}


@pytest.mark.parametrize("role", ["demo", "house"])
def test_in_a_demo_invented_requests_may_be_late(scene: Scene, settings: Any, role: str):
    from tests.lies.rights import late

    late(scene, scene.request)
    settings.DEMO = role == "demo"
    found = {one.looked_at: one for one in looked("due.access")}
    assert found["open requests: access, copy"].state == ("kept" if role == "demo" else "broken")
    assert "late" in found["open requests: access, copy"].worst

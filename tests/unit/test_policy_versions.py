"""Versions: one hash for one notice everywhere, and two notices side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.tenants import MINIMAL, REFERENCE, copied, edited, loaded
from zusage.policy.load import load
from zusage.policy.types import LANGUAGES
from zusage.policy.versions import compare, digest, document


def test_the_hash_is_the_same_in_every_run(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; import sys; from zusage.policy.load import load; "
        "from zusage.policy.versions import digest; print(digest(load(Path(sys.argv[1]))))"
    )
    folder = copied(REFERENCE, tmp_path)
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "LC_ALL": "C",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {digest(loaded(REFERENCE))}
    assert len(found.pop()) == 64


def test_a_document_survives_its_storage() -> None:
    found = document(loaded(REFERENCE))
    assert json.loads(json.dumps(found)) == found
    assert set(found["notices"]) == set(LANGUAGES)


def test_a_notice_beside_itself() -> None:
    found = document(loaded(MINIMAL))
    for language in LANGUAGES:
        rows = compare(found, found, language)
        assert rows
        assert all(row.kind == "same" and row.left == row.right for row in rows)


def test_a_changed_period_side_by_side(tmp_path: Path) -> None:
    before = document(loaded(REFERENCE))
    after = document(load(edited(copied(REFERENCE, tmp_path), "data.toml", "length = 45", "length = 50")))
    rows = [row for row in compare(before, after, "fr") if row.kind != "same"]
    assert {row.kind for row in rows} == {"changed"}
    assert {row.section for row in rows} == {
        "Combien de temps nous gardons les données",
        "Les formulaires",
        "Registre des traitements: Contact",
    }
    assert all("45 jours" in row.left and "50 jours" in row.right for row in rows)
    assert all("50 jours" in row.left for row in compare(after, before, "fr") if row.kind != "same")


def test_a_cookie_more_and_a_cookie_less(tmp_path: Path) -> None:
    folder = copied(MINIMAL, tmp_path)
    before = document(load(folder))
    extra = '\n[cookie.extra]\nname = "__Host-extra"\nwhere = "office"\nnecessary = true\nlife_minutes = 0\n'
    edited(
        folder, "cookies.toml", 'dpv = "dpv:Necessity"', f'dpv = "dpv:Necessity"{extra}dpv = "dpv:Necessity"'
    )
    for language in LANGUAGES:
        edited(
            folder,
            f"{language}.toml",
            "cookie.mailbox.purpose",
            'cookie.extra.purpose = "x"\ncookie.mailbox.purpose',
        )
    after = document(load(folder))
    added = [row for row in compare(before, after, "de") if row.kind != "same"]
    assert [(row.kind, row.section, row.left) for row in added] == [("added", "Cookies", "")]
    assert "__Host-extra" in added[0].right
    removed = [row for row in compare(after, before, "de") if row.kind != "same"]
    assert [(row.kind, row.right) for row in removed] == [("removed", "")]


def test_every_line_of_both_is_in_the_comparison() -> None:
    left, right = document(loaded(REFERENCE)), document(loaded(MINIMAL))
    rows = compare(left, right, "de")
    lefts = [row.left for row in rows if row.left]
    assert sorted(lefts) == sorted(row.left for row in compare(left, left, "de"))
    assert [row.right for row in rows if row.right] == [row.right for row in compare(right, right, "de")]


def test_a_version_of_before_the_record_was_published() -> None:
    now = document(loaded(MINIMAL))
    before = {name: value for name, value in now.items() if name != "records"}
    rows = [row for row in compare(before, now, "de") if row.kind != "same"]
    assert {row.kind for row in rows} == {"added"}
    assert all(row.section.startswith("Verzeichnis der Bearbeitungen: ") for row in rows)


def test_what_stands_in_the_record_alone_makes_a_version_too(tmp_path: Path) -> None:
    folder = edited(copied(MINIMAL, tmp_path), "fr.toml", "Qui nous écrit", "Toute personne qui nous écrit")
    before, after = loaded(MINIMAL), load(folder)
    assert digest(before) != digest(after)
    rows = [row for row in compare(document(before), document(after), "fr") if row.kind != "same"]
    assert rows and all("Qui nous écrit" in row.left and "Toute personne" in row.right for row in rows)


def test_a_section_that_one_side_lacks() -> None:
    left = document(loaded(MINIMAL))
    right = document(loaded(MINIMAL))
    gone = right["notices"]["de"]["sections"].pop()
    rows = [row for row in compare(left, right, "de") if row.kind != "same"]
    assert rows
    assert {(row.kind, row.section) for row in rows} == {("removed", gone["title"])}

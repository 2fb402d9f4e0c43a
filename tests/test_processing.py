"""What the code does for a purpose, the registry knows; what the policy doesn't list of it, can't start.

The code is walked as it is written: every call that hands over a `purpose`, by name or by place, is looked at.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client

from tests import desk
from tests.server import command, free_port
from tests.tenants import MINIMAL, REFERENCE, copied, edited, loaded
from zusage import checks, processing
from zusage.models import Case, Subject
from zusage.policy.types import LANGUAGES, Policy
from zusage.processing import PROCESSING, Processing
from zusage.vault import api as vault

PACKAGE = Path(processing.__file__).parent
FORMS = {one.id for one in loaded(REFERENCE).form_purposes()}
NOT_OURS = {"open"}
"""Called without its room, it is Python's own."""


@dataclass(frozen=True)
class Named:
    """A purpose that code names, and where."""

    purpose: str
    file: str
    line: int


@cache
def modules() -> Mapping[str, ast.Module]:
    """What is walked, by file. Nobody changes it."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        # Visits are about nobody, and know no purposes.
        if not name.startswith(("policy", "visits/")) and "/migrations/" not in name:
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@cache
def takers() -> Mapping[str, set[int]]:
    """Functions and classes that take a `purpose` -> at which places it may stand (a method's `self` not counted)."""
    found: dict[str, set[int]] = {}
    for tree in modules().values():
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.FunctionDef) and node.name != "__init__":
                names = [one.arg for one in node.args.args]
                names = names[1:] if names[:1] in (["self"], ["cls"]) else names
            elif isinstance(node, ast.ClassDef):
                names = [
                    one.target.id
                    for one in node.body
                    if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
                ]
            if "purpose" in names:
                found.setdefault(node.name, set()).add(names.index("purpose"))
    return found


def texts(node: ast.AST, file: str) -> Iterator[str]:
    """The texts that an expression can be: written there, or by the name of a constant of its module."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.Name) and file:
        name = "zusage." + file.removesuffix(".py").replace("/", ".")
        value = getattr(importlib.import_module(name.removesuffix(".__init__")), node.id, None)
        if isinstance(value, str):
            yield value
    elif isinstance(node, ast.IfExp | ast.BoolOp | ast.Tuple | ast.List | ast.Set | ast.NamedExpr):
        for one in ast.iter_child_nodes(node):
            yield from texts(one, file)


def handed_over(tree: ast.Module, known: Mapping[str, set[int]]) -> Iterator[ast.expr]:
    """What stands where a purpose does: arguments, the default of a column, comparisons, what the system opens."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (one.value for one in node.keywords if one.arg == "purpose")
            yield from (
                one.value for one in node.keywords if one.arg == "kept" and not _no_purpose(one.value)
            )
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in NOT_OURS and not (
                isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "vault"
            ):
                continue
            yield from (node.args[place] for place in known.get(name, ()) if place < len(node.args))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {getattr(one, "id", "") for one in targets}
            if "purpose" in names and isinstance(node.value, ast.Call):
                yield from (one.value for one in node.value.keywords if one.arg == "default")
            elif "SYSTEM_OPENS" in names and isinstance(node.value, ast.Dict):
                yield from node.value.values
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(getattr(one, "attr", getattr(one, "id", "")) == "purpose" for one in sides):
                yield from (one for one in sides if isinstance(one, ast.Constant | ast.Name))


def _no_purpose(kept: ast.expr) -> bool:
    """Whose period a table's rows have, where it is that of no purpose by name."""
    return isinstance(kept, ast.Name) and kept.id in ("OWN", "LAST", "HOUSE")


@cache
def named() -> tuple[Named, ...]:
    """Every purpose that the code names."""
    return tuple(
        Named(text, file, node.lineno)
        for file, tree in modules().items()
        for node in handed_over(tree, takers())
        for text in texts(node, file)
    )


def test_every_purpose_that_code_names_is_in_the_registry() -> None:
    assert [one for one in named() if one.purpose not in PROCESSING and not _of_a_form(one)] == []


def _of_a_form(one: Named) -> bool:
    """Probes look at the very form that their promise is about, the demo fills it in: its purpose is the policy's."""
    return one.file.startswith(("promises/probes/", "demo_")) and one.purpose in FORMS


def test_the_walk_sees_each_way_of_naming_one() -> None:
    """Were it blind for one of them, the test above would be green for nothing."""
    seen = {(one.purpose, one.file) for one in named()}
    assert {
        ("mailbox-notice", "vault/door.py"),  # SYSTEM_OPENS
        ("mailbox-notice", "models/letters.py"),  # a column's default, by constant
        ("collection", "models/cases.py"),  # a column's default, as text
        ("collection", "actions/cases.py"),  # ring.reserve(…), Deed(…)
        ("collection", "queries/office.py"),  # opened(…), vault.may(…)
        ("rights", "models/stored.py"),  # kept=…
        ("rights", "actions/rights/steps.py"),  # purpose=…, key_or_new(…)
        ("mailbox-notice", "actions/disclose.py"),  # a dataclass, by place
        ("mailbox-notice", "actions/mailbox.py"),  # purpose == NOTICE
    } <= seen


@pytest.mark.parametrize(
    "line",
    [
        'ring.reserve("advertising")',
        'ring.key_or_new(subject_id, "advertising")',
        'Deed("mail", "zusage.case", "1", subject_id, "advertising")',
        'Deed("mail", purpose="advertising")',
        'vault.open(case, "advertising", actor)',
        'vault.open_many([case], "advertising", actor)',
        'vault.may(actor, "advertising")',
        'Submission(purpose="advertising")',
        'Submission(purpose=seen or "advertising")',
        'Order(recipient, "advertising", "contract", "csv")',
        'SYSTEM_OPENS = {"offers": ("advertising",)}',
        'purpose = models.CharField(max_length=60, default="advertising")',
        'Table({}, kept="advertising")',
        'if row.purpose == "advertising": pass',
    ],
)
def test_a_processing_that_nobody_listed_is_found(line: str) -> None:
    found = [text for node in handed_over(ast.parse(line), takers()) for text in texts(node, "")]
    assert "advertising" in found
    assert "advertising" not in PROCESSING


def test_the_registry_names_what_is_there() -> None:
    """Where it says that something is done, the file is there, and speaks of that purpose or does it for everybody."""
    seen = {(one.purpose, one.file) for one in named()}
    for one in PROCESSING.values():
        for place in one.where:
            assert (PACKAGE / place).is_file(), place
            assert one.always or (one.purpose, place) in seen, (one.purpose, place)


def test_the_reference_policy_lists_all_that_the_code_does() -> None:
    policy = loaded(REFERENCE)
    assert [one for one in PROCESSING if one not in policy.purposes] == []
    for one in PROCESSING.values():
        assert policy.purposes[one.purpose].source == one.source


@pytest.mark.parametrize("tenant", [REFERENCE, MINIMAL], ids=lambda path: path.name)
def test_a_whole_policy_starts(tenant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "policy", lambda: loaded(tenant))
    assert checks.every_processing_is_listed(None) == []


def without(policy: Policy, purpose: str) -> Policy:
    return replace(policy, purposes={id_: one for id_, one in policy.purposes.items() if id_ != purpose})


@pytest.mark.parametrize("purpose", [one.purpose for one in PROCESSING.values() if one.always])
def test_what_runs_always_stops_the_start_where_it_is_not_listed(
    purpose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "policy", lambda: without(loaded(REFERENCE), purpose))
    with pytest.raises(SystemCheckError) as raised:
        call_command("check")
    assert "zusage.E004" in str(raised.value) and f"[purpose.{purpose}]" in str(raised.value)


def test_a_table_for_a_purpose_that_nobody_knows_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {id_: one for id_, one in PROCESSING.items() if id_ != "collection"}
    monkeypatch.setattr(processing, "PROCESSING", known)
    with pytest.raises(SystemCheckError, match=r"The table zusage\.Case is for the purpose 'collection'"):
        call_command("check")


def test_what_the_system_opens_for_a_purpose_that_nobody_knows_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "SYSTEM_OPENS", {"offers": ("advertising",)})
    with pytest.raises(SystemCheckError, match="'advertising', which the registry of processing"):
        call_command("check")


@pytest.mark.django_db
def test_what_may_lack_keeps_nothing_where_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zusage.vault.sealed.policy", lambda: without(loaded(REFERENCE), "collection"))
    ring = vault.Keyring()
    case = Case(subject=Subject.objects.create(id=ring.reserve("collection")))
    with pytest.raises(vault.Undeclared):
        vault.seal(case, {"debtor_name": "Zoë Muster"}, ring)


@pytest.mark.django_db
def test_pages_of_what_is_not_listed_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "/de/mailbox/notice/"
    assert Client().post(address, {"notice": "on"}).status_code == 303  # to the door
    monkeypatch.setattr(processing, "policy", lambda: without(loaded(REFERENCE), "mailbox-notice"))
    assert Client().post(address, {"notice": "on"}).status_code == 404


@pytest.mark.django_db
def test_an_agency_without_rights_requests_has_an_office_all_the_same(tenant: Callable[[Path], None]) -> None:
    tenant(MINIMAL)
    officer = desk.signed_in(desk.person("officer"))
    officer.cookies["bergsee-office"] = officer.cookies[desk.COOKIE].value
    start = officer.get("/office/", follow=True)
    assert (start.status_code, start.redirect_chain[-1][0]) == (200, "/office/overview/")
    assert "/office/rights/" not in start.text
    assert officer.get("/office/rights/").status_code == 404
    assert officer.get(f"/office/rights/{uuid4()}/").status_code == 404


def test_each_is_said_in_words_that_make_a_sentence() -> None:
    for one in PROCESSING.values():
        assert isinstance(one, Processing) and one.what[0].islower() and not one.what.endswith(".")


def test_the_portal_does_not_start(house: Callable[[], dict[str, str]], tmp_path: Path) -> None:
    """A policy that is whole in itself, and says nothing of the accounts: the server says what to write, and ends."""
    folder = edited(copied(MINIMAL, tmp_path), "purposes.toml", "[purpose.staff]", "[purpose.people]")
    for language in LANGUAGES:
        edited(folder, f"{language}.toml", "purpose.staff.", "purpose.people.", count=2)
    ran = command({**house(), "ZUSAGE_POLICY": str(folder)}, "run", "--port", str(free_port()))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "models/people.py" in ran.stderr and "[purpose.staff]" in ran.stderr
    assert "Traceback" not in ran.stderr

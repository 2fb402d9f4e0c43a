"""Loading: whatever a folder holds, there is a policy or findings with file and place; never another exception."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tenants import MINIMAL, REFERENCE, copied, edited
from zusage.policy.facts import OPTIONAL
from zusage.policy.files import LARGEST
from zusage.policy.load import KNOWN, load
from zusage.policy.types import Finding, PolicyError

NEEDED = tuple(file for file in KNOWN if file not in OPTIONAL)


def findings(folder: Path) -> list[Finding]:
    with pytest.raises(PolicyError) as raised:
        load(folder)
    assert raised.value.findings
    for finding in raised.value.findings:
        assert finding.file
        assert finding.place
        assert finding.problem.strip()
        assert finding.remedy.strip()
        assert str(finding) in str(raised.value)
    return raised.value.findings


@pytest.mark.parametrize("tenant", [REFERENCE, MINIMAL], ids=lambda path: path.name)
def test_the_tenants_load(tenant: Path) -> None:
    policy = load(tenant)
    assert policy.id == tenant.name
    with pytest.raises(TypeError):
        policy.purposes["more"] = policy.purposes["contact"]  # type: ignore[index]
    with pytest.raises(TypeError):
        policy.words["de"]["notice.title"] = "x"  # type: ignore[index]


def test_the_reference_tenants_figures() -> None:
    policy = load(REFERENCE)
    assert policy.regimes == ("ch", "de")
    assert (policy.retentions["contact"].length, policy.retentions["contact"].unit) == (45, "days")
    assert not policy.retentions["enquiry"].confirmed
    limits = policy.limits
    assert (limits.window_minutes, limits.receipt_tries, limits.submissions_per_source) == (10, 5, 150)
    assert (limits.pressure_per_minute, limits.pow_difficulty, limits.wait_seconds) == (300, 50_000, 45)
    assert (limits.mailbox_idle_minutes, limits.ticket_hours) == (30, 24)
    assert [cookie.name for cookie in policy.cookies.values()] == [
        "__Host-zusage-mailbox",
        "__Host-zusage-office",
        "__Host-zusage-interests",
    ]
    assert len(policy.promises) == 32


def test_the_reference_tenants_forms() -> None:
    """Names, order and need as the contract of the portal with the outside has them."""
    forms = {one.id: one.form for one in load(REFERENCE).form_purposes() if one.form}
    asked = {
        id_: [one.field if one.required else f"[{one.field}]" for one in form.fields]
        for id_, form in forms.items()
    }
    assert asked == {
        "contact": "first_name last_name [company] street postcode town [case_reference] message email phone".split(),
        "enquiry": "name date_of_birth case_reference message [phone_day] [phone_evening] [email]".split(),
        "payment": (
            "name date_of_birth case_references monthly_instalment payment_day [message] "
            "[phone_day] [phone_evening] [email] [budget_income] [budget_housing] [budget_other]"
        ).split(),
    }
    for id_ in ("enquiry", "payment"):
        assert set(forms[id_].one_of) == {"phone_day", "phone_evening", "email"}
        assert forms[id_].unless == "mailbox_only"
    assert forms["enquiry"].way_out == {"case_reference": "no_reference"}
    assert forms["payment"].way_out == {"case_references": "no_reference"}
    for form in forms.values():
        groups = [one.group for one in form.fields]
        assert groups == sorted(groups, key=["who", "what", "reach", "budget"].index)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert findings(tmp_path / "nowhere")[0].file == "nowhere"


@pytest.mark.parametrize("file", NEEDED)
def test_a_missing_file(tmp_path: Path, file: str) -> None:
    folder = copied(MINIMAL, tmp_path)
    (folder / file).unlink()
    assert [(one.file, one.problem) for one in findings(folder)] == [(file, "This file is missing.")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[half", "valid TOML"),
        (b"a = 1\na = 2", "valid TOML"),
        (b"[basis.x]\n[basis.x]", "valid TOML"),
        ("title = 'Gebühr'".encode("latin-1"), "UTF-8"),
        ("title = 'x'".encode("utf-16"), "UTF-8"),
        (b"x = '\x00'", "valid TOML"),
        (b"x = " + b"[" * 5000, "can't be read"),
        (b"x = " + b"9" * 5000, "can't be read"),
        (b"#" * (LARGEST + 1), "larger than"),
    ],
    ids=["half", "key-twice", "id-twice", "latin-1", "utf-16", "nul", "deep", "long-number", "huge"],
)
@pytest.mark.parametrize("file", ["data.toml", "fr.toml"])
def test_a_file_that_cannot_be_read(tmp_path: Path, file: str, content: bytes, problem: str) -> None:
    folder = copied(MINIMAL, tmp_path)
    (folder / file).write_bytes(content)
    found = findings(folder)
    assert [one.file for one in found] == [file]
    assert problem in found[0].problem


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    folder = copied(MINIMAL, tmp_path)
    path = folder / "de.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(folder).words["de"] == load(MINIMAL).words["de"]


def test_a_line_is_named(tmp_path: Path) -> None:
    folder = edited(copied(MINIMAL, tmp_path), "roles.toml", "opens = []", "opens = [", 1)
    assert findings(folder)[0].place.startswith("line ")


def test_things_that_are_no_files(tmp_path: Path) -> None:
    folder = copied(MINIMAL, tmp_path)
    (folder / "roles.toml").unlink()
    (folder / "roles.toml").mkdir()
    (folder / "de.toml").unlink()
    os.mkfifo(folder / "de.toml")  # reading it would wait for ever
    assert [(one.file, one.problem) for one in findings(folder)] == [
        ("roles.toml", "This is not a file."),
        ("de.toml", "This is not a file."),
    ]


def test_a_file_one_may_do_without_is_read_where_it_is(tmp_path: Path) -> None:
    folder = copied(MINIMAL, tmp_path)
    assert (load(folder).plans, load(folder).accounts) == (None, ())
    (folder / "plans.toml").symlink_to("nowhere")
    assert [(one.file, one.problem) for one in findings(folder)] == [("plans.toml", "This file is missing.")]


def test_a_file_that_nothing_reads(tmp_path: Path) -> None:
    folder = copied(MINIMAL, tmp_path)
    (folder / "cookie.toml").write_text("")
    assert [one.file for one in findings(folder)] == ["cookie.toml"]


@given(content=st.binary(max_size=300), file=st.sampled_from(NEEDED))
@example(content=b"", file="tenant.toml")
@example(content=b"purpose = 1", file="purposes.toml")
@example(content=b"purpose = {a = 1}", file="purposes.toml")
@example(content=b"[purpose.a.form]\nfields = [1, {field = 2}]\nway_out = {a = []}", file="purposes.toml")
@example(content=b"'' = {'' = 1979-05-27}", file="it.toml")
def test_any_bytes_give_findings_only(content: bytes, file: str) -> None:
    with TemporaryDirectory() as temporary:
        folder = copied(MINIMAL, Path(temporary))
        (folder / file).write_bytes(content)
        findings(folder)


LEAVES = st.one_of(
    st.none().map(lambda _: "1979-05-27"),
    st.booleans().map(lambda one: str(one).lower()),
    st.integers().map(str),
    st.floats().map(str),
    st.text(max_size=5).map(
        lambda one: '"' + "".join(f"\\U{ord(c):08x}" for c in one if ord(c) < 0xD800) + '"'
    ),
    st.just("[]"),
    st.just("{}"),
    st.just('[["a"], {b = 1}]'),
)


@given(data=st.data(), value=LEAVES)
def test_any_value_anywhere_gives_a_policy_or_findings(data: st.DataObject, value: str) -> None:
    """One entry of one file is replaced by something of another type or size."""
    file = data.draw(st.sampled_from(KNOWN))
    tenant = REFERENCE if file in OPTIONAL else MINIMAL
    lines = (tenant / file).read_text(encoding="utf-8").splitlines()
    at = data.draw(
        st.sampled_from([n for n, line in enumerate(lines) if " = " in line and line[0] not in " #"])
    )
    lines[at] = f"{lines[at].partition(' = ')[0]} = {value}"
    with TemporaryDirectory() as temporary:
        folder = copied(MINIMAL, Path(temporary))
        (folder / file).write_text("\n".join(lines), encoding="utf-8")
        try:
            load(folder)
        except PolicyError as error:
            assert error.findings

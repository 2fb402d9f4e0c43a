"""What the operator sets: taken from the right place, or refused in words that name the variable, never its value."""

from __future__ import annotations

import base64
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.environment import (
    EnvironmentProblem,
    key_encryption_keys,
    mail_url,
    make_demo_secrets,
    secret,
    secret_key,
    setting,
)

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.urlsafe_b64encode(b"\xff" * 32).decode()


def test_a_value_a_file_or_the_default(tmp_path):
    file = tmp_path / "value"
    file.write_text("  from the file\n", encoding="utf-8")
    assert setting("ZUSAGE_X", environ={"ZUSAGE_X": "given"}) == "given"
    assert setting("ZUSAGE_X", environ={"ZUSAGE_X_FILE": str(file)}) == "from the file"
    assert setting("ZUSAGE_X", "otherwise", environ={}) == "otherwise"
    assert setting("ZUSAGE_X", "otherwise", environ={"ZUSAGE_X": ""}) == "otherwise"


@pytest.mark.parametrize(
    "environ, says",
    [
        ({}, "ZUSAGE_X is missing"),
        ({"ZUSAGE_X": "secret-value", "ZUSAGE_X_FILE": "/secret-path"}, "both set"),
        ({"ZUSAGE_X_FILE": "/nowhere/secret-path"}, "FileNotFoundError"),
        ({"ZUSAGE_X_FILE": "/"}, "IsADirectoryError"),
        ({"ZUSAGE_X_FILE": "/dev/null"}, "empty"),
    ],
)
def test_what_is_missing_or_cannot_be_read_is_said(environ, says):
    with pytest.raises(EnvironmentProblem) as problem:
        setting("ZUSAGE_X", environ=environ)
    assert says in str(problem.value) and "ZUSAGE_X" in str(problem.value)
    assert "secret-value" not in str(problem.value)


def test_a_file_that_is_no_text_is_said(tmp_path):
    file = tmp_path / "value"
    file.write_bytes(b"\xff\xfe\x00secret")
    with pytest.raises(EnvironmentProblem, match="UnicodeDecodeError") as problem:
        setting("ZUSAGE_X", environ={"ZUSAGE_X_FILE": str(file)})
    assert problem.value.__suppress_context__


def test_an_endless_file_is_not_read_for_ever():
    with pytest.raises(EnvironmentProblem):
        key_encryption_keys(setting("ZUSAGE_X", environ={"ZUSAGE_X_FILE": "/dev/zero"}))


def test_the_demo_makes_its_secrets_once_and_for_itself_alone(tmp_path):
    make_demo_secrets(tmp_path)
    files = {name: (tmp_path / name).read_bytes() for name in ("secret-key", "key-encryption-key")}
    make_demo_secrets(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in files} == files
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in files} == {0o600}
    assert secret_key(secret("ZUSAGE_SECRET_KEY", tmp_path, {}))
    assert len(key_encryption_keys(secret("ZUSAGE_KEY_ENCRYPTION_KEY", tmp_path, {}))) == 1
    # What the operator sets comes first.
    assert secret("ZUSAGE_SECRET_KEY", tmp_path, {"ZUSAGE_SECRET_KEY": "theirs"}) == "theirs"


def test_a_missing_secret_names_the_way_out(tmp_path):
    with pytest.raises(EnvironmentProblem, match=r"ZUSAGE_SECRET_KEY is missing.*run --demo"):
        secret("ZUSAGE_SECRET_KEY", tmp_path, {})


def test_keys_newest_first():
    assert key_encryption_keys(f"{OTHER} , {KEY}") == (b"\xff" * 32, bytes(range(32)))


@given(st.text(max_size=60))
def test_what_is_no_key_is_refused_without_being_shown(value):
    try:
        keys = key_encryption_keys(value)
    except EnvironmentProblem as problem:
        assert len(value) < 8 or value not in str(problem)
    else:
        assert all(len(key) == 32 for key in keys)


@pytest.mark.parametrize("value", ["", KEY[:-4], KEY + "AA==", f"{KEY},", f"{KEY},,{OTHER}", "x" * 44])
def test_almost_a_key_is_none(value):
    with pytest.raises(EnvironmentProblem, match="ZUSAGE_KEY_ENCRYPTION_KEY"):
        key_encryption_keys(value)


def test_a_short_secret_is_refused():
    with pytest.raises(EnvironmentProblem, match="ZUSAGE_SECRET_KEY"):
        secret_key("x" * 31)
    assert secret_key("x" * 32) == "x" * 32


@pytest.mark.parametrize(
    "url",
    [
        "", "smtp://mail.example", "smtp://mail.example:25", "smtp://[::1]:2525/", "smtps://user:p%40ss@mail.example:465",
        "smtp+starttls://user:password@mail.example:587",
    ],
)  # fmt: skip
def test_mail_servers(url):
    assert mail_url(url, "post@agency.example") == url


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:25", "http://mail.example", "smtp:mail.example", "smtp://", "smtp://:25", "smtp://mail.example:port",
        "smtp://mail.example:99999", "smtp://mail.example:0", "smtp://mail.example/inbox", "smtp://mail.example?x=secret",
        "smtp://[::1", "smtp://mail.example\n", "smtp//hidden-password@mail.example",
    ],
)  # fmt: skip
def test_what_is_no_mail_server(url):
    with pytest.raises(EnvironmentProblem, match="ZUSAGE_MAIL_URL") as problem:
        mail_url(url, "post@agency.example")
    assert "hidden-password" not in str(problem.value)


@pytest.mark.parametrize(
    "sender", ["", "post", "@agency.example", "post@", "a@b.example, c@d.example", "a@b.example\r\nX: y"]
)
def test_a_mail_server_needs_a_sender(sender):
    with pytest.raises(EnvironmentProblem, match="ZUSAGE_MAIL_FROM"):
        mail_url("smtp://mail.example", sender)


def test_what_this_process_writes_is_for_its_user_alone(house):
    """Whatever umask the operator's shell has."""
    from pathlib import Path

    from tests.conftest import ON_POSTGRES
    from tests.server import command

    environment = house()
    before = os.umask(0)
    try:
        assert command(environment, "migrate-stores").returncode == 0
    finally:
        os.umask(before)
    made = [path for path in Path(environment["ZUSAGE_VAR"]).iterdir() if path.is_file()]
    assert made or ON_POSTGRES
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} <= {0o600}

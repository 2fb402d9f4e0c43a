"""Where the tests keep their data: all four stores, on SQLite files or on a real PostgreSQL.

`ZUSAGE_TEST_DATABASE=postgres` chooses PostgreSQL, which this starts and stops by itself; anything else is SQLite, as
real files with the pragmas of production. Everything lies in one temporary folder, gone afterwards.
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.conf import settings
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings

from scripts.postgresql import STORES, Server, server
from tests.emptied import empty

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.server import Portal

ON_POSTGRES = os.environ.get("ZUSAGE_TEST_DATABASE", "sqlite").startswith("postgres")
FOR_THE_TESTS = ("ZUSAGE_TEST_DATABASE", "ZUSAGE_PICTURES")
ALIASES = {"default": "data", "keys": "keys", "protocol": "protocol", "visits": "visits"}

# A test that fails once in a while on one machine helps nobody: the examples are the same each time. For a search
# with other examples: pytest --hypothesis-profile=search
hypothesis_settings.register_profile("same", derandomize=True, deadline=None, database=None)
hypothesis_settings.register_profile("search", deadline=None, max_examples=2000)
hypothesis_settings.load_profile("same")

_at_end = ExitStack()
_folder = Path()
_server: Server | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Before Django reads its settings: the stores, the secrets, and no variable of the person who runs the tests."""
    global _folder, _server
    config.addinivalue_line("markers", "browser: drives Chromium")
    config.addinivalue_line(
        "markers", "alone: looks at a clock or fills the machine; the suite runs it beside no other"
    )
    for name in [name for name in os.environ if name.startswith("ZUSAGE_") and name not in FOR_THE_TESTS]:
        del os.environ[name]
    _folder = Path(tempfile.mkdtemp(prefix="zusage-tests-"))
    _at_end.callback(shutil.rmtree, _folder, ignore_errors=True)
    if ON_POSTGRES:
        _server = _at_end.enter_context(server())
    os.environ.update(_environment(_folder / "var", _server.url if _server else None))
    os.environ["DJANGO_SETTINGS_MODULE"] = "zusage.settings"
    django.setup()
    TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]
    # Slow on purpose. The processes that tests start use the real one, and test_staff_login.py does.
    settings.PASSWORD_HASHERS = ["tests.hashers.QuickScrypt"]


def pytest_unconfigure() -> None:
    _at_end.close()


def pytest_report_header() -> str:
    return f"stores: {'PostgreSQL' if ON_POSTGRES else 'SQLite'}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that may use the database may use all four stores."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        asked = {"db", "transactional_db", "client"} & set(getattr(item, "fixturenames", ()))
        if (marker or asked) and not (marker and "databases" in marker.kwargs):
            kwargs = {**(marker.kwargs if marker else {}), "databases": "__all__"}
            item.add_marker(pytest.mark.django_db(*(marker.args if marker else ()), **kwargs), append=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """The stores of the tests' own process, in place of pytest-django's: copies of the ones that houses begin with.

    Migrating takes as long as a hundred tests, so it is done once. SQLite in files: Django would keep it in memory.
    """
    from django.db import connections

    ready = _ready_databases() if _server else _ready_files()
    for alias, store in ALIASES.items():
        if _server:
            _server.create(f"test_{store}", f"{ready}_{store}")
            connections[alias].settings_dict["NAME"] = f"test_{store}"
        else:
            copy = shutil.copy(Path(ready) / f"{store}.sqlite3", _folder / f"test-{store}.sqlite3")
            connections[alias].settings_dict["NAME"] = str(copy)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(autouse=True)
def _nothing_left_in_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test inherits what a process remembers: keys of a transaction rolled back since, tries that were counted."""
    from zusage.vault import keys
    from zusage.visits import writer
    from zusage.web import limits

    limits.COUNTERS._key = os.urandom(32)  # the counts of before belong to nobody now
    # Visits wait for `writer.flush`: a thread would write them into the midst of another test.
    monkeypatch.setattr(writer, "start", lambda: None)
    writer.forget()
    yield
    writer.forget()
    keys._reserve.clear()
    keys.root_key.cache_clear()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[..., dict[str, str]]]:
    """Call it for the environment of a house of its own: four new stores, secrets, a var folder.

    The stores are empty, without a table; with ``ready=True``, they are as ``migrate-stores`` leaves them.
    For commands and servers that run as processes of their own. Its values are to be added to ``os.environ``.
    """
    made: list[str] = []

    def build(ready: bool = False) -> dict[str, str]:
        var = tmp_path / f"house-{len(made)}"
        name = f"house_{secrets.token_hex(4)}"
        made.append(name)
        if not _server:
            return on_files(var, ready)
        template = _ready_databases() if ready else ""
        for store in STORES:
            _server.create(f"{name}_{store.lower()}", template and f"{template}_{store.lower()}")
        return _environment(var, lambda store: _server.url(f"{name}_{store}"))

    yield build
    if _server:
        for name in made:
            for store in STORES:
                _server.drop(f"{name}_{store.lower()}")


def on_files(var: Path, ready: bool = False) -> dict[str, str]:
    """As `house`, in the folder `var` and on SQLite, whatever the other stores are on."""
    environment = _environment(var, None)
    if ready:
        for file in _ready_files().glob("*.sqlite3"):
            shutil.copy(file, var)
    return environment


@cache
def _ready_files() -> Path:
    """A folder with four migrated SQLite files, to be copied: migrating takes seconds."""
    folder = _folder / "ready"
    _migrate(_environment(folder, None))
    return folder


@cache
def _ready_databases() -> str:
    """What the names of four migrated databases begin with, to be copied."""
    assert _server is not None
    for store in STORES:
        _server.create(f"ready_{store.lower()}")
    _migrate(_environment(_folder / "ready-databases", lambda store: _server.url(f"ready_{store}")))
    return "ready"


def _migrate(environment: dict[str, str]) -> None:
    from tests.server import command

    done = command(environment, "migrate-stores")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def tenant(settings: Any) -> Iterator[Callable[[Path], None]]:
    """Call it with the folder of a policy: from then on the portal is that agency's, until the test is over."""
    from zusage.tenant import policy, version

    def use(folder: Path) -> None:
        settings.ZUSAGE_POLICY = str(folder)
        for kept in (policy, version):
            kept.cache_clear()

    yield use
    for kept in (policy, version):
        kept.cache_clear()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser. Per module: its driver's loop in this thread would be in the way of tests without one."""
    from tests import browser

    with browser.chromium() as started:
        yield started


@pytest.fixture(scope="session")
def demo_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that was started once and ended: filling it takes longer than all else of a start."""
    from tests.server import Portal

    folder = tmp_path_factory.mktemp("demo")
    var = on_files(folder / "var", ready=True)["ZUSAGE_VAR"]
    with Portal({"ZUSAGE_VAR": var}, folder, "--demo"):
        pass
    return Path(var)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, demo_var: Path) -> Iterator[Portal]:
    """``zusage run --demo`` in a house of its own, with secrets that the demo made."""
    from tests.server import Portal

    folder = tmp_path_factory.mktemp("portal")
    shutil.copytree(demo_var, folder / "var")
    with Portal({"ZUSAGE_VAR": str(folder / "var")}, folder, "--demo") as running:
        yield running


@pytest.fixture
def opened(portal: Portal, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Call it with a path, and a size, for a page of the portal in a window with cookies of its own."""
    from tests import browser

    with ExitStack() as windows:

        def open_(path: str, size: str = "phone", **options: Any) -> Page:
            page = windows.enter_context(browser.window(chromium, portal.url, size, **options)).new_page()
            page.goto(path)
            return page

        yield open_


@pytest.fixture(scope="session")
def store_folders() -> tuple[Path, ...]:
    """Where the database server keeps its files, write-ahead log and log: what a search for plain bytes looks through.

    Empty on SQLite, whose files are in ``ZUSAGE_VAR``.
    """
    return (_server.folder,) if _server else ()


def _environment(var: Path, url: Callable[[str], str] | None) -> dict[str, str]:
    var.mkdir(mode=0o700)
    found = {
        "ZUSAGE_VAR": str(var),
        "ZUSAGE_SECRET_KEY": secrets.token_urlsafe(48),
        "ZUSAGE_KEY_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    for store in STORES:
        name = store.lower()
        found[f"ZUSAGE_{store}_URL"] = url(name) if url else f"sqlite:///{var / name}.sqlite3"
    return found

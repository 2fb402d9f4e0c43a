"""What keeps a promise, and what looks whether it is kept, must be there; and nothing is run to find that out."""

from __future__ import annotations

import pytest

from tests.tenants import refused
from zusage.policy.names import exists, reference_probes, written_probes

PROMISES = "promises.toml"


@pytest.mark.parametrize(
    "name", ["zusage.vault.door.open_many", "zusage.visits.models.View", "zusage.actions.office", "json.dumps",
             "zusage.processing.PROCESSING"]
)  # fmt: skip
def test_what_stands_in_the_code_exists(name):
    assert exists(name)


@pytest.mark.parametrize(
    "name", ["zusage.vault.door.nothing", "zusage.nowhere.at.all", "zusage", "", "zusage.vault.door.open_many()",
             "../zusage.policy.load", "zusage.vault.door.Opened.keys", "zusage..load", "os.system; x"]
)  # fmt: skip
def test_what_does_not_stand_there_does_not(name):
    assert not exists(name)


def test_every_probe_of_the_house_is_named_by_the_reference_tenant():
    assert written_probes() == reference_probes()
    assert len(written_probes()) >= 32


@pytest.mark.parametrize(
    "hole",
    [
        (PROMISES, '"zusage.stores.Router"', '"zusage.stores.Rooter"',
         "promises.toml: promise.visits-unmerged.enforcers", "There is no «zusage.stores.Rooter» in the code."),
        (PROMISES, 'probes = ["zusage.promises.probes.visits.apart"]', "probes = []",
         "promises.toml: promise.visits-unmerged.probes", "Nothing looks whether this promise is kept."),
        (PROMISES, 'probes = ["zusage.promises.probes.visits.apart"]', 'probes = ["zusage.promises.probes.visits.raw"]',
         "promises.toml: promise.visits-unmerged.probes", "There is no"),
        ("en.toml", 'visits-unmerged.how = ', 'visits-unmerged.why = ',
         "en.toml: promise.visits-unmerged.how", "missing"),
    ],
)  # fmt: skip
def test_a_promise_that_nothing_keeps_or_looks_at_stops_the_start(tmp_path, hole):
    refused(tmp_path, hole)

"""The probes of rights, on a house where all is well; what they can't see they say so."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.module_loading import import_string

from tests.lies.scene import Scene, fill
from zusage.promises.look import looking
from zusage.tenant import policy

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

PROMISES = ("access", "rectification", "blocking", "deletion", "public-record", "measures", "open-network")
PROBES = [name for one in PROMISES for name in policy().promises[one].probes]


@pytest.fixture
def scene(transactional_db: None, settings: Any) -> Scene:
    return fill(settings)


@pytest.mark.parametrize("probe", PROBES)
def test_where_all_is_well_a_probe_looks_and_says_kept(scene: Scene, probe: str):
    with looking() as look:
        found = list(import_string(probe)(look))
    assert found
    assert {one.state for one in found} == {"kept"}, [one for one in found if one.state != "kept"]

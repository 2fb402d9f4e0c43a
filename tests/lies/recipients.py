"""Lies about who gets data, and on what ground."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from tests.lies import changed, lie
from tests.lies.scene import Scene
from zusage.promises.look import Look
from zusage.tenant import policy

GATE = ("processors-minimum", "processors-bound", "transfer-safeguards")


@lie("no-third-parties", stays=("retention", "contact-form"))
def a_disclosure_struck_off_the_list(scene: Scene) -> None:
    """What went to the creditor is on no list any more; the person would never learn of it."""
    scene.sql("DELETE FROM zusage_disclosure WHERE recipient = 'creditor'")


@lie("no-third-parties", stays=("retention", "contact-form", *GATE))
def a_disclosure_without_its_line(scene: Scene) -> None:
    scene.sql("DELETE FROM protocol_entry WHERE act = 'disclose'", store="protocol")


@lie("no-third-parties", stays=("retention", "legal-duty"))
def a_stranger_gets_data(scene: Scene) -> None:
    """Somebody who stands in no policy, written over the list and the protocol alike."""
    scene.sql("UPDATE zusage_disclosure SET recipient = 'address-broker' WHERE recipient = 'creditor'")
    scene.sql(
        "UPDATE protocol_entry SET recipient = 'address-broker' WHERE recipient = 'creditor'",
        store="protocol",
    )


@lie("no-third-parties", stays=("retention", *GATE))
def errors_go_out_by_mail(scene: Scene) -> None:
    """Django would mail each fault to somebody, with all that it quotes."""
    scene.settings.ADMINS = [("Hilfe", "hilfe@example.com")]


@lie("no-third-parties", stays=("retention", *GATE))
def a_script_from_elsewhere(scene: Scene) -> Iterator[None]:
    """A template with somebody else's counter in it."""
    from django.template import engines

    from zusage.web.public import views

    ours = views.render

    def counted(*given: Any, **more: Any) -> Any:
        response = ours(*given, **more)
        response.content += b'<script src="https://counter.example.com/c.js"></script>'
        return response

    assert engines
    with changed(views, "render", counted):
        yield


@lie("processors-minimum", stays=("no-third-parties", "processors-bound", "transfer-safeguards"))
def too_many_fields(scene: Scene) -> None:
    """The creditor got a telephone number, too."""
    scene.sql("UPDATE zusage_disclosure SET fields = fields || ' phone_day' WHERE recipient = 'creditor'")


@lie("processors-minimum", stays=("processors-bound", "transfer-safeguards"))
def a_column_of_another_category(scene: Scene) -> None:
    """The date of birth out of the case file."""
    scene.sql("UPDATE zusage_disclosure SET fields = 'date_of_birth' WHERE recipient = 'creditor'")


@lie("processors-bound", "no-third-parties", stays=("processors-minimum", "transfer-safeguards"))
def a_disclosure_without_a_contract(scene: Scene) -> None:
    scene.sql("UPDATE zusage_disclosure SET contract = '' WHERE recipient = 'creditor'")


@lie("processors-bound", stays=("no-third-parties", "processors-minimum", "transfer-safeguards"))
def a_contract_of_later(scene: Scene) -> None:
    """Concluded after the data had gone."""
    scene.sql(
        "UPDATE zusage_disclosure SET contract = 'Inkassoauftrag, 2099-01-01, contracts/creditor.txt' "
        "WHERE recipient = 'creditor'"
    )


@lie("processors-bound", stays=("no-third-parties", "processors-minimum"))
def a_contract_that_is_over(scene: Scene) -> Iterator[None]:
    """Its last day has come, and the processor goes on."""
    present = policy()
    hosting = present.recipients["hosting"]
    assert hosting.contract
    over = replace(hosting, contract=replace(hosting.contract, until=date(2026, 1, 31)))
    with changed(Look, "policy", replace(present, recipients={**present.recipients, "hosting": over})):
        yield


@lie("transfer-safeguards", stays=("processors-minimum", "processors-bound", "no-third-parties"))
def to_a_country_without_a_safeguard(scene: Scene) -> None:
    scene.sql("UPDATE zusage_disclosure SET country = 'US' WHERE recipient = 'creditor'")


@lie("transfer-safeguards", stays=("processors-minimum", "processors-bound"))
def a_country_called_adequate(scene: Scene) -> None:
    """The word is there; the country is on no list."""
    scene.sql(
        "UPDATE zusage_disclosure SET country = 'RU', safeguard = 'adequate' WHERE recipient = 'creditor'"
    )


@lie("legal-duty", stays=GATE)
def by_law_without_a_law(scene: Scene) -> None:
    scene.sql("UPDATE zusage_disclosure SET citation = '' WHERE ground = 'law'")


@lie("legal-duty", stays=GATE)
def by_law_without_a_demand(scene: Scene) -> None:
    """Nobody demanded anything: the office was simply helpful."""
    scene.sql("UPDATE zusage_disclosure SET demand_id = NULL WHERE ground = 'law'")


@lie("legal-duty", stays=GATE)
def the_demand_came_afterwards(scene: Scene) -> None:
    """The demand's line is gone: it was written into the table later, to match."""
    scene.sql("DELETE FROM protocol_entry WHERE act = 'receive-demand'", store="protocol")

"""Proving: what is found is kept, day by day, chained and signed; it is shown, and told where it is broken."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests import make
from tests.desk import person, signed_in
from tests.server import ROOT, command, free_port
from tests.tenants import MINIMAL
from tests.test_bytes import Mails, mail_server
from zusage import cli
from zusage.actions import proofs
from zusage.actions.proofs import Found, announce_probe, close_days, note, remove_probe
from zusage.models import Finding, ProbePerson, ProofDay, Subject, Submission
from zusage.promises import prover
from zusage.promises.plant import clear_left_behind
from zusage.promises.types import Evidence, broken, judged, kept, unknown
from zusage.queries.proofs import last_proved, standing, whole_at
from zusage.rules import history
from zusage.rules.history import worst
from zusage.tenant import policy
from zusage.vault.signing import Signer, public_key

pytestmark = pytest.mark.django_db(databases="__all__")
HALF_AN_HOUR = timedelta(minutes=30)


def found(
    promise: str, state: str = "kept", hours: float = 0, good_for: timedelta = HALF_AN_HOUR
) -> list[Found]:
    """A finding of each of a promise's probes, so many hours ago."""
    at = timezone.now() - timedelta(hours=hours)
    evidence: list[dict[str, Any]] = [{"state": state, "looked_at": "rows", "number": 3, "worst": "row 7"}]
    return [Found(promise, one, state, evidence, at, good_for) for one in policy().promises[promise].probes]


def state_of(promise: str) -> str:
    return next(one.state for one in standing() if one.promise == promise)


def test_the_worst_of_evidence_counts_and_nothing_at_all_is_unknown():
    assert worst(["kept", "broken", "unknown"]) == "broken"
    assert worst(["kept", "unknown"]) == "unknown" and worst(["kept"]) == "kept" and worst([]) == "unknown"
    assert judged("rows", 5, []) == kept("rows", 5)
    assert judged("rows", 5, ["a", "b", "c"]) == broken("rows", 5, "a (and 2 more)")
    assert len(judged("rows", 1, ["x" * 999]).worst) <= 200 and unknown("rows", "away").state == "unknown"


def test_what_is_found_stands_until_nobody_has_looked_for_too_long():
    assert state_of("retention") == "unknown" and last_proved() is None
    note(found("retention"))
    assert state_of("retention") == "kept" and last_proved() is not None
    note(found("retention", hours=1))
    assert state_of("retention") == "unknown"


def test_it_says_since_when_something_is_broken():
    note(found("retention", "broken", hours=5))
    first = Finding.objects.filter(promise="retention").earliest("since").since
    note(found("retention", "broken"))
    assert next(one for one in standing() if one.promise == "retention").since == first
    note(found("retention"))
    note(found("retention", "broken"))
    assert next(one for one in standing() if one.promise == "retention").since != first


def test_a_day_keeps_its_worst_and_is_chained_and_signed_when_it_is_over():
    note(found("retention", "broken"))
    note(found("retention"))
    today = ProofDay.objects.get()
    assert today.results == {"retention": "broken"} and not today.digest
    assert close_days() == 0
    for back in (3, 1):
        day = timezone.localdate() - timedelta(days=back)
        ProofDay.objects.create(day=day, results={"retention": "kept"})
    assert close_days() == 2 and close_days() == 0
    days = [
        history.Day(one.day, one.results, one.previous, one.digest, one.signature)
        for one in ProofDay.objects.exclude(digest="").order_by("day")
    ]
    signer = Signer()
    assert not list(history.faults(days, lambda said, sign: signer.verifies(history.CONTEXT, said, sign)))
    assert days[1].previous == days[0].digest != ""


def test_a_probe_that_fails_or_cannot_look_is_unknown_and_stops_no_other(monkeypatch):
    def away(look):
        raise OSError("secret words of a person")

    def odd(look):
        raise ValueError("secret words of a person")

    def silent(look):
        return []

    def fine(look):
        yield kept("all", 1)

    probes = {"a.away": away, "a.odd": odd, "a.silent": silent, "a.fine": fine}
    promise = next(iter(policy().promises.values()))
    monkeypatch.setattr(prover, "to_run", lambda ids, quick: [(promise, one) for one in probes])
    monkeypatch.setattr(prover, "import_string", probes.get)
    (result,) = prover.prove(keep=False)
    assert [one.state for one in result.evidence] == ["unknown", "unknown", "unknown", "kept"]
    assert result.state == "unknown" and "secret" not in repr(result)


def test_whom_a_killed_run_left_behind_the_next_one_removes():
    left, others = make.submission("contact"), make.submission("contact")
    announce_probe(left.pk)
    assert clear_left_behind() == 0  # a run may still be at it
    ProbePerson.objects.update(at=timezone.now() - timedelta(hours=1))
    assert clear_left_behind() == 1 and not ProbePerson.objects.exists()
    assert (
        not Submission.objects.filter(pk=left.pk).exists()
        and not Subject.objects.filter(pk=left.subject_id).exists()
    )
    assert Submission.objects.get() == others
    remove_probe(left.pk)


def test_the_public_page_says_how_each_promise_stands_in_each_language():
    for id_ in policy().promises:
        note(found(id_, "broken" if id_ == "retention" else "kept"))
    for language, word in (("de", "verletzt"), ("fr", "rompue"), ("it", "violata"), ("en", "broken")):
        page = Client().get(f"/{language}/privacy/promises/").content.decode()
        assert page.count('class="proof-mark kept"') == 31 and page.count('class="proof-mark broken"') == 1
        assert f"<b>{word}</b>" in page and "row 7" not in page
        for id_ in policy().promises:
            assert f'id="{id_}"' in page
    assert "zuletzt geprüft gerade eben" in Client().get("/de/").content.decode()


def test_machines_get_the_same_and_the_signed_history(tmp_path, house):
    note(found("retention", "broken"))
    ProofDay.objects.create(day=timezone.localdate() - timedelta(days=1), results={"retention": "kept"})
    ProofDay.objects.create(day=timezone.localdate() - timedelta(days=2), results={"retention": "unknown"})
    close_days()
    content = Client().get("/privacy/promises.json").json()
    assert {one["id"]: one["state"] for one in content["promises"]}["retention"] == "broken"
    assert content["public_key"] == public_key().hex() and len(content["history"]) == 2
    assert "evidence" not in json.dumps(content)
    file = tmp_path / "promises.json"
    file.write_text(json.dumps(content))
    whole = command({}, "verify-proofs", str(file))
    assert (whole.returncode, whole.stdout) == (0, "2 days, each in its place and signed.\n"), whole.stderr
    content["history"][0]["results"]["retention"] = "kept"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content))
    changed = command({}, "verify-proofs", str(other), "--against", str(file), "--json")
    assert changed.returncode == 1 and "not those that were written down" in json.loads(changed.stdout)[0]
    wrong_key = command({}, "verify-proofs", str(file), "--key", "00" * 32)
    assert wrong_key.returncode == 1
    for nonsense in (b"", b"\xff\xfe", b"[" * 100_000, b"{}"):
        other.write_bytes(nonsense)
        refused = command({}, "verify-proofs", str(other))
        assert (
            refused.returncode == 2
            and "Traceback" not in refused.stderr
            and "promises.json" in refused.stderr
        )
    assert command({}, "verify-proofs", str(tmp_path / "none")).returncode == 2


def test_what_may_be_done_in_half_a_house_is_named_as_the_commands_are():
    assert {name.replace("-", "_") for name in cli.COMMANDS} >= cli.IN_HALF_A_HOUSE
    assert set(cli.COMMANDS) >= cli.FOR_OUTSIDERS


def test_staff_see_the_evidence_and_strangers_do_not():
    note(found("retention", "broken"))
    for role, status in (("officer", 200), ("administrator", 200), ("clerk", 403)):
        answer = signed_in(person(role)).get("/office/promises/")
        assert answer.status_code == status
        assert ("row 7" in answer.content.decode()) == (status == 200)
    assert Client().get("/office/promises/").status_code == 302


def test_whoever_watches_gets_figures():
    note(found("retention", "broken"))
    answer = Client().get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = answer.content.decode().splitlines()
    assert 'zusage_promise{promise="retention",state="broken"} 1' in lines
    assert 'zusage_promise{promise="retention",state="kept"} 0' in lines


def test_a_promise_found_broken_is_told_once_by_mail(settings):
    handler, port = Mails(), free_port()
    note(found("retention", "broken"))
    assert not proofs.alert()  # no mail server was named
    settings.MAIL_URL, settings.MAIL_FROM = f"smtp://127.0.0.1:{port}", "post@agentur.example"
    assert not proofs.alert()  # it isn't there: told at the next look
    with mail_server(handler, port):
        assert proofs.alert() and not proofs.alert()
        note(found("retention", "broken"))
        assert not proofs.alert()
        note(found("retention"))
        note(found("retention", "broken"))
        assert proofs.alert()
    assert len(handler.mails) == 2
    text = handler.mails[0][1].decode()
    assert f"To: {policy().controller.privacy_email}" in text and "retention" not in text


def test_a_whole_look_is_told_from_a_quick_one():
    note(found("retention"))
    assert whole_at() is None
    note(found("access", good_for=timedelta(hours=36)))
    assert whole_at() is not None


def test_the_command_says_what_it_found(house):
    environment = house()
    assert command(environment, "migrate-stores").returncode == 0
    stranger = command(environment, "prove", "nonsense")
    assert stranger.returncode == 2 and "doesn't promise 'nonsense'" in stranger.stderr
    one = command(environment, "prove", "retention", "--json")
    (result,) = json.loads(one.stdout)
    assert set(result) == {"id", "state", "evidence", "at"} and result["id"] == "retention"
    assert one.returncode == {"kept": 0, "broken": 1, "unknown": 2}[result["state"]]
    assert set(result["evidence"][0]) == set(Evidence.__slots__)
    table = command(environment, "prove", "retention", "legal-duty", "--quick")
    assert "retention" in table.stdout and "legal-duty" in table.stdout


def test_a_tenant_can_have_a_promise_of_its_own(tenant):
    """Made as docs/promises.md shows: declared, said, kept, looked at; and it turns red."""
    tenant(MINIMAL)
    (result,) = prover.prove(["shut-soon"])
    assert result.state == "kept" and result.evidence[0].looked_at == "sessions"
    Session.objects.create(
        session_key="x" * 32, session_data="", expire_date=timezone.now() + timedelta(minutes=40)
    )
    (result,) = prover.prove(["shut-soon"])
    assert result.state == "broken" and result.evidence[0].worst == "1 of them stay open for longer"
    assert "An open mailbox shuts by itself" in Client().get("/en/privacy/promises/").content.decode()


def test_how_to_write_one_says_what_the_tenant_does():
    shown = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    source = (ROOT / "tests" / "tenants" / "probes.py").read_text(encoding="utf-8")
    assert source[source.index("@probe(") :].strip() in shown
    words = (MINIMAL / "en.toml").read_text(encoding="utf-8")
    for line in shown.splitlines():
        if line.startswith("promise.shut-soon"):
            assert line in words

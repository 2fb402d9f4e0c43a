"""Payments come back: matched, typed by hand, short, beyond, taken back, nobody's; each once, and no file by half."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from tests import desk, make, plans
from tests.camt import Entry, Paid, Statement, file
from tests.cast import DRAGANA, LEA
from tests.doors import shown as words
from tests.doors import text
from tests.server import hidden
from zusage.actions.base import Conflict
from zusage.actions.plans import office, payments, payments_file
from zusage.actions.plans.payments_file import SYSTEM, Imported, import_file
from zusage.models import (
    PAYMENT_REFERENCE_INDEX,
    Instalment,
    Payment,
    PaymentFile,
    Plan,
    PlanShare,
    PlanStep,
    Subject,
    Submission,
)
from zusage.protocol.models import Outbox
from zusage.queries import mailbox
from zusage.queries import payments as queries
from zusage.queries.plans import PLANS, Shown, shown
from zusage.rules.paying.references import grouped
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import BlindIndex, Restriction

pytestmark = pytest.mark.django_db


def account(currency: str = "CHF") -> str:
    return next(one.iban for one in policy().accounts if one.currency == currency)


def bank(*entries: Entry, kind: str = "054", currency: str = "CHF") -> bytes:
    return file(Statement(entries, account(currency)), kind=kind)


def bring(content: bytes) -> Imported:
    return import_file(SYSTEM, io.BytesIO(content))


def run_dry(content: bytes) -> Imported:
    return import_file(SYSTEM, io.BytesIO(content), dry_run=True)


def look(plan: Plan) -> Shown:
    """The plan as it is now."""
    plan.refresh_from_db()
    return shown([plan], PLANS)[0]


def paid(plan: Plan) -> list[str]:
    return [f"{one.paid.amount} {one.state}" for one in look(plan).lines]


def acts(plan: Plan) -> list[str]:
    return list(PlanStep.objects.filter(plan=plan).order_by("at").values_list("act", flat=True))


def everything() -> list[list[object]]:
    """All that an import could change."""
    tables = (Plan, Instalment, PlanStep, Payment, PaymentFile, Subject, PlanShare)
    return [list(table.objects.order_by("pk").values_list()) for table in tables]


def name(number: int) -> str:
    return f"2026112700{number}"


def test_a_file_closes_a_plan_and_changes_nothing_the_second_time():
    _, sent, plan = plans.active()
    first, second, last = look(plan).lines
    entries = [
        Entry(
            [Paid("150.00", first.reference), Paid("150.00", text=f"Rate {grouped(second.reference)} danke")]
        ),
        Entry([Paid(str(last.amount.amount), end_to_end=last.reference)], bank_reference=name(2)),
        Entry([Paid("33.00")], direction="DBIT", bank_reference=name(3)),
    ]
    result = bring(bank(*entries[:1]))
    assert (result.matched, result.unmatched, result.known) == (2, 0, 0)
    assert paid(plan) == ["150.00 paid", "150.00 paid", "0.00 open"]
    assert (look(plan).open.stored(), plan.state) == ("CHF 120.50", "active")
    before = everything()
    # The same file, and the statement that follows the notice and has the same entries.
    assert bring(bank(*entries[:1])).known == 2
    assert everything() == before
    result = bring(bank(*entries, kind="053"))
    assert (result.matched, result.known, result.other) == (1, 2, 1)
    assert (look(plan).open.stored(), plan.state, plan.ended_why) == ("CHF 0.00", "done", "paid")
    assert acts(plan)[-2:] == ["payment", "done"]
    assert not PlanShare.objects.filter(plan=plan, live=True).exists()
    assert Submission.objects.get(pk=sent.pk).state == "closed"
    assert mailbox.letters(sent.subject_id)[-1].who == "agency"
    assert {("take-payment", "system"), ("plan-payment", "system")} <= set(
        Outbox.objects.filter(subject_id=plan.subject_id).values_list("act", "actor_kind")
    )
    # What comes after the end is kept, and shown as too much.
    result = bring(bank(Entry([Paid("20.00", last.reference)], bank_reference=name(4))))
    assert (result.matched, result.over, look(plan).over.stored()) == (1, 1, "CHF 20.00")
    (beyond,) = queries.beyond(make.clerk())
    assert beyond.amount and beyond.amount.stored() == "CHF 20.00"
    assert plan.state == "done"
    assert [(one.matched, one.unmatched) for one in PaymentFile.objects.order_by("imported_at")] == [
        (2, 0), (1, 0), (1, 0),
    ]  # fmt: skip


def test_its_own_instalment_first_then_the_oldest_and_what_is_short_is_seen():
    _, _, plan = plans.active()
    first, second, _ = look(plan).lines
    result = bring(bank(Entry([Paid("200.00", second.reference)])))
    assert (result.matched, result.part) == (1, 0)
    assert paid(plan) == ["50.00 part", "150.00 paid", "0.00 open"]
    result = bring(bank(Entry([Paid("10.00", first.reference)], bank_reference=name(2))))
    assert result.part == 1
    (short,) = queries.short(make.clerk())
    assert short.paid and (short.row.number, short.paid.stored()) == (1, "CHF 60.00")
    bring(bank(Entry([Paid("400.00", first.reference)], bank_reference=name(3))))
    assert paid(plan) == ["279.50 paid", "150.00 paid", "120.50 paid"] or look(plan).over.amount
    assert (plan.state, look(plan).over.stored(), acts(plan)[-2:]) == (
        "done",
        "CHF 189.50",
        ["over-paid", "done"],
    )


def test_what_was_taken_back_is_open_again_also_after_the_end():
    _, sent, plan = plans.active()
    lines = look(plan).lines
    entries = [
        Entry([Paid(str(one.amount.amount), one.reference)], bank_reference=name(one.number)) for one in lines
    ]
    bring(bank(*entries))
    assert look(plan).plan.state == "done"
    back = [
        Entry([Paid("150.00", lines[1].reference)], bank_reference=name(7), direction="DBIT", reversal=True),
        Entry([Paid("77.00", lines[1].reference)], bank_reference=name(8), direction="DBIT", reversal=True),
    ]
    result = bring(bank(*back))
    assert (result.returned, result.unmatched) == (1, 1)  # nobody ever paid 77
    assert paid(plan) == ["150.00 paid", "0.00 open", "120.50 paid"]
    assert (plan.state, plan.ended_at, plan.ended_why) == ("active", None, "")
    sent.refresh_from_db()
    assert (sent.state, sent.closed_at) == ("answered", None)  # the mailbox stays as long as the plan does
    assert PlanShare.objects.filter(plan=plan, live=True).exists()
    assert "payment-returned" in acts(plan)
    assert "150.00" not in mailbox.letters(sent.subject_id)[-1].body
    before = everything()
    assert bring(bank(*back)).known == 2
    assert everything() == before
    twice = Entry(
        [Paid("150.00", lines[1].reference)], bank_reference=name(6), direction="DBIT", reversal=True
    )
    assert bring(bank(twice)).unmatched == 1  # it has gone back already
    assert paid(plan) == ["150.00 paid", "0.00 open", "120.50 paid"]
    # Paid again, and the plan is done again.
    bring(bank(Entry([Paid("150.00", lines[1].reference)], bank_reference=name(9))))
    assert look(plan).plan.state == "done"


def test_without_a_plan_it_waits_under_a_subject_of_its_own_until_a_clerk_knows():
    clerk, _, plan = plans.active()
    reference = look(plan).lines[0].reference
    content = bank(
        Entry(
            [Paid("150.00", payer="Zora Unbekannt", text="von Tante Zora"), Paid("1.00", "RF18539007547034")]
        )
    )
    assert (bring(content).unmatched, paid(plan)[0]) == (2, "0.00 open")
    assert bring(
        bank(Entry([Paid("9.00", reference, currency="EUR")], currency="EUR"), currency="EUR")
    ).unmatched
    came, number = queries.waiting(clerk)
    assert number == 3
    tante = next(one for one in came if one.text == "von Tante Zora")
    euros = next(one for one in came if one.payment.currency == "EUR")
    assert tante.amount and (tante.amount.stored(), tante.payer.splitlines()[0]) == (
        "CHF 150.00",
        "Zora Unbekannt",
    )
    alone = tante.payment.subject_id
    assert Subject.objects.filter(pk=alone).exists()
    with pytest.raises(Conflict, match="other-currency"):
        payments.assign(clerk, euros.payment.pk, plan.pk)
    for _ in range(2):  # a double click
        payments.assign(clerk, tante.payment.pk, plan.pk)
    assert paid(plan)[0] == "150.00 paid"
    moved = Payment.objects.get(pk=tante.payment.pk)
    assert (moved.state, moved.subject_id, moved.plan_id) == ("matched", plan.subject_id, plan.pk)
    assert vault.open(moved, "plan", PLANS)["text"] == "von Tante Zora"
    assert not Subject.objects.filter(pk=alone).exists()
    assert acts(plan).count("payment") == 1
    _, _, other = plans.active(DRAGANA)
    with pytest.raises(Conflict, match="payment-assigned"):
        payments.assign(clerk, tante.payment.pk, other.pk)
    officer = make.officer()
    with pytest.raises(vault.Refused):
        payments.assign(officer, euros.payment.pk, plan.pk)
    with pytest.raises(vault.Refused):
        import_file(vault.Actor.staff(officer), io.BytesIO(bank(Entry(bank_reference=name(8)))))
    assert queries.waiting(clerk)[1] == 2
    # For a plan that was ended it is kept, and shown as too much.
    office.end(clerk, plan.pk, "agency", "", look(plan).plan.version)
    result = bring(bank(Entry([Paid("5.00", reference)], bank_reference=name(5))))
    assert (result.matched, result.over, look(plan).plan.state) == (1, 1, "ended")


def test_what_a_statement_left_out_the_notice_tells():
    _, _, plan = plans.active()
    reference = look(plan).lines[0].reference
    assert bring(bank(Entry([], "150.00", more="GUTSCHRIFT"), kind="053")).unmatched == 1
    alone = Payment.objects.get().subject_id
    notice = bank(Entry([Paid("150.00", reference)]))
    assert run_dry(notice).matched == 1
    assert (bring(notice).matched, paid(plan)[0]) == (1, "150.00 paid")
    moved = Payment.objects.get()
    assert (moved.state, moved.subject_id) == ("matched", plan.subject_id)
    assert vault.open(moved, "plan", PLANS)["reference"] == reference
    assert not Subject.objects.filter(pk=alone).exists()
    before = everything()
    assert bring(notice).known == 1
    assert everything() == before


def test_nothing_is_laid_to_who_is_blocked_or_to_two_plans_at_once():
    _, _, plan = plans.active()
    clerk, _, other = plans.active(DRAGANA)
    reference = look(plan).lines[0].reference
    both = " ".join(grouped(look(one).lines[0].reference) for one in (plan, other))
    assert bring(bank(Entry([Paid("150.00", text=both)]))).unmatched == 1
    # The index narrows down, the opened reference decides: two may share a digest.
    found = BlindIndex.objects.filter(record_id=look(plan).lines[1].id)
    found.update(digest=vault.digest(PAYMENT_REFERENCE_INDEX, "RF18539007547034"))
    assert bring(bank(Entry([Paid("150.00", "RF18539007547034")], bank_reference=name(3)))).unmatched == 1
    Restriction.objects.create(subject_id=plan.subject_id, kind="restriction", purpose="")
    before = acts(plan)
    assert bring(bank(Entry([Paid("150.00", reference)], bank_reference=name(2)))).unmatched == 1
    waiting = Payment.objects.filter(plan=None).order_by("pk").last()
    assert waiting is not None
    with pytest.raises(Conflict, match="restricted"):
        payments.assign(clerk, waiting.pk, plan.pk)
    assert acts(plan) == before
    assert Payment.objects.filter(plan__isnull=False).count() == 0


def test_broken_off_it_goes_on_and_what_two_bring_at_once_comes_in_once(monkeypatch: pytest.MonkeyPatch):
    _, _, plan = plans.active()
    first, second, _ = look(plan).lines
    content = bank(Entry([Paid("150.00", first.reference), Paid("40.00"), Paid("150.00", second.reference)]))
    whole = payments.take
    calls = []

    def killed(*given: object) -> object:
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(payments_file, "take", killed)
    with pytest.raises(KeyboardInterrupt):
        bring(content)
    assert paid(plan) == ["150.00 paid", "0.00 open", "0.00 open"]
    monkeypatch.setattr(payments_file, "take", whole)
    result = bring(content)
    assert (result.matched, result.known) == (1, 2)
    assert paid(plan) == ["150.00 paid", "150.00 paid", "0.00 open"]
    before = everything()
    for given in calls[:2]:  # somebody else had looked before it was in
        assert whole(*given).what == "known"  # type: ignore[arg-type]
    assert everything() == before
    assert (PaymentFile.objects.get().matched, PaymentFile.objects.get().unmatched) == (2, 1)


def run(folder: Path, content: bytes, *more: str) -> tuple[int, dict[str, object]]:
    """Exit status and what ``import-payments --json`` prints."""
    path, out = folder / "bank.xml", io.StringIO()
    path.write_bytes(content)
    try:
        call_command("import_payments", path, "--json", *more, stdout=out)
        ended = 0
    except SystemExit as end:
        ended = int(str(end.code))
    except CommandError as error:
        assert "Traceback" not in str(error)
        ended = error.returncode
    return ended, json.loads(out.getvalue() or "{}")


def test_the_command(tmp_path: Path):
    _, _, plan = plans.active()
    reference = look(plan).lines[0].reference
    good = Entry([Paid("150.00", reference)])
    before = everything()
    code, told = run(tmp_path, bank(good, Entry([Paid("2.00")], bank_reference=name(2))), "--dry-run")
    assert (code, told["matched"], told["unmatched"]) == (1, 1, 1)
    foreign = file(Statement([good], account()), Statement([good], "CH5604835012345678009"))
    for content, reason in (
        (foreign, {"entry": "2", "code": "account-foreign"}),
        (bank(good, Entry([Paid("-5.00")], "5.00")), {"entry": "2.1", "code": "amount-negative"}),
        (bank(good, Entry([Paid("5.001")], "5.00")), {"entry": "2.1", "code": "amount-decimals"}),
        (bank(good)[:-40], {"entry": "", "code": "truncated"}),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><Document/>", {"entry": "", "code": "dtd"}),
        (b"nothing of the kind", {"entry": "", "code": "not-xml"}),
    ):
        code, told = run(tmp_path, content)
        (refused,) = told["refused"]  # type: ignore[misc]
        assert (code, {**refused, **reason}) == (2, refused)
        assert refused["reason"]
    assert everything() == before
    code, told = run(tmp_path, bank(good, Entry([Paid("0.00")], bank_reference=name(3))))
    assert (code, told["matched"], [one["code"] for one in told["rejected"]]) == (1, 1, ["amount-zero"])  # type: ignore[attr-defined]
    code, told = run(tmp_path, bank(good, kind="053"))
    assert (code, told["known"], told["format"]) == (0, 1, "camt.053")
    os.mkfifo(tmp_path / "pipe")
    for name_of_none in ("none.xml", ".", "pipe"):
        with pytest.raises(CommandError) as unreadable:
            call_command("import_payments", tmp_path / name_of_none)
        assert unreadable.value.returncode == 2


def upload(client: Client, content: bytes) -> object:
    page = client.get("/office/payments/")
    token = hidden(text(page))["csrfmiddlewaretoken"]
    given = {"csrfmiddlewaretoken": token, "bank": SimpleUploadedFile("b.xml", content)}
    return client.post("/office/payments/", given)


def test_a_clerk_brings_a_file_in_and_puts_a_payment_to_its_plan():
    _, _, plan = plans.active()
    first, second, _ = look(plan).lines
    client = desk.signed_in(make.clerk(), enforce_csrf_checks=True)
    page = client.get("/office/payments/")
    assert page.status_code == 200
    refused = {
        b"": "Wählen Sie zuerst eine Datei",
        b"x": "keine XML-Datei",
        b"<a>" * 700_000: "grösser als 2 MB",
    }
    for content, said in refused.items():
        answer = upload(client, content)
        assert answer.status_code == 422 and said in words(answer)
    assert not PaymentFile.objects.exists()
    answer = upload(client, bank(Entry([Paid("150.00", first.reference), Paid("70.00", text="<b>Zora</b>")])))
    assert answer.status_code == 200
    assert "1 einer Rate zugeordnet" in " ".join(words(answer).split()) and "&lt;b&gt;Zora" in text(answer)
    waiting = Payment.objects.get(plan=None)
    address = f"/office/payments/{waiting.pk}/"
    page = client.get(address)
    token = hidden(text(page))["csrfmiddlewaretoken"]
    for typed, said in (("???", "Buchstaben"), ("ZZ-1", "keinen Plan")):
        answer = client.post(address, {"csrfmiddlewaretoken": token, "reference": typed})
        assert answer.status_code == 422 and said in words(answer)
    for typed in (grouped(second.reference), LEA.references[0]):
        answer = client.post(address, {"csrfmiddlewaretoken": token, "reference": typed})
        assert answer.status_code == 200 and str(plan.pk) in text(answer)
    answer = client.post(f"{address}assign/", {"csrfmiddlewaretoken": token, "plan": str(plan.pk)})
    assert answer.status_code == 303
    assert "Die Zahlung ist zugeordnet" in words(client.get(answer.headers["Location"]))
    assert paid(plan) == ["150.00 paid", "70.00 part", "0.00 open"]
    bring(bank(Entry([Paid("600.00", first.reference)], bank_reference=name(2))))
    page = text(client.get("/office/payments/"))
    assert "CHF 399.50" in page and f"/office/plans/{plan.pk}/" in page
    assert client.get(address).status_code == 404
    answer = client.post(f"{address}assign/", {"csrfmiddlewaretoken": "x" * 32, "plan": str(plan.pk)})
    assert answer.status_code in (403, 404)
    assert PaymentFile.objects.earliest("imported_at").author is not None

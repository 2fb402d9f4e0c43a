"""Plans of instalments on the pages: what the person sees in the mailbox, what a clerk does with a proposal."""

from __future__ import annotations

import html
import re
import secrets
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests import desk, household, make, papers, plans
from tests.cast import LEA, VRENI
from tests.doors import browser, enter, shown, text
from tests.server import hidden
from zusage.actions import intake
from zusage.actions.plans import offer
from zusage.models import Case, Instalment, Mailbox, Message, Plan, Staff, Submission
from zusage.papers import qr
from zusage.policy.types import LANGUAGES
from zusage.protocol.models import Outbox
from zusage.queries import plans as queries
from zusage.rules import cost_notice
from zusage.rules.instalments import Wish
from zusage.rules.paying import codes, references
from zusage.tenant import policy
from zusage.web.words import say

pytestmark = pytest.mark.django_db


def opened_by(sent: Submission) -> str:
    """A receipt that opens the mailbox of who sent this."""
    code = "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(26))
    Mailbox.objects.filter(subject=sent.subject_id).update(receipt_digest=intake.receipt_digest(code))
    return code


def mailbox(sent: Submission) -> Client:
    """The mailbox of who sent this, open in a browser of their own."""
    client = browser()
    assert enter(client, opened_by(sent)).status_code == 303
    return client


def room(plan: Plan, page: str = "", language: str = "de") -> str:
    return f"/{language}/mailbox/plan/{plan.pk}/{page}"


def send(client: Client, plan: Plan, page: str, **fields: str) -> Any:
    """Press a button of the plan's page, as it is now but for `fields`."""
    there = hidden(text(client.get(room(plan))))
    return client.post(room(plan, f"{page}/"), there | fields)


def countered(rate: str = "105.00", day: int = 31) -> tuple[Staff, Submission, Plan]:
    """A plan that the agency offers in place of what was proposed."""
    clerk, sent = make.clerk(), plans.proposal(LEA, rate="20.00")
    expected = queries.version_of(sent.pk)
    wish = Wish(Decimal(rate), day)
    offer.counter(clerk, sent.pk, [sent.case_id], wish, expected=expected, form_token="c" * 16, beyond=True)
    return clerk, sent, Plan.objects.get()


def test_an_offer_is_read_agreed_to_and_taken_along() -> None:
    _, sent, plan = countered()
    client = mailbox(sent)
    letters = text(client.get("/de/mailbox/letters/"))
    assert room(plan) in letters and say("de", "plan.link_offered") in letters

    page = client.get(room(plan))
    said = shown(page)
    notice = cost_notice.cost_notice(policy(), "de")
    assert say("de", "plan.no_debt") in said and notice in said
    plan.refresh_from_db()
    assert plan.cost_notice == cost_notice.version(notice) and plan.cost_notice_shown_at
    assert "show-plan" in Outbox.objects.values_list("act", flat=True)
    assert 'class="qr"' not in text(page)  # nothing to pay by an offer
    assert client.get(room(plan, "schedule.pdf")).status_code == 404
    assert client.get(room(plan, "dates.ics")).status_code == 404

    assert send(client, plan, "accept", expected="0").status_code == 409
    assert client.post(room(plan, "accept/")).status_code == 403  # without the page's token
    assert Plan.objects.get().state == "offered"
    agreed = send(client, plan, "accept")
    assert agreed.status_code == 303 and agreed["Location"] == room(plan, "?said=accepted")
    assert Plan.objects.get().state == "active"

    page = client.get(agreed["Location"])
    told = queries.in_mailbox(sent.subject_id, plan.pk)
    first = told.lines[0]
    account = policy().account("CHF")
    assert account is not None
    payload = codes.payload(account, policy().controller, first.amount.amount, "CHF", first.reference)
    assert qr.svg(payload, swiss_cross=True) in text(page)
    assert say("de", "plan.said_accepted") in shown(page) and account.shown in text(page)
    assert text(page).count("<tr>") == len(told.lines) + 2

    paper = client.get(room(plan, "schedule.pdf", "fr"))
    assert paper["Content-Type"] == "application/pdf" and "attachment" in paper["Content-Disposition"]
    assert papers.squeezed(told.total.shown()) in papers.said(paper.content)
    dates = text(client.get(room(plan, "dates.ics")))
    assert dates.count("BEGIN:VEVENT") == len(told.lines) and "SUMMARY:Termin" in dates
    assert str(first.amount.amount) not in dates and policy().controller.name not in dates

    # Of the file itself nothing is shown, wherever the plan is.
    Case.objects.get()
    for known in ("Fitnessklettergarten", LEA.street, LEA.last_name):
        assert known not in shown(page) and papers.squeezed(known) not in papers.said(paper.content)


def test_how_far_it_is_stands_in_words_and_in_a_picture() -> None:
    _, sent, plan = plans.active(LEA, rate="106.00", day="25")
    client = mailbox(sent)
    rows = list(Instalment.objects.order_by("number"))
    ring = queries.vault.Keyring()
    queries.vault.seal(rows[0], {"paid": "CHF 106.00"}, ring)
    rows[0].state = "paid"
    queries.vault.seal(rows[1], {"paid": "CHF 5.00"}, ring)
    rows[1].state = "part"
    for row in rows[:2]:
        row.save()
    for language in LANGUAGES:
        answer = client.get(room(plan, language=language))
        page, said = text(answer), re.sub(r"\s+", " ", shown(answer))
        assert say(language, "plan.progress_paid", amount="CHF 111.00") in said
        assert say(language, "plan.progress_open", amount="CHF 309.50") in said
        assert say(language, "plan.line_part", amount="CHF 5.00") in said
        # The next payment is what is left of the second.
        assert "CHF 101.00" in html.unescape(page.partition('class="ticket pay"')[2])
        widths = [int(one) for one in re.findall(r'class="progress-\w+" x="\d+" y="\d+" width="(\d+)"', page)]
        assert sum(widths[:2]) == 1000
        assert not re.search(r"\{[a-z_]+\}|style=|<script", page)
    Instalment.objects.filter(number=2).update(due_on="2026-01-05", missed_at=plan.made_at)
    late = shown(client.get(room(plan)))
    assert (
        say("de", "plan.progress_due", amount="CHF 101.00") in late and say("de", "plan.line_missed") in late
    )
    assert say("de", "plan.text_missed") in late
    plan.state = "paused"
    plan.save()
    resting = client.get(room(plan))
    assert say("de", "plan.text_paused") in shown(resting)
    assert "ticket pay" not in text(resting) and say("de", "plan.line_missed") not in shown(resting)
    assert client.get(room(plan, "schedule.pdf")).status_code == 404


def test_turned_down_disputed_and_nobody_elses() -> None:
    _, sent, plan = countered()
    client = mailbox(sent)
    assert send(client, plan, "turn-down").status_code == 303
    assert Plan.objects.get().ended_why == "declined"
    ended = client.get(room(plan, "?said=turned-down"))
    assert say("de", "plan.said_turned_down") in shown(ended) and "/accept/" not in text(ended)
    assert "/dispute/" not in text(ended)

    running = plans.accepted(make.clerk(), plans.proposal(VRENI))
    theirs = mailbox(running.submission)
    for page in ("", "schedule.pdf", "dates.ics"):
        assert client.get(room(running, page)).status_code == 404
        assert Client().get(room(running, page)).status_code == 303  # to the door
    there = hidden(text(client.get("/de/mailbox/letters/")))
    for page in ("accept/", "turn-down/", "dispute/"):
        assert client.post(room(running, page), there | {"text": "Nein", "expected": "1"}).status_code == 404
        assert theirs.get(room(running, page))["Location"] == room(running)

    empty = send(theirs, running, "dispute", text=" \n ")
    assert empty.status_code == 422 and 'aria-invalid="true"' in text(empty)
    assert Plan.objects.get(pk=running.pk).state == "active"
    before = Message.objects.count()
    for _ in range(2):
        again = send(theirs, running, "dispute", text="Die Gebühr stimmt nicht.", form_token="d" * 20)
        assert again.status_code == 303
    running.refresh_from_db()
    case = running.shares.get().case
    assert (running.state, case.state) == ("paused", "paused")
    assert Message.objects.filter(sender="person").count() == 1 and Message.objects.count() == before + 2
    assert say("de", "plan.said_disputed") in shown(theirs.get(room(running, "?said=disputed")))


def test_the_cost_notice_stands_at_the_form_and_its_version_is_kept() -> None:
    client = browser()
    for language in LANGUAGES:
        page = text(client.get(f"/{language}/payment/"))
        notice = cost_notice.cost_notice(policy(), language)
        assert hidden(page)["cost_notice"] == cost_notice.version(notice)
        assert notice in shown(client.get(f"/{language}/payment/"))
    assert "cost_notice" not in hidden(text(client.get("/de/enquiry/")))
    for sent, kept in ((cost_notice.version(notice), cost_notice.version(notice)), ("f" * 64, ""), ("", "")):
        Submission.objects.all().delete()
        answer = client.post("/en/payment/", VRENI.payment() | {"cost_notice": sent, "message": f"No {sent}"})
        assert answer.status_code == 303
        assert Submission.objects.get().cost_notice == kept


def at(sent: Submission, page: str = "") -> str:
    return f"/office/submissions/{sent.pk}/{page}"


def test_a_clerk_sees_what_it_comes_to_and_says_yes() -> None:
    case = household.file(
        LEA, principal="350.50", interest="20.00", fees="30.00", contested_costs="20.00", balance="CHF 420.50"
    )
    sent = plans.proposal(LEA, case, rate="106.00", day="25")
    clerk = desk.person("clerk")
    client = desk.signed_in(clerk)
    page = client.get(at(sent))
    said = shown(page)
    for part in ("CHF 350.50", "CHF 20.00", "CHF 30.00", "CHF 420.50", say("de", "office.plans.allowed")):
        assert part in said
    assert "4 Raten zu CHF 106.00, die letzte zu CHF 102.50" in said
    assert 'name="beyond"' not in text(page).partition("plan/counter/")[0]
    form = page.context
    fields = {
        "case": str(case.pk),
        "seen": str(form["proposal"]["version"]),
        "form_token": form["form_token"] + "-a",
        "plan_answer": "accept",
    }
    stale = client.post(at(sent, "plan/accept/"), fields | {"seen": "7"})
    assert stale.status_code == 409 and say("de", "conflict.plan-changed") in shown(stale)
    other = make.clerk()
    for wrong in (str(other.pk), "nothing", ""):
        refused = client.post(at(sent, "plan/accept/"), fields | {"case": wrong})
        assert refused.status_code == 409 and say("de", "conflict.no-case") in shown(refused)
    assert not Plan.objects.exists()
    for _ in range(2):
        done = client.post(at(sent, "plan/accept/"), fields)
        assert done.status_code == 303 and done["Location"].endswith("said=plan-accepted")
    plan = Plan.objects.get()
    assert (plan.state, plan.author_id) == ("active", clerk.pk)
    after = client.get(done["Location"])
    assert say("de", "office.plans.said_accepted") in shown(after)
    assert f"/office/plans/{plan.pk}/" in text(after) and "plan/accept/" not in text(after)
    # Somebody else, with the page of before.
    late = desk.signed_in(desk.person("clerk")).post(
        at(sent, "plan/counter/"), fields | {"rate": "100", "day": "1", "form_token": "x" * 20}
    )
    assert late.status_code == 409 and Plan.objects.count() == 1


def test_against_the_rules_another_offer_and_no() -> None:
    sent = plans.proposal(LEA, rate="20.00", day="31", notice="")
    client = desk.signed_in(desk.person("clerk"))
    page = client.get(at(sent))
    assert say("de", "office.plans.not_allowed") in shown(page)
    found = page.context["proposal"]
    assert found["draft"]["nearest"] and found["draft"]["nearest"] in shown(page)
    fields = {"case": str(sent.case_id), "seen": str(found["version"]), "form_token": "a" * 16}
    refused = client.post(at(sent, "plan/accept/"), fields | {"plan_answer": "accept"})
    assert refused.status_code == 409 and say("de", "conflict.plan-not-allowed") in shown(refused)

    for rate, day, code in (
        ("0", "1", "amount-zero"),
        ("100", "32", "day-range"),
        ("-5", "1", "amount-negative"),
    ):
        typed = {"rate": rate, "day": day, "text": "Bleibt <da>", "plan_answer": "counter"}
        wrong = client.post(at(sent, "plan/counter/"), fields | typed)
        assert wrong.status_code == 422 and say("de", f"problem.{code}") in shown(wrong)
        assert "Bleibt &lt;da&gt;" in text(wrong) and f'value="{rate}"' in text(wrong)
    assert not Plan.objects.exists()

    wish = {"rate": str(found["draft"]["rate"]), "day": "31", "text": "Mehr geht nicht."}
    done = client.post(at(sent, "plan/counter/"), fields | wish)
    assert done.status_code == 303 and done["Location"].endswith("said=plan-countered")
    offered = Plan.objects.get()
    assert offered.state == "offered" and offered.day == 31
    page = client.get(at(sent))
    version = str(page.context["proposal"]["version"])
    no = {"reason": "other", "seen": version, "form_token": "d" * 16, "plan_answer": "decline"}
    assert client.post(at(sent, "plan/decline/"), no).status_code == 422
    assert client.post(at(sent, "plan/decline/"), no | {"reason": "mood"}).status_code == 409
    done = client.post(at(sent, "plan/decline/"), no | {"text": "Wir brauchen zuerst den Entscheid."})
    assert done.status_code == 303 and done["Location"].endswith("said=plan-declined")
    offered.refresh_from_db()
    assert offered.ended_why == "withdrawn"

    # Without the cost notice, a yes is an offer.
    version = str(client.get(at(sent)).context["proposal"]["version"])
    yes = fields | {"seen": version, "form_token": "y" * 16, "beyond": "yes"}
    done = client.post(at(sent, "plan/accept/"), yes)
    assert done["Location"].endswith("said=plan-offered")

    # What proposes nothing has no panel, and its addresses no effect.
    enquiry = make.submission("enquiry")
    assert client.get(at(enquiry)).context["proposal"] is None
    assert client.post(at(enquiry, "plan/accept/"), fields).status_code == 409


def test_several_files_make_one_plan_or_one_each() -> None:
    first = household.file(LEA)
    second = household.further_file(first, LEA, reference="AG-2025-440018", balance="CHF 300.00")
    sent = plans.proposal(LEA, first, rate="250.00", case_references=f"{LEA.references[0]}\nAG-2025-440018")
    client = desk.signed_in(desk.person("clerk"))
    page = client.get(at(sent))
    assert text(page).count('name="case"') == 4 and 'name="each"' in text(page)
    fields = {"case": [str(first.pk), str(second.pk)], "seen": "0", "form_token": "a" * 16}
    done = client.post(at(sent, "plan/accept/"), fields | {"each": "yes", "beyond": "yes"})
    assert done.status_code == 303 and Plan.objects.count() == 2
    for plan in Plan.objects.all():
        whole = shown(client.get(f"/office/plans/{plan.pk}/"))
        assert (LEA.references[0] in whole) and say("de", "office.plans.act_accepted") in whole


def test_a_plan_in_the_office_rests_goes_on_and_ends() -> None:
    _, sent, plan = plans.active(LEA, rate="106.00")
    client, here = desk.signed_in(desk.person("clerk")), f"/office/plans/{plan.pk}/"
    listed = shown(client.get("/office/plans/"))
    assert LEA.references[0] in listed and say("de", "office.plans.paid_of", paid=0, n=4) in listed
    page = client.get(here)
    line = queries.shown([plan], queries.PLANS)[0].lines[0]
    assert references.grouped(line.reference) in shown(page) and 'class="progress"' in text(page)

    def press(button: str, **fields: str) -> Any:
        plan.refresh_from_db()
        return client.post(f"{here}{button}/", {"seen": str(plan.version)} | fields)

    assert client.post(f"{here}pause/", {"seen": "99"}).status_code == 409
    assert press("pause")["Location"].endswith("said=paused")
    assert say("de", "office.plans.resume") in shown(client.get(here))
    assert press("resume")["Location"].endswith("said=resumed")
    assert say("de", "office.plans.said_resumed") in shown(client.get(f"{here}?said=resumed"))

    Instalment.objects.filter(number=1).update(missed_at=plan.made_at)
    late = shown(client.get("/office/plans/?state=late"))
    assert say("de", "office.plans.missed_one") in late
    assert LEA.references[0] not in shown(client.get("/office/plans/?state=offered"))
    assert client.get("/office/plans/?state=x&page=99").status_code == 200

    assert press("end", why="mood").status_code == 409
    assert press("end", why="agency", text="x" * 20_000).status_code == 422
    assert press("end", why="agency", text="Die Forderung ist zurückgezogen.")["Location"].endswith(
        "said=ended"
    )
    over = client.get(here)
    assert say("de", "office.plans.why_agency") in shown(over) and "/end/" not in text(over)
    assert "Die Forderung ist zurückgezogen." in shown(over)
    assert press("pause").status_code == 409
    assert LEA.references[0] in shown(client.get("/office/plans/?state=over"))
    assert client.get(f"/office/plans/{sent.pk}/").status_code == 404

"""The sections of the notice, each made from the facts it speaks of: words from the policy, figures from facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zusage.policy.layout import Block, Item, Section
from zusage.policy.page import Page
from zusage.policy.types import Form, Language, Policy, Purpose, Recipient


def section(policy: Policy, language: Language, id_: str) -> Section:
    """The section `id_` in `language`: its prose, what the facts say, the promises that stand in it."""
    page = Page(policy, language)
    prose = page.text(f"notice.{id_}.text").split("\n\n")
    blocks = [Block("paragraph", text=" ".join(part.split())) for part in prose]
    blocks += FACTS[id_](page)
    promises = tuple(
        Item(page.text(f"promise.{promise.id}.text"), anchor=promise.id)
        for promise in policy.promises.values()
        if promise.clause == id_
    )
    if promises:
        blocks.append(Block("list", caption=page.text("notice.promises"), items=promises))
    return Section(id_, page.text(f"notice.{id_}.title"), tuple(blocks))


def _controller(page: Page) -> Iterator[Block]:
    yield Block("list", items=tuple(Item(value, name) for name, value in page.controller()))


def _visits(page: Page) -> Iterator[Block]:
    yield from (_card(page, purpose) for purpose in _purposes(page, "visits"))


def _collection(page: Page) -> Iterator[Block]:
    yield from (_card(page, purpose) for purpose in _purposes(page, "collection"))


def _forms(page: Page) -> Iterator[Block]:
    for purpose in _purposes(page, "forms"):
        yield _card(page, purpose)
        if purpose.form:
            yield Block(
                "table",
                caption=f"{page.text(f'purpose.{purpose.id}.title')}: {page.label('asked')}",
                head=(page.label("field"), page.label("need")),
                rows=tuple(
                    (
                        page.text(f"field.{one.field}.label"),
                        _need(page, purpose.form, one.field, one.required),
                    )
                    for one in purpose.form.fields
                ),
            )


def _purposes(page: Page, where: str) -> Iterator[Purpose]:
    """The purposes that are told in the section `where`: by a form, by visiting, or otherwise."""
    for purpose in page.policy.purposes.values():
        place = "forms" if purpose.form else "visits" if purpose.source == "connection" else "collection"
        if place == where:
            yield purpose


def _card(page: Page, purpose: Purpose) -> Block:
    """What DSG 19 and GDPR 13 want told of a purpose, as a table of names and values."""
    rows = (
        (page.label("why"), page.text(f"purpose.{purpose.id}.explanation")),
        *(() if purpose.form else ((page.label("data"), page.data(purpose)),)),  # a form's table follows
        (page.label("source"), page.text(f"source.{purpose.source}.name")),
        (page.label("basis"), f"{page.text(f'basis.{purpose.basis}.text')} ({page.articles(purpose)})"),
        (page.label("period"), page.period(purpose)),
        (
            page.label("recipients"),
            page.joined((page.text(f"recipient.{one}.name") for one in purpose.recipients), "nobody"),
        ),
    )
    return Block("table", caption=page.text(f"purpose.{purpose.id}.title"), rows=rows)


def _need(page: Page, form: Form, field: str, required: bool) -> str:
    if field in form.way_out:
        return f"{page.label('required')} ({page.label('or')}: «{page.text(f'choice.{form.way_out[field]}.label')}»)"
    if field in form.one_of:
        choice = f" ({page.label('or')}: «{page.text(f'choice.{form.unless}.label')}»)" if form.unless else ""
        return page.label("one-of") + choice
    return page.label("required" if required else "optional")


def _retention(page: Page) -> Iterator[Block]:
    rows = tuple(
        (
            ": ".join(filter(None, (page.text(f"purpose.{purpose.id}.title"), page.part(kept)))),
            page.text(f"retention.{kept.retention.id}.text"),
            page.cite(kept.retention.ground),
        )
        for purpose in page.policy.purposes.values()
        for kept in page.kept(purpose)
    )
    yield Block("table", head=(page.label("purpose"), page.label("period"), page.label("ground")), rows=rows)


def _objection(page: Page) -> Iterator[Block]:
    items = tuple(
        Item(page.text(f"consent.{purpose.id}.ask"), page.text(f"purpose.{purpose.id}.title"))
        for purpose in page.policy.purposes.values()
        if purpose.basis == "consent"
    )
    if items:
        yield Block("list", items=items)


def _recipients(page: Page) -> Iterator[Block]:
    for recipient in page.policy.recipients.values():
        yield Block(
            "table",
            caption=page.text(f"recipient.{recipient.id}.name"),
            rows=tuple(_recipient(page, recipient)),
        )
    yield Block(
        "table",
        caption=page.label("roles"),
        head=(page.label("role"), page.label("opens")),
        rows=tuple(
            (
                page.text(f"role.{role.id}.name"),
                page.joined((page.text(f"purpose.{one}.title") for one in role.opens), "nothing"),
            )
            for role in page.policy.roles.values()
        ),
    )


def _recipient(page: Page, recipient: Recipient) -> Iterator[tuple[str, str]]:
    yield page.label("task"), page.text(f"recipient.{recipient.id}.task")
    yield page.label("country"), page.text(f"country.{recipient.country}")
    if recipient.contract:
        yield page.label("contract"), page.contract(recipient)
    if page.abroad(recipient):
        yield page.label("safeguard"), page.abroad(recipient)
    purposes = (one for one in page.policy.purposes.values() if recipient.id in one.recipients)
    yield (
        page.label("purpose"),
        page.joined((page.text(f"purpose.{one.id}.title") for one in purposes), "nothing"),
    )
    yield (
        page.label("gets"),
        page.joined(
            [page.text(f"field.{field}.label") for field in recipient.fields]
            + [page.category(category) for category in recipient.categories],
            "nothing",
        ),
    )


def _cookies(page: Page) -> Iterator[Block]:
    if not page.policy.cookies:
        return
    yield Block(
        "table",
        head=(page.label("cookie"), page.label("why"), page.label("life"), page.label("need")),
        rows=tuple(
            (
                cookie.name,
                page.text(f"cookie.{cookie.id}.purpose"),
                page.life(cookie),
                page.need(cookie),
            )
            for cookie in page.policy.cookies.values()
        ),
    )
    for cookie in page.policy.cookies.values():
        if not cookie.necessary:
            yield Block("paragraph", text=page.asked_before())
            yield Block("paragraph", text=page.text(f"cookie.{cookie.id}.refused"))
    if page.policy.topics:
        yield Block(
            "list",
            caption=page.label("topics"),
            items=tuple(
                Item(", ".join(f"/{one}" for one in topic.pages), page.text(f"topic.{topic.id}.name"))
                for topic in page.policy.topics.values()
            ),
        )


def _security(page: Page) -> Iterator[Block]:
    yield Block(
        "list",
        items=tuple(
            Item(page.text(f"measure.{measure.id}.text"), page.label(measure.kind))
            for measure in page.policy.measures.values()
        ),
    )
    if any(purpose.form and purpose.form.warn_open_network for purpose in page.policy.purposes.values()):
        yield Block("paragraph", text=page.text("warning.open-network"))


def _rights(page: Page) -> Iterator[Block]:
    yield from ()


def _contact(page: Page) -> Iterator[Block]:
    who = page.policy.controller
    yield Block(
        "list",
        items=(
            Item(who.privacy_email, page.label("privacy")),
            Item(who.objection_email, page.text("notice.objections.title")),
            Item(page.text(f"supervisor.{who.supervisor}"), page.label("supervisor")),
        ),
    )


FACTS: dict[str, Callable[[Page], Iterator[Block]]] = {
    "controller": _controller,
    "visits": _visits,
    "collection": _collection,
    "periods": _retention,
    "forms": _forms,
    "objections": _objection,
    "recipients": _recipients,
    "cookies": _cookies,
    "security": _security,
    "rights": _rights,
    "contact": _contact,
}
SECTIONS = tuple(FACTS)
"""The sections' ids, in the order of the published notice; a promise's `clause` is one of them."""

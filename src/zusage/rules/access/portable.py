"""The package as JSON: everything in it, by the names of `schema.json` (told in docs/access-package.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zusage.policy.page import Page
from zusage.policy.types import Policy
from zusage.rules.access.labels import Labels
from zusage.rules.access.package import DISCLOSURES, Cell, Package, Row, Searched

FORMAT = "zusage-access-package/1"
SCHEMA = Path(__file__).parent / "schema.json"


def portable(package: Package, policy: Policy) -> bytes:
    """The package as JSON in UTF-8, for people's own tools and for other controllers (DSG 28, Art. 20 GDPR)."""
    return json.dumps(document(package, policy), ensure_ascii=False, indent=1).encode()


def document(package: Package, policy: Policy) -> dict[str, Any]:
    """The package as plain data. `given` holds what the person gave themselves, by form, apart from all else."""
    labels = Labels(Page(policy, package.language), package)
    return {
        "format": FORMAT,
        "language": package.language,
        "made_at": package.made_at.isoformat(),
        "request": package.request,
        "right": package.right,
        "controller": _controller(policy),
        "subjects": list(package.subjects),
        "given": [
            _given(labels, row) for _, row in package.rows() if row.group or row.plain("sender") == "person"
        ],
        "purposes": [_purpose(labels, one) for one in package.purposes() if one in policy.purposes],
        "recipients": _recipients(labels, package),
        "automated_decisions": _automated(labels, package),
        "stores": [_store(labels, package, store) for store in package.stores],
        "unreadable": [
            {"table": table.table, "reference": row.reference, "column": cell.column, "why": cell.why}
            for table, row, cell in package.lost()
        ],
        "rights": list(RIGHTS),
        "complaints_to": {
            "controller": policy.controller.privacy_email,
            "supervisor": policy.text(package.language, f"supervisor.{policy.controller.supervisor}"),
        },
    }


RIGHTS = ("rectification", "blocking", "deletion", "objection", "withdrawal", "copy", "complaint")
"""What somebody may do next who has read what is stored."""


def _controller(policy: Policy) -> dict[str, str]:
    who = policy.controller
    return {
        "name": who.name,
        "address": f"{who.street}, {who.postcode} {who.town}, {who.country}",
        "email": who.email,
        "privacy": who.privacy_email,
        "register": who.register_entry,
    }


def _given(labels: Labels, row: Row) -> dict[str, Any]:
    cell = next(cell for cell in row.cells if cell.kind == "sealed")
    return {
        "form": row.group or row.links.get("submission", ""),
        "purpose": row.purpose,
        "field": row.field or cell.column,
        "label": labels.name(row, cell),
        "category": cell.category,
        "value": cell.plain,
    }


def _purpose(labels: Labels, id_: str) -> dict[str, Any]:
    page = labels.page
    purpose = page.policy.purposes[id_]
    basis = page.policy.bases[purpose.basis]
    return {
        "id": id_,
        "title": page.text(f"purpose.{id_}.title"),
        "explanation": page.text(f"purpose.{id_}.explanation"),
        "dpv": purpose.dpv,
        "basis": {
            "id": basis.id,
            "text": page.text(f"basis.{basis.id}.text"),
            "articles": dict(basis.articles),
        },
        "source": {"id": purpose.source, "text": page.text(f"source.{purpose.source}.name")},
        "period": page.period(purpose),
        "recipients": list(purpose.recipients),
    }


def _recipients(labels: Labels, package: Package) -> list[dict[str, Any]]:
    page = labels.page
    told = {row.plain("recipient") for row in package.of(DISCLOSURES)}
    declared = {one for id_ in package.purposes() if id_ in page.policy.purposes for one in _of(labels, id_)}
    return [
        {
            "id": one.id,
            "name": page.text(f"recipient.{one.id}.name"),
            "task": page.text(f"recipient.{one.id}.task"),
            "role": one.role,
            "country": one.country,
            "contract": page.contract(one),
            "safeguard": page.abroad(one),
            "received_something": one.id in told,
        }
        for one in page.policy.recipients.values()
        if one.id in declared | told
    ]


def _of(labels: Labels, purpose: str) -> tuple[str, ...]:
    return labels.page.policy.purposes[purpose].recipients


def _automated(labels: Labels, package: Package) -> list[dict[str, str]]:
    return [
        {"purpose": one, "logic": labels.page.text(f"purpose.{one}.automated")}
        for one in automated(labels.page.policy, package)
    ]


def automated(policy: Policy, package: Package) -> list[str]:
    """The purposes of the package for which a computer alone decides (DSG 21, Art. 22 GDPR)."""
    return [one for one in package.purposes() if one in policy.purposes and policy.purposes[one].automated]


def _store(labels: Labels, package: Package, store: str) -> dict[str, Any]:
    tables = [_table(labels, one) for one in package.searched if one.store == store]
    return {"id": store, "name": labels.say(f"store_name.{store}"), "tables": tables}


def _table(labels: Labels, one: Searched) -> dict[str, Any]:
    found: dict[str, Any] = {"id": one.table, "name": labels.table(one.table), "found": len(one.rows)}
    if one.why:
        return {**found, "why_nothing": labels.say(f"why.{one.why}")}
    columns = {
        name: {"label": labels.column(name, one.table), "holds": kind}
        for name, kind in one.columns.items()
        if kind not in ("house",)
    }
    return {**found, "columns": columns, "rows": [_row(labels, row) for row in one.rows]}


def _row(labels: Labels, row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {
        "reference": row.reference,
        "about": row.about,
        "purpose": row.purpose,
        "values": {cell.column: _value(labels, row, cell) for cell in row.cells},
        "links": {name: id_ for name, id_ in row.links.items() if name != "actor_id"},  # told by role, below
        "kept": [
            {
                "categories": list(one.categories),
                "period": one.retention or "with-last",
                "begins": one.begins.isoformat() if one.begins else None,
                "until": one.until.isoformat() if one.until else None,
                "blocked_from": one.blocked.isoformat() if one.blocked else None,
            }
            for one in row.kept
        ],
    }
    unreadable = {cell.column: cell.why for cell in row.cells if cell.why}
    if unreadable:
        found["unreadable"] = unreadable
    if row.marks:
        found["corrections"] = [
            {
                "column": mark.column,
                "state": mark.state,
                "at": mark.at.isoformat(),
                "before": mark.before,
                "note": mark.note,
            }
            for mark in row.marks
        ]
    return found


def _value(labels: Labels, row: Row, cell: Cell) -> Any:
    if cell.kind == "digest":
        return None if cell.plain is None else "keyed hash"
    if cell.kind == "staff":
        return None if cell.plain is None else "staff"
    if cell.column == "actor_kind" and cell.plain == "staff":
        role = labels.package.staff.get(row.links.get("actor_id", ""), "")
        return f"staff: {role}" if role else "staff"
    if cell.file == "laid":
        return {"sha256": cell.plain, "in_mailbox": True}
    if cell.file == "file":
        return {"base64": cell.plain}
    return cell.plain

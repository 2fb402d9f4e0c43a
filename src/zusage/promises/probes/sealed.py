"""Whether the protocol is as it was sealed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from zusage.backup.dump import snapshot
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.types import Evidence, judged, probe
from zusage.protocol import canon
from zusage.protocol.models import Entry, Seal
from zusage.protocol.sealing import stated
from zusage.protocol.verify import Finding, Report, known_here, verify
from zusage.vault.signing import Signer

NEWEST = 20
STORE = "protocol"


@probe(quick=True)
def tail(look: Look) -> Iterator[Evidence]:
    """The newest seals are this house's, each follows the one before, and the last is the one the keys store knows."""
    sealer, report = Signer(), Report()
    known = known_here(sealer, report)
    with snapshot(STORE):
        seals = list(Seal.objects.order_by("-number")[:NEWEST])
        entries = Entry.objects.exists()
    if not seals and not known:
        if entries:
            raise CouldNotLook("entries wait for the first seal")
        yield judged("seals of the protocol: nothing was done yet", 0, [])
        return
    faults = [f"the keys store's mark: {one.kind}" for one in report.findings]
    for one in seals:
        said = stated(one)
        ours = one.key == sealer.key and sealer.mac(canon.SEAL, said) == bytes(one.mac)
        if not (ours and sealer.verifies(canon.SEAL, said, bytes(one.signature))):
            faults.append(f"seal {one.number} is not as it was made")
    for later, earlier in pairwise(seals):
        if bytes(later.before) != canon.seal_digest(stated(earlier)) or later.first != earlier.last + 1:
            faults.append(f"seal {later.number} doesn't follow {earlier.number}")
    newest = seals[0].number if seals else 0
    faults += [f"seals from {newest + 1} to {one.number} are gone" for one in known if one.number > newest]
    if seals and not known and not faults:
        faults.append("the keys store doesn't know how far the protocol goes")
    yield judged("the newest seals of the protocol", len(seals), faults)


@probe(quick=False)
def whole(look: Look) -> Iterator[Evidence]:
    """Every entry is as it was sealed, from the first to the last: none changed, gone, put in, moved or cut off."""
    sealer, report = Signer(), Report()
    known = known_here(sealer, report)
    with snapshot(STORE):
        verify(sealer, known, report)
    looked = report.entries + report.expired
    yield judged(f"entries of the protocol under {report.seals} seals", looked, map(_said, report.findings))


def _said(one: Finding) -> str:
    where = f"entry {one.position}" if one.position else f"seal {one.seal}"
    return f"{one.kind.replace('-', ' ')} at {where}"

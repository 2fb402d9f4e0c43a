"""Which file a message lies with, by whom and why: told to whom the file is about, and to nobody else."""

from __future__ import annotations

import json

import pytest

from tests import make
from tests.rights import case
from tests.test_access import package, rows_of
from tests.test_matching_forgotten import decided, linked
from zusage.actions import matching
from zusage.actions.house import deliver
from zusage.models import Submission

pytestmark = pytest.mark.django_db(databases="__all__")


def test_an_answer_tells_of_a_file_only_whom_it_is_about():
    file = case("ZH-2026-70011")
    sent, lost = make.submission("enquiry"), make.submission("enquiry")
    matching.choose(make.clerk(), sent.pk, file.pk)
    deliver()
    made = decided(sent, file)
    Submission.objects.filter(pk=lost.pk).update(search="human")
    other = case("ZH-2026-70012")
    linked(file, other)

    told, pdf = package(make.rights_request(about=[sent.subject_id, file.subject_id]))
    row = rows_of(told, "zusage.Assignment")[str(made.pk)]
    assert row["values"]["way"] == "automatic" and row["links"]["case"] == str(file.pk)
    assert rows_of(told, "zusage.Case")[str(file.pk)]["values"]["reference"] == "ZH-2026-70011"
    assert "durchdenComputer" in pdf and "Geburtsdatum:gleich" in pdf
    assert rows_of(told, "zusage.Submission")[str(sent.pk)]["links"]["case"] == str(file.pk)
    assert "assign-case" in json.dumps(told)

    # That another file may be of the same person is told where the request is about that one, too.
    assert str(other.subject_id) not in json.dumps(told) and not rows_of(told, "zusage.Link")
    told, _ = package(make.rights_request(about=[file.subject_id, other.subject_id]))
    assert len(rows_of(told, "zusage.Link")) == 2

    # The same mailbox, without the file: nothing tells it from one whose message found no file at all.
    shown = []
    for one in (sent, lost):
        told, pdf = package(make.rights_request(about=[one.subject_id]))
        text = json.dumps(told)
        assert str(file.pk) not in text and str(file.subject_id) not in text and "ZH-2026-70011" not in text
        assert "assign-case" not in text and not rows_of(told, "zusage.Assignment")
        assert "ZuwelcherAkteeineNachrichtvonIhnengelegtwurde" in pdf
        row = rows_of(told, "zusage.Submission")[str(one.pk)]
        shown.append((row["values"]["search"], sorted(row["links"])))
    assert shown[0] == shown[1]

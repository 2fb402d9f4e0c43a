"""Each probe sees a lie by itself: whoever makes it answer «kept» turns a test red, whatever the others see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lies import all_lies
from tests.lies.scene import fill
from zusage.policy.names import PROBES
from zusage.promises.look import looking
from zusage.promises.prover import _evidence
from zusage.promises.types import worst

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

FILES = (
    "collection", "collection_sealed", "collection_purpose", "periods", "forms", "objections", "withdrawals",
    "recipients", "recipients_walls", "contact", "access", "answers", "backups", "blocked", "corrected", "deeds", "due",
    "erased", "erased_planted", "files", "keys", "mail", "record", "staff",
)  # fmt: skip
ALONE = {
    "collection.a_box_ticked_beforehand": "collection_purpose: told_at_the_form told_in_every_language",
    "collection.a_column_more": "collection_sealed: columns_declared",
    "collection.a_file_opened_for_another_purpose": "collection_purpose: openings all_openings",
    "collection.a_message_filled_in_plain": "collection_sealed: sealed all_sealed",
    "collection.a_middleware_that_the_settings_name": "collection: no_addresses requests_pass",
    "collection.the_door_asks_no_questions": "collection_purpose: wrong_purpose",
    "collection.whoever_looks_gets_an_id": "collection: nothing_before",
    "contact.no_form_to_complain": "contact: ways ways_in_every_language",
    "contact.the_clerk_answers_the_complaint": "contact: not_by_the_clerk",
    "forms.a_purpose_of_its_own": "forms: declared_purposes all_purposes",
    "forms.assigned_by_a_script": "forms: by_a_human all_by_a_human",
    "forms.contact_stores_a_date_of_birth": "forms: contact all_of_contact",
    "forms.enquiry_stores_an_employer": "forms: enquiry all_of_enquiry",
    "forms.payment_stores_an_income": "forms: payment all_of_payment",
    "network.a_debug_log_holds_what_was_sent": "mail: log_files",
    "network.a_form_warns_of_nothing": "mail: warned",
    "network.a_log_is_not_filtered": "mail: logging_in_force",
    "network.a_task_carries_an_address": "mail: tasks",
    "network.the_mail_names_the_case": "mail: mails",
    "objections.a_consent_flipped": "withdrawals: on_record all_on_record",
    "objections.an_objection_forgotten": "objections: upheld_stands",
    "objections.called_back_after_a_withdrawal": "withdrawals: nothing_after_withdrawal nothing_after_any_withdrawal",
    "objections.read_on_against_an_objection": "objections: nothing_opened nothing_opened_ever",
    "objections.the_address_is_kept_for_later": "withdrawals: no_address_left nothing_after_any_withdrawal",
    "objections.the_door_knows_no_objections": "objections: one_objects",
    "objections.withdrawing_does_nothing": "withdrawals: one_withdraws",
    "periods.a_hold_by_nobody": "periods: holds",
    "periods.a_matter_past_its_period": "periods: nothing_overdue nothing_overdue_at_all",
    "periods.a_table_without_a_period": "periods: every_table",
    "periods.values_without_their_submission": "periods: nothing_left_over",
    "recipients.a_disclosure_struck_off_the_list": "recipients: each_on_record all_on_record",
    "recipients.a_disclosure_without_a_contract": "recipients: grounds all_grounds contracts all_contracts",
    "recipients.a_script_from_elsewhere": "recipients_walls: pages_stay_home",
    "recipients.by_law_without_a_law": "recipients: by_law all_by_law",
    "recipients.errors_go_out_by_mail": "recipients_walls: nothing_else_sends",
    "recipients.to_a_country_without_a_safeguard": "recipients: countries all_countries",
    "recipients.too_many_fields": "recipients: fields all_fields",
    "record.a_notice_differs_from_what_was_published": "record: notice",
    "record.something_is_done_that_the_record_omits": "record: processing",
    "record.the_record_omits_a_processing": "record: record",
    "rights.a_blocked_person_is_opened": "blocked: stays_shut",
    "rights.a_blocking_is_ended_by_hand": "blocked: stands",
    "rights.a_complaint_is_late": "due: questions",
    "rights.a_correction_is_taken_away": "corrected: on_record",
    "rights.a_note_of_dispute_is_no_more_shown": "corrected: one_is_corrected",
    "rights.a_rectification_is_late": "due: rectification",
    "rights.a_request_for_blocking_is_late": "due: blocking",
    "rights.a_request_for_deletion_is_late": "due: deletion",
    "rights.a_request_is_late": "due: access",
    "rights.a_request_is_taken_away": "due: none_lost",
    "rights.a_tombstone_is_removed": "erased: tombstones nobody_came_back",
    "rights.an_answer_omits_a_store": "access: package",
    "rights.an_erased_persons_values_are_back": "erased: stays_gone",
    "rights.an_objection_is_late": "due: objection",
    "rights.nobody_knows_that_a_package_was_made": "access: on_record",
    "rights.the_door_forgets_who_is_blocked": "blocked: one_is_blocked",
    "rights.the_erasure_leaves_what_is_sealed": "erased_planted: one_is_erased",
    "security.a_byte_of_the_backup_is_changed": "backups: whole",
    "security.a_copy_of_a_store_is_readable_by_all": "files: modes",
    "security.a_key_is_wrapped_by_nobody_knows_what": "keys: all_wrapped",
    "security.a_key_lies_there_unwrapped": "keys: wrapped all_wrapped",
    "security.a_letter_is_slipped_in": "deeds: recorded",
    "security.a_line_comes_from_the_future": "deeds: in_order",
    "security.a_page_of_the_office_asks_for_no_second_factor": "staff: password_alone",
    "security.a_page_of_the_office_lets_strangers_in": "staff: strangers",
    "security.a_second_factor_is_taken_away": "staff: accounts",
    "security.a_third_party_watches_the_mailbox": "answers: in_the_mailbox",
    "security.a_third_partys_script_counts_visitors": "answers: nothing_foreign",
    "security.anybody_can_write_to_a_secret": "files: owner",
    "security.nobody_delivers_the_protocol": "deeds: delivered",
    "security.pages_may_load_scripts_from_anywhere": "answers: headers",
    "security.the_backups_are_gone": "backups: there",
    "security.the_backups_are_not_told_of_an_erasure": "backups: told",
    "security.the_key_lies_beside_the_backup": "keys: apart",
    "security.the_newest_backup_is_old": "backups: young",
}
"""Lie -> the file of probes, and those in it that see the lie each alone."""


def names(said: str) -> list[str]:
    file, _, probes = said.partition(": ")
    return [f"{PROBES}.{file}.{one}" for one in probes.split()]


def test_every_probe_of_these_files_sees_a_lie_alone():
    import zusage.promises.probes as folder

    written = {
        f"{PROBES}.{file}.{name}"
        for file in FILES
        for name in re.findall(
            r"(?m)^@probe\(.*\)\ndef (\w+)",
            Path(folder.__path__[0], f"{file}.py").read_text(encoding="utf-8"),
        )
    }
    assert {name for said in ALONE.values() for name in names(said)} == written


@pytest.mark.parametrize("lie", ALONE)
def test_each_probe_sees_it_alone(transactional_db: None, settings: Any, lie: str):
    scene = fill(settings)
    found = next(one for one in all_lies() if one.name == lie)
    undo = found.tell(scene)
    if isinstance(undo, Iterator):
        next(undo)
    try:
        for name in names(ALONE[lie]):
            with looking() as look:
                evidence = list(_evidence(name, look))
            assert worst(one.state for one in evidence) == "broken", (name, evidence)
    finally:
        if isinstance(undo, Iterator):
            next(undo, None)

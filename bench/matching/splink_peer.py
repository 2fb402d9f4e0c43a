"""Splink 4 on DuckDB over the same data: its own comparison library and blocking rules, trained by its own EM.

Set up as its documentation does for FEBRL4, with the fields that ours has: `NameComparison` with term frequencies for
names, `DateOfBirthComparison`, Jaro-Winkler for street and town, edit distances for numbers. u is taken from random
pairs, m by expectation maximisation over the training half's messages, in sessions blocked on different fields. A
blocking rule is left out only where its field is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

import duckdb
import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from bench.matching.febrl_data import SEED, Row

FIELDS = "given_name surname street_number address_1 suburb postcode date_of_birth soc_sec_id".split()
# Pairs that agree in one of these are compared: each leaves room for mistakes in all that it doesn't name.
BLOCKS = (
    ("soc_sec_id",),
    ("date_of_birth",),
    ("postcode", "given_name"),
    ("postcode", "surname"),
    ("postcode", "address_1"),
    ("postcode", "street_number"),
    ("given_name", "surname"),
    ("suburb", "given_name"),
    ("suburb", "surname"),
    ("suburb", "street_number"),
    ("address_1", "street_number"),
    ("address_1", "given_name"),
    ("address_1", "surname"),
)
# It is certain of so many of those, for the first estimate of how likely two random records match.
CERTAIN = (
    ("soc_sec_id",),
    ("given_name", "surname", "date_of_birth"),
    ("given_name", "surname", "address_1"),
)
SESSIONS = (("given_name", "surname"), ("postcode", "street_number"), ("date_of_birth",), ("suburb",))
RANDOM_PAIRS = 1_000_000


class Peer:
    """A trained model over `debtors`, in one setting."""

    def __init__(self, debtors: Sequence[Row], training: Sequence[Row], without: Sequence[str]) -> None:
        logging.disable(logging.WARNING)
        self._fields = [field for field in FIELDS if field not in without]
        self._debtors = _frame(debtors, self._fields)
        self._blocks = [block_on(*block) for block in BLOCKS if set(block) <= set(self._fields)]
        self._settings: Any = SettingsCreator(
            link_type="link_only",
            comparisons=[_comparison(field) for field in self._fields],
            blocking_rules_to_generate_predictions=self._blocks,
        )
        self._linker: Any = self._linked(training)
        self._train()

    def _linked(self, messages: Sequence[Row]) -> Any:
        frames = [self._debtors, _frame(messages, self._fields)]
        return Linker(
            frames,
            self._settings,
            db_api=DuckDBAPI(duckdb.connect()),
            input_table_aliases=["debtors", "messages"],
        )

    def _train(self) -> None:
        training = self._linker.training
        certain = [block_on(*rule) for rule in CERTAIN if set(rule) <= set(self._fields)]
        training.estimate_probability_two_random_records_match(certain, recall=0.9)
        training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED)
        for session in SESSIONS:
            if set(session) <= set(self._fields):
                training.estimate_parameters_using_expectation_maximisation(block_on(*session))

    def pairs(self, messages: Sequence[Row]) -> list[tuple[str, str, float]]:
        """(number of the message, number of the debtor, probability) of all pairs that its blocks find."""
        model = self._linker.misc.save_model_to_json(out_path=None)
        frames = [self._debtors, _frame(messages, self._fields)]
        linker: Any = Linker(
            frames, model, db_api=DuckDBAPI(duckdb.connect()), input_table_aliases=["debtors", "messages"]
        )
        found = linker.inference.predict().as_pandas_dataframe()
        # Tables are ordered by name: debtors are on the left.
        return list(
            zip(
                found["unique_id_r"],
                found["unique_id_l"],
                found["match_probability"].astype(float),
                strict=True,
            )
        )

    def seconds_for_one(self, messages: Sequence[Row]) -> list[float]:
        """How long it looks for each of `messages` as a single new record, among all debtors."""
        model = self._linker.misc.save_model_to_json(out_path=None)
        linker: Any = Linker(
            self._debtors, model | {"link_type": "dedupe_only"}, db_api=DuckDBAPI(duckdb.connect())
        )
        for field in ("given_name", "surname"):
            linker.table_management.compute_tf_table(field)
        taken = []
        for row in messages:
            record = [
                {field: row[field] or None for field in self._fields} | {"unique_id": f"new-{row['number']}"}
            ]
            began = time.perf_counter()
            found = linker.inference.find_matches_to_new_records(record, blocking_rules=self._blocks)
            found.as_record_dict()
            taken.append(time.perf_counter() - began)
        return taken


def _comparison(field: str) -> Any:
    if field in ("given_name", "surname"):
        return cl.NameComparison(field).configure(term_frequency_adjustments=True)
    if field == "date_of_birth":
        return cl.DateOfBirthComparison(field, input_is_string=True, datetime_format="%Y%m%d")
    if field in ("address_1", "suburb"):
        return cl.JaroWinklerAtThresholds(field, [0.9, 0.8])
    if field == "street_number":
        return cl.LevenshteinAtThresholds(field, 1)
    return cl.DamerauLevenshteinAtThresholds(field, [1, 2])


def _frame(rows: Sequence[Row], fields: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"unique_id": row["number"], **{field: row[field] or None for field in fields}} for row in rows]
    )

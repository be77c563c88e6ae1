"""From answers to scale scores: turn reversed items round, then average, if enough was answered."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from mentoring.errors import Problems
from mentoring.settings import Scale
from mentoring.tables import SCORES

ANSWERER = ["dyad", "person", "role", "wave"]


def keyed_answers(responses: pd.DataFrame, codebook_items: pd.DataFrame) -> pd.DataFrame:
    """Answers in which a high value always means much of what the scale measures.

    A reversed item's value x becomes ``low + high - x``, with the codebook's possible range (never the observed one, which
    depends on who happened to answer).

    Parameters
    ----------
    responses : DataFrame
        Table `responses`.
    codebook_items : DataFrame
        Table `codebook_items`.

    Returns
    -------
    DataFrame
        `responses` with `value` keyed, and the item's `low` and `high`.
    """
    facts = codebook_items[["item", "role", "low", "high", "reverse"]]
    keyed = responses.merge(facts, on=["item", "role"], how="left", validate="many_to_one")
    turned = keyed["low"] + keyed["high"] - keyed["value"]
    keyed["value"] = keyed["value"].where(~keyed["reverse"].fillna(False).astype(bool), turned)
    return keyed.drop(columns="reverse")


def scale_answers(keyed: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """One scale's keyed answers, a row per person (and relationship) and wave, a column per item.

    Returns
    -------
    DataFrame
        Columns `dyad, person, role, wave`, then the scale's items; NaN where there is no answer. Only people who were asked
        at least one of the items.
    """
    rows = keyed[keyed["item"].isin(scale.items)]
    # pivot drops rows whose key is missing, so an answer that is about no relationship gets a stand-in key meanwhile.
    wide = rows.assign(dyad=rows["dyad"].fillna("")).pivot(index=ANSWERER, columns="item", values="value")
    wide = wide.reindex(columns=scale.items).astype("float64").reset_index()
    wide["dyad"] = wide["dyad"].replace("", None)
    wide.columns.name = None
    return wide


def with_mentor(answers: pd.DataFrame, dyads: pd.DataFrame) -> pd.DataFrame:
    """Each answer sheet with the mentor it is clustered in: the relationship's, or for answers about oneself the person's own."""
    mentor_of = dyads.set_index("dyad")["mentor"]
    # A mentee's sheet about themselves belongs to their (first) mentor.
    first = dyads.drop_duplicates("mentee").set_index("mentee")["mentor"]
    own = answers["person"].where(answers["role"] == "mentor", answers["person"].map(first))
    return answers.assign(mentor=answers["dyad"].map(mentor_of).fillna(own))


def by_role_and_wave(answers: pd.DataFrame, items: Sequence[str]) -> Iterator[tuple[str, int, pd.DataFrame]]:
    """One scale's answers split into (role, wave, item columns), in a fixed order."""
    for (role, wave), rows in answers.groupby(["role", "wave"], sort=True):
        yield str(role), int(wave), rows[list(items)]


def score_scales(keyed: pd.DataFrame, scales: Sequence[Scale]) -> pd.DataFrame:
    """Prorated scale scores: the mean of the answered keyed items.

    # ASSUME: an unanswered item of a scale would have been answered like the answered ones (person-mean scoring), provided
    # that at least the configured share (default 80 %) was answered; with fewer answers there is no score.

    Parameters
    ----------
    keyed : DataFrame
        From `keyed_answers`.
    scales : sequence of Scale
        Section `scales` of the config.

    Returns
    -------
    DataFrame
        Table `scores`. R: ``rowMeans(items, na.rm = TRUE)`` where ``rowSums(!is.na(items)) >= ceiling(share * k)``.
    """
    parts = [_scored(scale_answers(keyed, scale), scale) for scale in scales]
    return SCORES.frame(pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=SCORES.names))


def refuse_rankings(keyed: pd.DataFrame, scales: Sequence[Scale]) -> None:
    """Refuse scales whose items always add up to the same total.

    Raises
    ------
    StudyError
        For three or more items that ten or more people answered differently but with one total: ranks (or shares of 100) say what a person
        prefers to what, so their mean is the same for everyone and no score.
    """
    problems = Problems("config.yaml")
    for scale in scales:
        complete = scale_answers(keyed, scale)[scale.items].dropna()
        if len(scale.items) > 2 and len(complete) >= 10 and np.ptp(complete.sum(axis=1)) < 1e-9 and (complete.std() > 0).all():
            problems.add(
                f"scales: {scale.name}", f"the items of `{scale.name}` add up to {complete.sum(axis=1).iloc[0]:g} in every one of {len(complete)} answers, "
                "as ranks do", expected="items that each can be answered high or low, whatever the others are",
                fix="take the scale out; ranked items can be used one by one, as `items` of no scale",
            )
    problems.raise_if_any()


def score_answers(answers: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """The answer sheets of one scale (from `scale_answers`) with `score` and `answered`, the number of items answered."""
    values = answers[scale.items]
    answered = values.notna().sum(axis=1)
    return answers.assign(score=values.mean(axis=1).where(answered >= answers_needed(scale)), answered=answered)


def answers_needed(scale: Scale) -> int:
    """How many of a scale's items a person must have answered to get a score."""
    # A tiny amount is taken off first: 0.8 * 5 must not become 5 through rounding of binary fractions.
    return math.ceil(scale.answered * len(scale.items) - 1e-9)


def _scored(answers: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    return score_answers(answers, scale)[[*ANSWERER, "score", "answered"]].assign(scale=scale.name, items=len(scale.items))

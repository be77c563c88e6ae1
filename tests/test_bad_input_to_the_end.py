"""What can be wrong with a study's data, taken through every kind of question: a stated rule, a count, and never a crash or a silent drop.

The rules stand in docs/how-to/when-the-data-are-not-perfect.md.
"""

import pytest

from mentoring.errors import StudyError
from mentoring.models.kinds import KINDS
from tests import defective_study as study


def counted(tables, step, reason, column):
    """One count of the table `exclusions`."""
    rows = tables["exclusions"]
    rows = rows[rows["step"].eq(step) & rows["reason"].str.contains(reason, regex=False)]
    assert len(rows) == 1, f"{step}: {reason}"
    return rows[column].iloc[0]


def check_that_nothing_is_silent(tables, kinds=12):
    """Every kind has a verdict; what has no estimate says why; every row of every question is used or counted."""
    assert len(tables["verdicts"]) == len(tables["fits"].drop_duplicates("question")) == kinds <= len(KINDS)
    lost = tables["verdicts"].loc[tables["verdicts"]["verdict"] == "not estimated", "question"]
    fits = tables["fits"].set_index("question")
    for question in lost:
        # Moves between stages need two waves, whatever became of the model beside them; their own rows say so.
        own = tables["quantities"].query("question == @question")["note"].dropna()
        fitted = fits["n_obs"].notna()[question]
        assert len(own) if fitted else counted(tables, f"question {question}", "not estimated: ", "reason")
    for question in set(fits.index) - set(lost):
        assert fits.loc[question, "n_obs"].max() > 0
    assert tables["verdicts"]["sentence"].str.len().min() > 20 and not tables["verdicts"]["sentence"].str.contains("nan").any()


def test_everything_at_once(tmp_path):
    tables = study.worked_through(
        study.made(
            tmp_path,
            [study.one_sided, study.group_of_two, study.flat_profiles, study.empty_wave],
            [study.own_mentors, study.pairs_twice, study.wave_not_listed],
        )
    )
    check_that_nothing_is_silent(tables)
    # The example's own pair list already names one person as their own mentor, and one pair twice.
    assert counted(tables, "ingest: pairs", "a person paired with themselves", "rows") == 3
    assert counted(tables, "ingest: pairs", "rows that only repeat a pair", "dyads") == 4
    analysis = tables["analysis"]
    assert (analysis["mentor"] != analysis["mentee"]).all() and not analysis.duplicated(["mentor", "mentee", "wave"]).any()
    for wave in (1, 2):
        sides = [
            counted(tables, f"pairing: wave {wave}", reason, "dyads")
            for reason in ("both sides", "only the mentee", "only the mentor", "neither side")
        ]
        assert sum(sides) == 51 and min(sides[1:3]) >= 10
    assert counted(tables, "similarity values_profile", "flat", "dyads") >= 20 and "values_profile" in analysis
    assert "at least 5 people" in counted(tables, "question first_generation", "not estimated", "reason")


def test_mentors_with_one_mentee_and_a_scale_of_one_side(tmp_path):
    # Those it concerns most; all kinds are tried in the slow set.
    kinds = ("similarity", "reciprocity", "exchange", "congruence")
    tables = study.worked_through(study.made(tmp_path, [study.one_side_s_scale], mentors=24, mentees_per_mentor=1.0), kinds)
    check_that_nothing_is_silent(tables, len(kinds))
    mentees = tables["analysis"].groupby("mentor")["mentee"].nunique()
    assert counted(tables, "pairing", "mentors with one mentee", "people") == (mentees == 1).sum() > 10
    assert tables["analysis"]["mentor_quality"].isna().all()
    assert (
        counted(tables, "scale quality", "only mentees answered it", "dyads")
        == tables["analysis"].dropna(subset=["mentee_quality"])["dyad"].nunique()
    )
    assert "only mentees answered “quality”" in counted(tables, "question the_same_relationship", "not estimated", "reason")


def test_a_listed_wave_that_nobody_answered_is_refused_in_words(tmp_path):
    made = study.made(tmp_path, [study.empty_wave])
    with pytest.raises(StudyError, match="the wave “2” has no answers in any survey"):
        study.worked_through(made)


@pytest.mark.slow
@pytest.mark.parametrize(("answers", "files", "world"), [
    ([], [study.own_mentors], {}), ([], [study.pairs_twice], {}), ([study.one_sided], [], {}), ([], [], {"mentees_per_mentor": 1.0, "mentors": 24}),
    ([study.flat_profiles], [], {}), ([study.one_side_s_scale], [], {}), ([study.group_of_two], [], {}), ([study.empty_wave], [study.wave_not_listed], {}),
    ([], [], {"waves": 1}), ([], [], {"mentors": 6}),
])  # fmt: skip
def test_each_alone(tmp_path, answers, files, world):
    check_that_nothing_is_silent(study.worked_through(study.made(tmp_path, answers, files, **world)))

"""Questions of kinds `similarity` and `model` about yes/no and ordered outcomes: from config and data to tables and verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mentoring.dyads import add_similarity, pair_dyads
from mentoring.errors import StudyError
from mentoring.measure import keyed_answers, score_scales
from mentoring.models.collecting import adjusted, verdicts
from mentoring.models.kinds import StudyData
from mentoring.models.outcomes import coarse, coded, value_problems
from mentoring.models.questions import answer_question, read_whole_study, tables_of
from mentoring.models.words import Words
from mentoring.settings import ModelQuestion, Similarity, SimilarityQuestion
from mentoring.study import Study
from tests.small_study import write_small_study

FELT = Similarity(name="felt", kind="perceived", of=["felt"], reporter="mentee", depth="deep")


def study_data(mentors: int = 24, each: int = 4, waves: int = 2, b: float = 1.0, seed: int = 1, noise: float = 1.0) -> StudyData:
    """Made relationships: `stay` rises with how alike the mentee feels, ends become rarer, `choice` is yes or no in words."""
    g = np.random.default_rng(seed)
    of = np.repeat(np.arange(mentors), each)
    n = len(of)
    felt = g.normal(size=n)
    own = b * felt + 0.7 * g.normal(size=mentors)[of] + 0.5 * g.normal(size=n)
    ended = -own - 1 + noise * g.logistic(size=n) > 0
    sheets = []
    for wave in range(1, waves + 1):
        told = own + noise * g.logistic(size=n)
        sheets.append(pd.DataFrame({
            "dyad": [f"D{i:03d}" for i in range(n)], "mentor": [f"M{i:02d}" for i in of], "mentee": [f"E{i:03d}" for i in range(n)], "program": [f"P{i % 6}" for i in of],
            "form": None, "wave": wave, "stage": None, "felt": felt, "mentee_stay": np.digitize(told, [-2, -0.7, 0.7, 2]) + 1.0,
            "mentee_choice": np.where(told > 0.3, "Chosen", "Assigned"), "mentee_yes": np.where(told > 0, "Yes", "No"), "mentee_score": told,
        }))  # fmt: skip
    analysis = pd.concat(sheets, ignore_index=True).astype({"wave": "Int64", "mentee_choice": "str", "mentee_yes": "str"})
    pairs = sheets[0][["dyad", "mentor", "mentee", "program"]].assign(
        start=pd.NaT, end=pd.Series(np.where(ended, pd.Timestamp("2025-01-01"), pd.NaT))
    )
    return StudyData(analysis, pairs, pd.DataFrame(), pd.DataFrame(), [FELT], [], 3)


def alike(**keys: object) -> SimilarityQuestion:
    return SimilarityQuestion(
        **{
            "name": "q",
            "kind": "similarity",
            "ask": "?",
            "outcome": "stay",
            "reporter": "mentee",
            "similarity": ["felt"],
            "distribution": "ordered",
            **keys,
        }
    )  # type: ignore[arg-type]


def judged(question: SimilarityQuestion | ModelQuestion, data: StudyData) -> tuple[dict[str, pd.DataFrame], pd.Series]:
    tables = tables_of(answer_question(question, data))
    tables["fixed_effects"] = adjusted(tables["fixed_effects"], [question])
    return tables, verdicts(tables, [question], Words.of([], [FELT])).iloc[0]


@pytest.fixture(scope="module")
def data() -> StudyData:
    return study_data()


@pytest.fixture(scope="module")
def ordered(data: StudyData) -> tuple[dict[str, pd.DataFrame], pd.Series]:
    return judged(alike(sesoi=0.1), data)


@pytest.fixture(scope="module")
def over(data: StudyData) -> tuple[dict[str, pd.DataFrame], pd.Series]:
    return judged(alike(outcome="ended", distribution="binary"), data)


def part(tables: dict[str, pd.DataFrame], topic: str) -> pd.DataFrame:
    return tables["quantities"][tables["quantities"]["topic"] == topic].set_index("quantity")


def test_an_ordered_outcome_gives_all_its_tables(data: StudyData, ordered: tuple[dict[str, pd.DataFrame], pd.Series]) -> None:
    tables, verdict = ordered
    effects = tables["fixed_effects"].set_index("term")
    row = effects.loc["felt_within"]
    assert verdict["verdict"] == "positive"
    assert "had an answer of" in verdict["sentence"] and "Of 100" not in verdict["sentence"].split("In terms of")[0]
    assert [term for term in effects.index if term.startswith("threshold")] == [f"threshold {k}|{k + 1}" for k in range(1, 5)]
    assert row["method"] == "marginal cumulative logit, CR2 by mentor"
    assert row["std_estimate"] == pytest.approx(row["estimate"] * np.sqrt(3) / np.pi * _sd(data), rel=1e-6)
    odds = part(tables, "odds ratios").loc["felt_within"]
    assert odds["estimate"] == pytest.approx(np.exp(row["estimate"])) and odds["ci_low"] == pytest.approx(np.exp(row["ci_low"]))
    assert part(tables, "mixed model").loc["felt_within", "estimate"] > row["estimate"]
    shares = tables["quantities"][tables["quantities"]["of"] == "felt_within: high"]
    single = shares[shares["quantity"].str.startswith("answer")]
    assert single["estimate"].sum() == pytest.approx(1)
    assert ((single["ci_low"] > 0) & (single["ci_high"] < 1)).all()
    variances = tables["variance_components"].set_index("group")
    assert list(variances.index) == ["program", "mentor", "mentee", "Residual"]
    assert variances.loc["Residual", "variance"] == pytest.approx(np.pi**2 / 3) and variances["share"].sum() == pytest.approx(1)
    fit = tables["fits"].iloc[0]
    assert fit["n_obs"] == 192 and fit["icc"] == pytest.approx(1 - variances.loc["Residual", "share"])


def _sd(data: StudyData) -> float:
    means = data.analysis.groupby("dyad")["felt"].transform("mean")
    return float((means - means.groupby(data.analysis["mentor"]).transform("mean")).std(ddof=1))


def test_each_cut_alone_stands_beside_the_model_of_all(data: StudyData, ordered: tuple[dict[str, pd.DataFrame], pd.Series]) -> None:
    cuts = part(ordered[0], "cut by cut")
    assert list(cuts.index) == ["2 or above", "3 or above", "4 or above", "5 or above"]
    together = ordered[0]["fixed_effects"].set_index("term").loc["felt_within", "estimate"]
    assert cuts["estimate"].min() < together < cuts["estimate"].max()
    yes = data.analysis.assign(mentee_stay=(data.analysis["mentee_stay"] >= 4).astype(float))
    alone, _ = judged(alike(distribution="binary"), replace(data, analysis=yes))
    row = alone["fixed_effects"].set_index("term").loc["felt_within"]
    for name in ("estimate", "se", "df", "p", "ci_low"):
        assert cuts.loc["4 or above", name] == pytest.approx(row[name], rel=1e-9)


def test_other_programs_agree_and_single_mentors_are_left_out(
    ordered: tuple[dict[str, pd.DataFrame], pd.Series], over: tuple[dict[str, pd.DataFrame], pd.Series]
) -> None:
    tables, _ = over
    opinions = tables["second_opinion"].set_index("engine")
    assert opinions.loc["statsmodels", "agrees"] and opinions.loc["mixedlm", "agrees"]
    without = tables["influence"]
    assert without["group"].value_counts().to_dict() == {"mentor": 24, "program": 6}
    assert not without["changes_sign"].any() and without["dfbetas"].abs().max() < 3
    opinions = ordered[0]["second_opinion"].set_index("engine")
    assert opinions.loc["statsmodels", "agrees"] and pd.isna(opinions.loc["mixedlm", "agrees"])
    assert opinions.loc["mixedlm", "note"] == "it has no ordered mixed model"


def test_the_end_of_relationships_counts_once_each_and_is_nobodys_answer(over: tuple[dict[str, pd.DataFrame], pd.Series]) -> None:
    tables, verdict = over
    fit = tables["fits"].iloc[0]
    assert fit["n_obs"] == 96 == fit["n_dyads"] and "a fact of the relationship" in fit["note"]
    assert verdict["verdict"] == "negative" and "odds that the relationship ended" in verdict["sentence"]
    points = part(tables, "percentage points").loc["difference between low and high"]
    low, high = (
        tables["quantities"].query("topic == 'shares' and quantity == 'yes'").set_index("of").loc[f"felt_within: {end}", "estimate"]
        for end in ("low", "high")
    )
    assert points["estimate"] == pytest.approx(100 * (high - low)) and points["ci_high"] < 0
    # Ends are nobody's word, so felt similarity and outcome do not come from one source.
    assert "the same person" not in verdict["sentence"] and verdict["certainty"] == "clear"
    assert tables["effect_lines"]["predicted"].between(0, 1).all() and len(tables["effect_lines"]) == 21


def test_a_formula_may_have_a_yes_no_outcome_in_words(data: StudyData) -> None:
    formula = "mentee_choice ~ felt + wave + (1 | mentor/dyad)"
    question = ModelQuestion(name="q", kind="model", ask="?", formula=formula, focus=["felt"], distribution="binary", event="Chosen")
    tables, verdict = judged(question, data)
    assert verdict["verdict"] == "positive" and "“Chosen”" in verdict["sentence"]
    turned, _ = judged(question.model_copy(update={"event": "Assigned"}), data)
    for one, sign in ((tables, 1), (turned, -1)):
        row = one["fixed_effects"].set_index("term").loc["felt"]
        assert sign * row["estimate"] == pytest.approx(tables["fixed_effects"].set_index("term").loc["felt", "estimate"], abs=1e-8)
    assert set(tables["variance_components"]["group"]) == {"mentor", "dyad:mentor", "Residual"}


def test_yes_needs_no_event_and_an_interaction_has_no_shares(data: StudyData) -> None:
    question = ModelQuestion(
        name="q",
        kind="model",
        ask="?",
        formula="mentee_yes ~ felt * wave + (1 | mentor)",
        focus=["felt", "felt:wave"],
        distribution="binary",
    )
    tables, verdict = judged(question, data)
    points = part(tables, "percentage points")
    assert points["estimate"].isna().all() and "interaction" in points["note"].iloc[0]
    assert tables["effect_lines"].empty and "In terms of 100" not in verdict["sentence"]
    assert tables["fixed_effects"].set_index("term").loc["felt:wave", "se"] > 0


def test_without_association_the_answer_stays_open() -> None:
    _, verdict = judged(alike(outcome="ended", distribution="binary", sesoi=0.05), study_data(b=0.0, seed=5))
    assert verdict["verdict"] == "inconclusive"


@pytest.mark.parametrize("change, why", [
    (lambda rows: rows.assign(mentee_stay=3.0), "the same in every complete row"),
    (lambda rows: rows[rows["mentor"] < "M04"], "form only 4 groups"),
    (lambda rows: rows.assign(mentee_stay=np.where(rows["felt"] > 0, 5.0, 1.0)), "decide"),
    (lambda rows: rows.assign(mentor="M00"), "form only 1 groups"),
    (lambda rows: rows.head(3), "rows for"),
])  # fmt: skip
def test_what_cannot_be_estimated_says_why(data: StudyData, change, why: str) -> None:  # type: ignore[no-untyped-def]
    broken = replace(data, analysis=change(data.analysis).reset_index(drop=True))
    tables, verdict = judged(alike(), broken)
    assert verdict["verdict"] == "not estimated"
    assert why in tables["fits"].iloc[0]["note"], tables["fits"].iloc[0]["note"]
    assert tables["fixed_effects"]["estimate"].isna().all() and tables["quantities"].empty


def test_a_cluster_of_thousands_is_refused_before_it_fills_the_memory() -> None:
    big = study_data(mentors=6, each=4, waves=1)
    many = pd.concat([big.analysis] * 300).assign(wave=np.repeat(np.arange(300), len(big.analysis)))
    tied = many.assign(
        mentee_stay=np.random.default_rng(1).integers(1, 6, len(many)).astype(float),
        program=None,
        mentor=np.where(many["mentor"] == "M05", "M05", "M04"),
    )
    extra = [tied.assign(mentor=f"N{i}", mentee=tied["mentee"] + str(i), dyad=tied["dyad"] + str(i)).head(20) for i in range(9)]
    rows = pd.concat([tied, *extra], ignore_index=True).astype({"wave": "Int64"})
    question = ModelQuestion(
        name="q", kind="model", ask="?", formula="mentee_stay ~ felt + (1 | mentor)", focus=["felt"], distribution="ordered"
    )
    tables, verdict = judged(question, replace(big, analysis=rows))
    assert verdict["verdict"] == "not estimated" and "must be many and small" in tables["fits"].iloc[0]["note"]


def test_relationships_that_never_change_their_answer_have_no_mixed_model(data: StudyData) -> None:
    rows = data.analysis.copy()
    rows["mentee_stay"] = np.where(rows["dyad"].str[1:].astype(int) % 3 == 0, 1.0, 2.0)
    question = ModelQuestion(
        name="q", kind="model", ask="?", formula="mentee_stay ~ felt + wave + (1 | dyad)", focus=["felt"], distribution="binary"
    )
    tables, _ = judged(question, replace(data, analysis=rows))
    assert "hardly ever differ" in tables["fits"].iloc[0]["note"]
    assert tables["variance_components"].empty and part(tables, "mixed model")["estimate"].isna().all()
    assert np.isfinite(tables["fixed_effects"].set_index("term").loc["felt", "estimate"])


def test_an_outcome_with_few_values_is_told_when_taken_for_a_number(data: StudyData) -> None:
    assert "two values" in coarse(pd.Series([0, 1, 1, None])) and "only 5 different" in coarse(pd.Series([1, 2, 3, 4, 5]))
    assert coarse(pd.Series([1.0, 2.5, 3, 4, 5, 6])) == "" == coarse(pd.Series([2.0, 2.0]))
    tables, _ = judged(alike(distribution="normal"), data)
    assert "`distribution: ordered`" in tables["fits"].iloc[0]["note"]
    tables, _ = judged(alike(distribution="normal", outcome="ended"), data)
    assert "`distribution: binary`" in tables["fits"].iloc[0]["note"]


@pytest.mark.parametrize("keys, values, found", [
    ({"distribution": "binary"}, [1.0, 2.0, 3.0], "3 different values"),
    ({"distribution": "ordered"}, [1.5, 2.0, 3.0], "between whole codes"),
    ({"distribution": "ordered"}, ["low", "high"], "holds words"),
    ({"distribution": "binary"}, ["Assigned", "Chosen"], "which of Assigned, Chosen"),
    ({"distribution": "binary", "event": "Picked"}, ["Assigned", "Chosen"], "nobody answered"),
    ({"distribution": "binary", "event": "chosen"}, ["Assigned", "Chosen"], ""),
    ({"distribution": "binary"}, ["No", "Yes"], ""),
    ({"distribution": "binary"}, [1.0, 2.0], ""),
])  # fmt: skip
def test_values_that_do_not_fit_are_refused(keys: dict[str, str], values: list[object], found: str) -> None:
    problems = value_problems(alike(**keys), pd.Series(values), "here")
    assert [found in problem.found for problem in problems] == ([True] if found else [])


def test_the_higher_code_is_yes_unless_the_other_is_named(data: StudyData) -> None:
    rows = data.analysis.assign(mentee_stay=np.where(data.analysis["mentee_stay"] > 3, 2.0, 1.0))
    assert coded(alike(distribution="binary"), rows, data.dyads)["mentee_stay"].sum() == (rows["mentee_stay"] == 2).sum()
    assert coded(alike(distribution="binary", event="1"), rows, data.dyads)["mentee_stay"].sum() == (rows["mentee_stay"] == 1).sum()
    with pytest.raises(StudyError, match="nobody answered"):
        coded(alike(distribution="binary", event="3"), rows, data.dyads)


EXTRA = "stay,mentee,,Will you stay?,likert,dyad,1,5,,\nagain,mentee,,Again?,category,dyad,,,,again\n"


def a_study(folder: Path, question: str) -> Study:
    """The small study with a rating, a yes/no item and ends of relationships."""
    write_small_study(folder)
    g = np.random.default_rng(2)
    data = folder / "data"
    sheet = pd.read_csv(data / "mentees.csv")
    sheet.assign(stay=np.clip(sheet["q1"] - 2 + g.integers(-1, 2, len(sheet)), 1, 5), again=g.integers(0, 2, len(sheet))).to_csv(
        data / "mentees.csv", index=False
    )
    (data / "items.csv").write_text((data / "items.csv").read_text() + EXTRA)
    (data / "labels.csv").write_text((data / "labels.csv").read_text() + "again,0,Rather not,\nagain,1,Gladly,\n")
    pairs = pd.read_csv(data / "pairs.csv")
    pairs.assign(end=np.where(np.arange(len(pairs)) % 3 == 0, "2025-03-01", "")).to_csv(data / "pairs.csv", index=False)
    config = (folder / "config.yaml").read_text().replace("program: program}", "program: program, end: end}")
    start = config.index("  - name: both_sides")
    (folder / "config.yaml").write_text(config[:start] + question + config[config.index("credibility:") :])
    return Study.load(folder)


GOOD = """\
  - {name: over, ask: "?", kind: similarity, outcome: ended, reporter: mentee, similarity: [same_field], distribution: binary}
  - {name: stay, ask: "?", kind: similarity, outcome: stay, reporter: mentee, similarity: [same_field], distribution: ordered}
  - {name: again, ask: "?", kind: model, formula: "mentee_again ~ mentor_quality + (1 | mentor)", focus: [mentor_quality], distribution: binary, event: Gladly}
  - {name: gone, ask: "?", kind: model, formula: "ended ~ mentor_quality + (1 | mentor)", focus: [mentor_quality], distribution: binary}
"""


def test_a_study_that_fits_is_answered_from_its_files(tmp_path: Path) -> None:
    study = a_study(tmp_path, GOOD)
    read = read_whole_study(study)
    keyed = keyed_answers(read.responses, read.codebook_items)
    paired = pair_dyads(read.dyads, read.people, keyed, score_scales(keyed, study.scales), read.codebook_items, study.scales)
    analysis = add_similarity(paired, study.similarity, read.codebook_items)
    known = StudyData(analysis, read.dyads, read.people, read.codebook_items, study.similarity, study.scales, 3)
    tables = {question.name: tables_of(answer_question(question, known)) for question in study.questions if question.name != "alike"}
    sizes = {name: int(one["fits"]["n_obs"].iloc[0]) for name, one in tables.items()}
    assert sizes == {"over": 56, "stay": 112, "again": 112, "gone": 56}
    for name, one in tables.items():
        focus = one["fixed_effects"].set_index("term").loc["same_field_within" if name in ("over", "stay") else "mentor_quality"]
        assert focus["se"] > 0 and focus["df"] >= 4
        assert pd.isna(focus["reporter"]) == (name in ("over", "gone"))
    # Gladly is coded 1: the question's own yes.
    gladly = (analysis["mentee_again"] == "Gladly").mean()
    assert _predicted(tables["again"]) == pytest.approx(gladly, abs=0.1)


def _predicted(tables: dict[str, pd.DataFrame]) -> float:
    return float(tables["effect_lines"]["predicted"].mean())


@pytest.mark.parametrize("question, found", [
    ("kind: similarity, outcome: quality, reporter: mentee, similarity: [same_field], distribution: binary", "is a scale, a mean of several items"),
    ("kind: similarity, outcome: quality, reporter: mentee, similarity: [same_field], distribution: ordered", "is a scale, a mean of several items"),
    ("kind: similarity, outcome: stay, reporter: mentee, similarity: [same_field], distribution: binary", "different values"),
    ("kind: similarity, outcome: again, reporter: mentee, similarity: [same_field], distribution: ordered", "is a category, not a rating"),
    ("kind: similarity, outcome: again, reporter: mentee, similarity: [same_field], distribution: binary", "which of Gladly, Rather not counts as yes"),
    ("kind: similarity, outcome: again, reporter: mentee, similarity: [same_field]", "is a category"),
    ("kind: similarity, outcome: ended, reporter: mentee, similarity: [same_field], distribution: ordered", "`ended` is yes or no"),
    ("kind: similarity, outcome: quality, reporter: mentee, similarity: [same_field], event: high", "names an `event`"),
    ("kind: model, formula: 'mentee_stay ~ mentor_quality + (mentor_quality | mentor)', focus: [mentor_quality], distribution: ordered", "more than an intercept"),
    ("kind: model, formula: 'log(mentee_stay) ~ mentor_quality + (1 | mentor)', focus: [mentor_quality], distribution: ordered", "is not a column of one side"),
])  # fmt: skip
def test_what_does_not_fit_is_told_before_anything_is_fitted(tmp_path: Path, question: str, found: str) -> None:
    with pytest.raises(StudyError) as told:
        read_whole_study(a_study(tmp_path, f'  - {{name: bad, ask: "?", {question}}}\n'))
    assert any(found in problem.found for problem in told.value.problems), told.value.problems


def test_a_study_without_ends_is_told(tmp_path: Path) -> None:
    study = a_study(tmp_path, GOOD)
    pairs = pd.read_csv(tmp_path / "data" / "pairs.csv").assign(end="")
    pairs.to_csv(tmp_path / "data" / "pairs.csv", index=False)
    with pytest.raises(StudyError, match="none of the relationships"):
        read_whole_study(study)

"""Complete fake `results/` folders to build reports from, small enough to draw in seconds. All numbers are made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from mentoring import tables
from mentoring.credibility.leavers import attrition_differences
from mentoring.credibility.lost_voice import Voices, lost_voice
from mentoring.measure.missing import attrition_table, pattern_table, sides_asked
from mentoring.study import Study, parse

CONFIG = """
study:
  title: {title}
  contact: "{contact}"
  description: "Mentors and mentees of a made-up programme answered a questionnaire three times."
  seed: 7
  synthetic: {synthetic}
data:
  surveys:
    - {{name: mentees, file: data/mentees.csv, role: mentee, person: id}}
    - {{name: mentors, file: data/mentors.csv, role: mentor, person: id}}
  pairs: {{file: data/pairs.csv, program: program}}
  codebook: {{items: data/items.csv, labels: data/labels.csv}}
scales:
  - {{name: quality, label: {label}, items: [q1, q2, q3]}}
  - {{name: authenticity, label: Authenticity, items: [a1, a2]}}
similarity:
  - {{name: same_gender, label: Same gender, kind: match, of: [gender], depth: surface}}
  - {{name: values_distance, label: Distance in values, kind: absolute_difference, of: [authenticity]}}
questions:
  - name: gender_quality
    ask: {ask}
    kind: similarity
    outcome: quality
    reporter: mentee
    similarity: [same_gender, values_distance]
    family: primary
    sesoi: 0.2
    unit: points from 1 to 5
    published:
      - {{source: Example 2001, finding: "Same-gender pairs answered 0.1 to 0.3 points higher.", low: 0.1, high: 0.3}}
  - name: authentic
    ask: Does authenticity go with quality?
    kind: model
    formula: "mentee_quality ~ mentee_authenticity + mentor_gender + (1 | program/mentor)"
    focus: [mentee_authenticity]
  - name: unanswerable
    ask: Does it differ for the few?
    kind: model
    formula: "mentee_quality ~ form + (1 | mentor)"
    focus: [form]
    family: exploratory
"""
PLAIN = {
    "title": "Test study",
    "contact": "someone@example.org",
    "label": "Relationship quality",
    "ask": "Do same-gender pairs report better quality?",
    "synthetic": "true",
}


def full_study(folder: Path, **words: str) -> Study:
    """A study with scales on both sides at three waves; keywords replace texts of the config."""
    study = Study(folder, parse(CONFIG.format(**{**PLAIN, **words})))
    rng = np.random.default_rng(3)
    dyads = pd.DataFrame(
        [
            {
                "dyad": f"d{n:03}",
                "mentor": f"m{n % 24:02}",
                "mentee": f"e{n:03}",
                "program": f"P{n % 24 % 4}",
                "form": "peer" if n % 3 else None,
            }
            for n in range(72)
        ]
    )
    responses, scores = _answers(dyads, rng)
    analysis = _analysis(dyads, scores, rng)
    people = _people(dyads, rng)
    _write(folder, "data", dyads=dyads, responses=responses, scores=scores, analysis=analysis, people=people, **_codebook())
    _write(
        folder,
        "tables",
        **_models(),
        **_measures(scores),
        **_silence(dyads, responses, people, scores),
        sources=pd.DataFrame([{"file": "data/mentees.csv", "sha256": "ab" * 32, "rows": 216, "columns": 9, "encoding": "utf-8"}]),
        exclusions=pd.DataFrame(
            [
                {"step": "read surveys", "reason": "id matches nobody on the list", "rows": 4, "people": 3},
                {"step": "score scales", "reason": "too few items answered", "rows": 31},
            ]
        ),
    )
    return study


def _silence(dyads: pd.DataFrame, responses: pd.DataFrame, people: pd.DataFrame, scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Who is silent, computed; a branch without careless sheets, made up."""
    read = [tables.BY_NAME[name].frame(rows) for name, rows in (("dyads", dyads), ("people", people), ("scores", scores))]
    asked = sides_asked(read[0], tables.RESPONSES.frame(responses))
    voices = Voices(asked, *read)
    again = effect("gender_quality", "same_gender_within", 0.11, 0.05, 0.1) | {"rows": 140, "verdict": "inconclusive", "full_estimate": 0.2, "full_se": 0.05,
             "full_rows": 160, "full_verdict": "positive", "change": -1.8}  # fmt: skip
    branch = [{name: again.get(name) for name in tables.WITHOUT_CARELESS.names}, {"question": "authentic", "note": "the term cannot be estimated without these sheets"}]
    return {
        "missing_patterns": pattern_table(asked), "attrition": attrition_table(asked), "lost_voice": lost_voice(voices),
        "attrition_differences": attrition_differences(voices), "without_careless": tables.WITHOUT_CARELESS.frame(branch),
    }  # fmt: skip


def bare_study(folder: Path) -> Study:
    """A study like Project STAR: outcomes and a match, no scales, one side, one question."""
    text = PLAIN_BARE
    study = Study(folder, parse(text))
    rng = np.random.default_rng(5)
    dyads = pd.DataFrame(
        [{"dyad": f"d{n:03}", "mentor": f"t{n % 30:02}", "mentee": f"p{n:03}", "program": f"S{n % 30 % 5}"} for n in range(240)]
    )
    analysis = dyads.assign(
        wave=1, form=None, stage=None, same_race=rng.integers(0, 2, 240).astype(float), mentee_math=rng.normal(50, 20, 240)
    )
    responses = pd.DataFrame(
        [
            {"dyad": row.dyad, "person": row.mentee, "role": "mentee", "wave": 1, "item": "math", "value": row.mentee_math}
            for row in analysis.itertuples()
        ]
    )
    items = pd.DataFrame(
        [
            {
                "item": "math",
                "role": "mentee",
                "column": "math",
                "text": "Mathematics score",
                "kind": "number",
                "about": "dyad",
                "reverse": False,
            }
        ]
    )
    people = pd.concat(
        [pd.DataFrame({"person": dyads["mentor"].unique(), "role": "mentor"}), pd.DataFrame({"person": dyads["mentee"], "role": "mentee"})]
    )
    _write(folder, "data", dyads=dyads, responses=responses, analysis=analysis, people=people, codebook_items=items)
    effects = pd.DataFrame(
        [
            effect("race", "Intercept", 48, 1.5, None),
            effect("race", "same_race", 2.7, 1.26, 0.12, df=2672.1),
            effect("race", "mentor_race[T.Black]", -1.0, 1.4, -0.04),
        ]
    )
    fits = pd.DataFrame(
        [{**_fit("race", "mentee_math ~ same_race + mentor_race + (1 | mentor) + (1 | program)"), "n_obs": 240, "n_mentees": 240}]
    )
    verdicts = pd.DataFrame(
        [
            {
                "question": "race",
                "verdict": "positive",
                "certainty": "moderate",
                "sentence": "Pupils who share their teacher's race score higher.",
            }
        ]
    )
    similarity = pd.DataFrame(
        [{"index": "same_race", "kind": "match", "dyads": 240, "mean": 0.51, "sd": 0.5, "null_mean": 0.5, "null_p": 0.7}]
    )
    _write(folder, "tables", fixed_effects=effects.assign(outcome="mentee_math"), fits=fits, verdicts=verdicts, similarity=similarity)
    return study


PLAIN_BARE = """
study: {title: Pupils and teachers}
data:
  surveys: [{name: pupils, file: data/pupils.csv, role: mentee, person: id}]
  pairs: {file: data/pairs.csv}
  codebook: {items: data/items.csv}
similarity: [{name: same_race, label: Same race, kind: match, of: [race], depth: surface}]
questions:
  - name: race
    ask: Do pupils learn more from a teacher of their race?
    kind: similarity
    outcome: math
    reporter: mentee
    similarity: [same_race]
"""


def effect(
    question: str, term: str, estimate: float, se: float, std: float | None, df: float = 21.4, p: float = 0.032
) -> dict[str, object]:
    """A row of `fixed_effects`."""
    return {
        "question": question,
        "outcome": "mentee_quality",
        "reporter": "mentee",
        "term": term,
        "estimate": estimate,
        "se": se,
        "df": df,
        "t": estimate / se,
        "p": p,
        "p_adjusted": p if std is not None else None,
        "ci_low": estimate - 2.1 * se,
        "ci_high": estimate + 2.1 * se,
        "std_estimate": std,
        "method": "Kenward-Roger",
    }


def _answers(dyads: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    items = {"quality": ["q1", "q2", "q3"], "authenticity": ["a1", "a2"]}
    rows, scores = [], []
    for row in dyads.itertuples():
        for wave in (1, 2, 3):
            for role, person in (("mentor", row.mentor), ("mentee", row.mentee)):
                if rng.random() < 0.12 * wave:
                    continue
                level = rng.normal(3.9, 0.6)
                for scale, names in items.items():
                    values = [float(np.clip(round(rng.normal(level, 0.7)), 1, 5)) if rng.random() > 0.05 else None for _ in names]
                    rows += [
                        {
                            "dyad": row.dyad,
                            "person": person,
                            "role": role,
                            "wave": wave,
                            "item": item,
                            "value": value,
                            "label": None,
                            "missing": None if value is not None else "blank",
                        }
                        for item, value in zip(names, values)
                    ]
                    given = [value for value in values if value is not None]
                    scores.append(
                        {
                            "dyad": row.dyad,
                            "person": person,
                            "role": role,
                            "wave": wave,
                            "scale": scale,
                            "score": float(np.mean(given)) if len(given) == len(values) else None,
                            "answered": len(given),
                            "items": len(values),
                        }
                    )
    return pd.DataFrame(rows), pd.DataFrame(scores)


def _analysis(dyads: pd.DataFrame, scores: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    wide = (
        scores.assign(column=scores["role"] + "_" + scores["scale"])
        .pivot_table(index=["dyad", "wave"], columns="column", values="score")
        .reset_index()
    )
    data = dyads.merge(wide, on="dyad").assign(stage=None)
    data["same_gender"] = data["dyad"].map({dyad: float(rng.random() < 0.5) for dyad in dyads["dyad"]})
    data["values_distance"] = (data["mentor_authenticity"] - data["mentee_authenticity"]).abs()
    data["mentor_gender"] = data["mentor"].map(lambda code: "rare" if code in ("m00", "m01") else "woman" if int(code[1:]) % 2 else "man")
    return data


def _people(dyads: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    sides = [pd.DataFrame({"person": dyads[role].unique(), "role": role}) for role in ("mentor", "mentee")]
    people = pd.concat(sides, ignore_index=True)
    return people.assign(gender=rng.choice(["woman", "man"], len(people)))


def _codebook() -> dict[str, pd.DataFrame]:
    texts = {
        "q1": "This relationship is good for me.",
        "q2": "I am satisfied with it.",
        "q3": "I would choose it again, even knowing what I know now.",
        "a1": "I can be myself.",
        "a2": "We speak openly.",
    }
    items = [
        {
            "item": item,
            "role": role,
            "column": item.upper(),
            "text": text,
            "kind": "likert",
            "about": "dyad",
            "low": 1,
            "high": 5,
            "reverse": False,
            "labels": "agree",
        }
        for item, text in texts.items()
        for role in ("mentor", "mentee")
    ]
    words = ["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"]
    return {
        "codebook_items": pd.DataFrame(items),
        "codebook_labels": pd.DataFrame([{"labels": "agree", "value": str(n + 1), "label": word} for n, word in enumerate(words)]),
    }


def _fit(question: str, formula: str) -> dict[str, object]:
    return {
        "question": question,
        "formula": formula,
        "n_obs": 160,
        "n_mentors": 24,
        "n_mentees": 70,
        "n_dyads": 70,
        "n_programs": 4,
        "dropped": 14,
        "reml": True,
        "loglik": -151.2,
        "aic": 318.4,
        "bic": 340.0,
        "r2_marginal": 0.08,
        "r2_conditional": 0.31,
        "icc": 0.25,
        "singular": False,
        "converged": True,
    }


def _models() -> dict[str, pd.DataFrame]:
    q = "gender_quality"
    effects = [
        effect(q, "Intercept", 3.8, 0.1, None),
        effect(q, "same_gender_within", 0.21, 0.09, 0.30),
        effect(q, "same_gender_between", 0.05, 0.31, 0.07, p=0.87),
        effect(q, "values_distance_within", -0.12, 0.05, -0.10, p=0.0004),
        effect(q, "values_distance_between", -0.02, 0.2, -0.01, p=0.92),
        effect(q, "mentor_gender[T.rare]", 1.1, 0.4, None),
        effect(q, "mentor_gender[T.woman]", 0.1, 0.1, None),
        effect("authentic", "Intercept", 1.0, 0.2, None),
        effect("authentic", "mentee_authenticity", 0.6, 0.05, 0.55, p=1e-9),
    ]
    fits = [
        {
            **_fit(q, "mentee_quality ~ same_gender_within + same_gender_between + (1 | program/mentor)"),
            "singular": True,
            "steps": "similarity slope by mentor: variance estimated as zero, left",
        },
        _fit("authentic", "mentee_quality ~ mentee_authenticity + mentor_gender + (1 | program/mentor)"),
        {"question": "unanswerable", "dropped": 0, "note": "form has one group only, so there is nothing to compare"},
    ]
    components = [
        {
            "question": q,
            "group": group,
            "term": "(Intercept)" if group != "Residual" else None,
            "variance": v,
            "sd": v**0.5,
            "ci_low": v / 2,
            "ci_high": 2 * v,
            "share": v / 0.5,
        }
        for group, v in (("mentor:program", 0.1), ("program", 0.0), ("Residual", 0.4))
    ]
    lines = [
        {
            "question": q,
            "term": f"{name}_{level.split()[0]}",
            "level": level,
            "x": x,
            "predicted": 3.8 + slope * x,
            "ci_low": 3.6 + slope * x,
            "ci_high": 4 + slope * x,
        }
        for name, level, slope, low, high in (
            ("same_gender", "within mentor", 0.21, -0.6, 0.6),
            ("same_gender", "between mentors", 0.05, 0.0, 1.0),
            ("values_distance", "within mentor", -0.12, -1.0, 1.2),
            ("values_distance", "between mentors", -0.02, 0.1, 1.4),
        )
        for x in np.linspace(low, high, 9)
    ]
    verdicts = [
        {
            "question": q,
            "verdict": "positive",
            "certainty": "moderate",
            "sentence": "Mentees of the same gender as their mentor report higher quality.",
        },
        {"question": "authentic", "verdict": "positive", "certainty": "clear", "sentence": "Authenticity and quality go together."},
        {
            "question": "unanswerable",
            "verdict": "not estimated",
            "certainty": "none",
            "sentence": "These data cannot answer this question.",
        },
    ]
    influence = [
        {
            "question": q,
            "term": "same_gender_within",
            "group": "mentor",
            "left_out": str(n),
            "estimate": 0.21 + 0.01 * (n - 12),
            "se": 0.09,
            "dfbetas": 0.05 * (n - 12),
            "changes_sign": False,
        }
        for n in range(24)
    ]
    opinion = [
        {
            "question": q,
            "engine": "mixedlm 1.3",
            "term": "same_gender_within",
            "estimate": 0.2101,
            "se": 0.0899,
            "loglik": -151.2,
            "agrees": True,
        },
        {
            "question": "authentic",
            "engine": "statsmodels 0.15",
            "term": "mentee_authenticity",
            "estimate": None,
            "se": None,
            "loglik": None,
            "agrees": None,
            "note": "it cannot fit two grouping factors",
        },
    ]
    return {
        "fixed_effects": pd.DataFrame(effects),
        "fits": pd.DataFrame(fits),
        "variance_components": pd.DataFrame(components),
        "verdicts": pd.DataFrame(verdicts),
        "influence": pd.DataFrame(influence),
        "second_opinion": pd.DataFrame(opinion),
        "effect_lines": pd.DataFrame(lines),
        "diagnostics": _diagnostics(q),
    }


def _diagnostics(question: str) -> pd.DataFrame:
    """A caterpillar of 24 mentors, and residuals that are normal and even."""
    mentors = [{"topic": "mentor", "x": n + 1, "value": (n - 12) / 20, "low": (n - 24) / 20, "high": n / 20, "n": 1} for n in range(24)]
    normal = [{"topic": "quantile", "x": x, "value": 1.05 * x, "n": 16} for x in np.linspace(-2, 2, 10)]
    even = [{"topic": "fitted", "x": x, "value": 0.0, "low": -0.5, "high": 0.5, "n": 16} for x in np.linspace(3, 5, 10)]
    return pd.DataFrame([{"question": question, **row} for row in (*mentors, *normal, *even)])


def _measures(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    groups = scores[["scale", "role", "wave"]].drop_duplicates()
    alpha = [
        {
            "scale": row.scale,
            "role": row.role,
            "wave": row.wave,
            "items": 3,
            "n": 55,
            "alpha": 0.8,
            "alpha_low": 0.7,
            "alpha_high": 0.87,
            "omega": 0.81,
            "omega_low": 0.68,
            "omega_high": 0.88,
        }
        for row in groups.itertuples()
    ]
    more = [
        {
            "scale": row.scale,
            "role": row.role,
            "wave": row.wave,
            "coefficient": name,
            "n": 55,
            "mentors": 24,
            "value": value,
            "ci_low": low,
            "ci_high": high,
        }
        for row in groups.itertuples()
        for name, value, low, high in (
            ("alpha by mentor", 0.8, 0.68, 0.88),
            ("ordinal alpha", 0.84, None, None),
            ("icc", 0.1 * row.wave, 0.0, 0.4),
            ("mentor mean", 0.25, 0.0, 0.7),
            ("retest", 0.6, 0.4, 0.75),
        )
        if name != "retest" or row.wave > 1
    ]
    items = [
        {
            "scale": "quality",
            "item": item,
            "role": role,
            "wave": wave,
            "n": 55,
            "missing": 3,
            "mean": 3.9,
            "sd": 0.8,
            "item_rest_r": 0.61,
            "alpha_if_dropped": 0.74,
            "floor": 0.02,
            "ceiling": 0.21,
        }
        for item in ("q1", "q2", "q3")
        for role in ("mentor", "mentee")
        for wave in (1, 2, 3)
    ]
    similarity = [
        {"index": "same_gender", "kind": "match", "dyads": 72, "mean": 0.5, "sd": 0.5, "null_mean": 0.48, "null_p": 0.61},
        {"index": "values_distance", "kind": "absolute_difference", "dyads": 60, "mean": 0.6, "sd": 0.4, "null_mean": 0.8, "null_p": 0.002},
    ]
    agreement = [
        {
            "scale": scale,
            "wave": wave,
            "n": 50,
            "r": 0.3,
            "r_low": 0.05,
            "r_high": 0.5,
            "gap": -0.2,
            "gap_low": -0.4,
            "gap_high": 0.01,
            "icc": 0.28,
            "icc_low": 0.04,
            "icc_high": 0.49,
        }
        for scale in ("quality", "authenticity")
        for wave in (1, 2, 3)
    ]
    return {
        **_structure(groups),
        "reliability": pd.DataFrame(alpha),
        "reliability_more": pd.DataFrame(more),
        "careless": pd.DataFrame(
            [
                {"role": role, "wave": wave, "sheets": 60, "judged": 58, "long_run": 4, "spread": 3, "even_odd": 6, "far": 12, "flagged": 5}
                for role in ("mentee", "mentor")
                for wave in (1, 2, 3)
            ]
        ),
        "items": pd.DataFrame(items),
        "similarity": pd.DataFrame(similarity),
        "agreement": pd.DataFrame(agreement),
    }


def _structure(groups: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Factor models in which quality holds between the roles and authenticity does not."""
    fits, loadings = [], []
    for scale, role, wave in groups.itertuples(index=False):
        key = {"scale": scale, "role": role, "wave": wave}
        fits.append({**key, "model": "scale", "estimator": "ML", "items": 3, "n": 55, "mentors": 24, "chisq": 3.1, "df": 2, "p": 0.21, "cfi": 0.97, "tli": 0.96, "rmsea": 0.06,
                     "rmsea_low": 0.0, "rmsea_high": 0.15, "srmr": 0.04, "note": "55 answer sheets are few for a factor model"})
        loadings += [{**key, "factor": scale, "item": item, "loading": 0.7, "se": 0.08, "ci_low": 0.54, "ci_high": 0.86} for item in ("q1", "q2", "q3")]
    steps = [("configural", True, None), ("metric", True, None), ("scalar", False, None), ("partial scalar", True, "differs between them: q2")]
    lost = [("configural", True, None), ("metric", True, None), ("scalar", False, None),
            ("partial scalar", False, "no further item can be let off: at least two items of each factor must stay equal")]
    compared = [
        {"scale": scale, "between": between, "of": of, "step": step, "n": 58, "chisq": 20.0, "df": 12, "p": 0.07, "cfi": 0.95, "tli": 0.94,
         "rmsea": 0.05, "rmsea_low": 0.0, "rmsea_high": 0.1, "srmr": 0.06, "holds": holds, "note": note}
        for scale, own in (("quality", steps), ("authenticity", lost))
        for between, of in (("roles", "wave 1"), ("waves", "mentee"))
        for step, holds, note in own
    ]
    return {"factor_fit": pd.DataFrame(fits), "loadings": pd.DataFrame(loadings), "invariance": pd.DataFrame(compared)}


def _write(folder: Path, kind: str, **frames: pd.DataFrame) -> None:
    target = folder / "results" / kind
    target.mkdir(parents=True, exist_ok=True)
    declared = {table.name: table for table in tables.ALL}
    for name, frame in frames.items():
        declared[name].write(frame, target / f"{name}.{'parquet' if kind == 'data' else 'csv'}")

"""Question kind `influence`: how much of an association runs along with mediators (self-efficacy, identity, values)? Observational throughout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mentoring.models import mediation
from mentoring.models.kinds.influence_equations import PARTS, Equations, equations
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.results import METHODS, result_tables
from mentoring.models.verdicts import ALPHA, About, TermAnswer, combine, sentence
from mentoring.models.words import Words
from mentoring.settings import InfluenceQuestion
from mentoring.tables import FITS, FIXED_EFFECTS, INFLUENCE, QUANTITIES

INDIRECT = "indirect_"


def _answer(question: InfluenceQuestion, data: StudyData) -> Answered:
    found = equations(question, data.analysis)
    seeds = iter(np.random.SeedSequence([data.seed, 22]).spawn(len(PARTS)))
    tables = result_tables(found.plan, found.fitted)
    effects: list[dict[str, object]] = []
    quantities: list[dict[str, object]] = []
    influence = INFLUENCE.frame([])
    why = found.fitted.problem or ("" if all(found.mediators.values()) else "a mediator's model could not be fitted")
    for place, part in enumerate(found.parts if not why else ()):
        own, more = _part(question, found, part, np.random.default_rng(next(seeds)))
        quantities += more
        if place == 0:
            effects = own
            extra, influence = _without_mentors(question, found, part, own, data.seed)
            quantities += extra
    if not effects:
        names = [f"{kind}{name}" for name in question.through for kind in ("a_", "b_", INDIRECT)]
        effects = [{"term": term, "method": "not estimated"} for term in [*names, "direct"]]
    head = {"question": question.name, "outcome": found.plan.outcome, "reporter": question.reporter}
    fits = tables["fits"]
    if why and not found.fitted.problem:
        fits = FITS.frame(fits.assign(note=f"not estimated: {why}"))
    return Answered(
        None,
        None,
        {
            "fixed_effects": FIXED_EFFECTS.frame([{**head, **row} for row in effects]),
            "variance_components": tables["variance_components"],
            "fits": fits,
            "quantities": QUANTITIES.frame([{"question": question.name, **row} for row in quantities]),
            "influence": influence,
        },
    )


def _part(
    question: InfluenceQuestion, found: Equations, part: str, generator: np.random.Generator
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Rows of `fixed_effects` (if this part is in question) and of `quantities` for one part of the variables."""
    y, x = found.fitted.fit, f"{question.predictor}_{part}"
    assert y is not None
    models = [fit for fit in found.mediators.values() if fit is not None]
    a = [mediation.Path.of(fit, x) for fit in models]
    terms = [f"{name}_{part}" for name in question.through]
    b = [mediation.Path.of(y, term) for term in terms]
    vcov = (y.vcov_adjusted if y.method == "kenward-roger" else y.vcov).reindex(index=terms, columns=terms).to_numpy()
    specific, whole = mediation.indirect_effects(a, b, mediation.correlation_of_paths(models), vcov, question.draws, generator)
    sd_x, sd_y = float(np.std(found.plan.rows[x], ddof=1)), float(np.std(y.design.y, ddof=1))
    rows: list[dict[str, object]] = []
    more: list[dict[str, object]] = []
    level, n = PARTS[part], y.n_obs
    for name, one, other, product in zip(question.through, a, b, specific):
        sd_m = float(np.std(found.plan.rows[f"{name}_{part}"], ddof=1))
        sd_out = float(np.std(models[0].design.y if len(models) == 1 else found.mediators[name].design.y, ddof=1))  # type: ignore[union-attr]
        rows += [
            {"term": f"a_{name}", **_path(one), "std_estimate": one.estimate * sd_x / sd_out, "method": METHODS[y.method]},
            {"term": f"b_{name}", **_path(other), "std_estimate": other.estimate * sd_m / sd_y, "method": METHODS[y.method]},
            {
                "term": f"{INDIRECT}{name}",
                "estimate": product.estimate,
                "se": product.se,
                "p": product.p,
                "ci_low": product.ci_low,
                "ci_high": product.ci_high,
                "std_estimate": product.estimate * sd_x / sd_y,
                "method": "Monte Carlo, joint test",
            },
        ]
        firm = mediation.sensitivity(other)
        more += [
            {
                "topic": f"indirect, {level}",
                "quantity": "90 % interval",
                "of": name,
                "n": n,
                "estimate": product.estimate,
                "ci_low": product.low90,
                "ci_high": product.high90,
                "method": "Monte Carlo",
            },
            {
                "topic": f"sensitivity, {level}",
                "quantity": "correlation of errors that would leave nothing",
                "of": name,
                "n": n,
                "estimate": firm.rho,
            },
            {"topic": f"sensitivity, {level}", "quantity": "robustness value", "of": name, "n": n, "estimate": firm.robustness},
        ]
    direct, total = mediation.Path.of(y, x), mediation.Path.of(found.total, x)
    rows.append({"term": "direct", **_path(direct), "std_estimate": direct.estimate * sd_x / sd_y, "method": METHODS[y.method]})
    more += [
        {"topic": f"paths, {level}", "quantity": "total", "n": n, **_path(total), "method": METHODS[y.method]},
        {
            "topic": f"paths, {level}",
            "quantity": "total indirect",
            "n": n,
            "estimate": whole.estimate,
            "se": whole.se,
            "ci_low": whole.ci_low,
            "ci_high": whole.ci_high,
            "method": "Monte Carlo",
        },
    ]
    if part != found.parts[0]:
        more += [
            {
                "topic": f"paths, {level}",
                "quantity": row["term"],
                "n": n,
                **{key: row.get(key) for key in ("estimate", "se", "df", "p", "ci_low", "ci_high", "method")},
            }
            for row in rows
        ]
    return [{**row, "t": _ratio(row)} for row in rows], [_with_note(row) for row in more]


def _path(path: mediation.Path) -> dict[str, object]:
    return {name: getattr(path, name) for name in ("estimate", "se", "df", "p", "ci_low", "ci_high")}


def _ratio(row: dict[str, object]) -> float:
    return float(row["estimate"]) / float(row["se"]) if not str(row["term"]).startswith(INDIRECT) and row["se"] else np.nan  # type: ignore[arg-type]


def _with_note(row: dict[str, object]) -> dict[str, object]:
    missing = not np.isfinite(float(row["estimate"]))  # type: ignore[arg-type]
    return {**row, "note": "the model has no such path: it does not vary at this level, or others say the same"} if missing else row


def _without_mentors(
    question: InfluenceQuestion, found: Equations, part: str, effects: list[dict[str, object]], seed: int
) -> tuple[list[dict[str, object]], pd.DataFrame]:
    """Indirect effects without each mentor in turn: the jackknife's interval, and rows of the table `influence`."""
    y = found.fitted.fit
    mentors = found.plan.rows["mentor"].nunique()
    if y is None or mentors < 3:
        return [], INFLUENCE.frame([])
    numbers = np.random.default_rng(np.random.SeedSequence([seed, 5])).permutation(mentors) + 1
    own = {str(row["term"]): row for row in effects}
    rows, tables = [], []
    for name in question.through:
        term = f"{INDIRECT}{name}"
        estimate = float(own[term]["estimate"])  # type: ignore[arg-type]
        model = found.mediators[name]
        if model is None or not np.isfinite(estimate):
            continue
        pair = mediation.without_each({"a": model, "b": y}, {"a": f"{question.predictor}_{part}", "b": f"{name}_{part}"}, "mentor")
        product = (pair["a"] * pair["b"]).to_numpy()
        se, low, high = mediation.jackknife(estimate, product)
        rows.append(
            {
                "topic": f"indirect, {PARTS[part]}",
                "quantity": "jackknife over mentors",
                "of": name,
                "n": mentors,
                "estimate": estimate,
                "se": se,
                "df": mentors - 1,
                "ci_low": low,
                "ci_high": high,
                "method": "each mentor left out in turn",
                "note": None if np.isfinite(se) else "without some mentor the paths cannot be estimated",
            }
        )
        spread = float(own[term]["se"])  # type: ignore[arg-type]
        tables.append(
            pd.DataFrame(
                {
                    "question": question.name,
                    "term": term,
                    "group": "mentor",
                    "left_out": [str(number) for number in numbers[: len(product)]],
                    "estimate": product,
                    "se": np.where(np.isfinite(product), spread, np.nan),
                    "dfbetas": (estimate - product) / spread,
                    "changes_sign": pd.array(
                        [None if not np.isfinite(one) else bool(one * estimate < 0) for one in product], dtype="boolean"
                    ),
                }
            )
        )
    return rows, INFLUENCE.frame(pd.concat(tables, ignore_index=True) if tables else [])


def focus(question: InfluenceQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    """The indirect effects."""
    return [(f"{INDIRECT}{name}", name) for name in question.through]


def _judge(question: InfluenceQuestion, tables: Tables, words: Words) -> Judgement:
    effects, quantities = tables["fixed_effects"].set_index("term"), tables["quantities"]
    inside = quantities[quantities["quantity"] == "90 % interval"].drop_duplicates("of").set_index("of")
    label = words.about("", question.predictor).label
    answers = []
    for term, name in focus(question, tables["fixed_effects"]):
        row = effects.loc[term]
        factor = row["std_estimate"] / row["estimate"] if row["estimate"] else np.nan
        about = About(f"the path by way of {words.column(name)}", f"By way of {words.column(name)}, those higher in {label}", "per SD")
        if not np.isfinite(row["se"]):
            answers.append(TermAnswer(about, "not estimated", np.nan, np.nan, np.nan, np.nan))
            continue
        p = row["p_adjusted"] if np.isfinite(row["p_adjusted"]) else row["p"]
        ends = inside.loc[name, ["ci_low", "ci_high"]].to_numpy(float) * factor
        small = question.sesoi is not None and np.isfinite(ends).all() and max(abs(ends)) < question.sesoi
        shown = ends if small else np.array([row["ci_low"], row["ci_high"]]) * factor
        code = "negligible" if small else ("positive" if row["estimate"] > 0 else "negative") if p < ALPHA else "inconclusive"
        answers.append(
            TermAnswer(
                about,
                code,
                row["std_estimate"],
                float(min(shown)),
                float(max(shown)),
                np.nan,
                "",
                90 if small else 95,
                bool(row["p"] < ALPHA <= p),
            )
        )
    code = combine(answers)
    said = sentence(answers, words.column(question.outcome_column), question.sesoi)
    if code != "not estimated":
        said += " These are associations along a path that was assumed, not seen: something left out may move all of them."
    decisive = tuple(term for (term, _), answer in zip(focus(question, tables["fixed_effects"]), answers) if answer.code == code)
    paths = [effects.loc[f"{kind}_{term.removeprefix(INDIRECT)}", "df"] for term in decisive for kind in ("a", "b")]
    warnings = ("the path is assumed, and the data are observational",) if code in ("positive", "negative", "mixed") else ()
    return Judgement(code, said, decisive, min((df for df in paths if np.isfinite(df)), default=float("nan")), warnings)


def _single_source(question: InfluenceQuestion, words: Words) -> bool:
    return any(words.given_by(name, question.reporter) for name in (question.predictor, *question.through))


KIND = Kind(_answer, focus, _judge, _single_source)

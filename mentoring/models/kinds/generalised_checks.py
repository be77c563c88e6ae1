"""How hard an answer about a yes/no or ordered outcome is tried: without single mentors or programmes, and by other programs."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mentoring.errors import StudyError
from mentoring.models.generalised import marginal
from mentoring.models.generalised.prepare import keep
from mentoring.models.kinds.generalised_rows import METHODS, Model, code_name, estimate
from mentoring.tables import INFLUENCE, QUANTITIES, SECOND_OPINION

# With fewer clusters the small-sample correction itself no longer holds: with 8 mentors, comparisons between them rejected .13 to .27 of true
# nulls. One left out of ten is let pass, as what matters there is the estimate.
FEWEST_CLUSTERS = 10
# Each mentor left out is one more fit; beyond this they would take longer than everything else.
MOST_LEFT_OUT = 300
CLOSE = 0.01


def influence(model: Model, seed: int) -> pd.DataFrame:
    """Table `influence`: the marginal model without one mentor or programme; rows whose outcome is then decided entirely make the row empty."""
    terms = [focus.term for focus in model.plan.focus if focus.term in model.data.terms]
    used = model.plan.rows.iloc[model.data.rows].reset_index(drop=True)
    generator = np.random.default_rng(np.random.SeedSequence([seed, 5]))
    found: list[dict[str, Any]] = []
    for group in ("mentor", "program"):
        names = used[group].dropna().unique() if group in used else []
        if len(names) < 3 or used[group].isna().any() or len(names) > MOST_LEFT_OUT or not terms:
            continue
        numbers = generator.permutation(len(names)) + 1
        part = [row for name, number in zip(names, numbers) for row in _without(model, terms, used, group, name, int(number))]
        found += sorted(part, key=lambda row: (terms.index(row["term"]), int(row["left_out"])))
    return INFLUENCE.frame(found)


def _without(model: Model, terms: Sequence[str], used: pd.DataFrame, group: str, name: object, number: int) -> list[dict[str, Any]]:
    base: dict[str, Any] = {"question": model.plan.question, "group": group, "left_out": str(number)}
    kept = (used[group] != name).to_numpy()
    empty = [{**base, "term": term} for term in terms]
    try:
        again = keep(model.data, kept, model.plan.outcome)
    except StudyError:
        return empty
    if len(np.unique(again.cluster)) < FEWEST_CLUSTERS - 1:
        return empty
    fit = marginal(again.X, again.y, again.cluster)
    rows = []
    for term, blank in zip(terms, empty):
        if term not in again.terms or not fit.converged or fit.decided:
            rows.append(blank)
            continue
        at = again.terms.index(term)
        unit = np.zeros(len(fit.delta))
        unit[len(fit.thresholds) + at] = 1.0
        own, whole = estimate(fit, float(fit.beta[at]), unit), float(model.marginal.beta[model.column(term)])
        se = own.get("se", float("nan"))
        rows.append(
            {
                **blank,
                "estimate": own["estimate"],
                "se": se,
                "dfbetas": (whole - own["estimate"]) / se,
                "changes_sign": bool(whole * own["estimate"] < 0),
            }
        )
    return rows


def by_cut(model: Model) -> pd.DataFrame:
    """Rows of `quantities`: each focus term's log-odds where the answers are divided at one cut alone, cut by cut.

    A cumulative logit model supposes these to be the same but for chance (proportional odds).
    """
    data, rows = model.data, []
    terms = [focus.term for focus in model.plan.focus if focus.term in data.terms]
    for cut in range(1, len(data.codes)) if model.kind == "ordered" and len(data.codes) > 2 else ():
        divided = replace(data, y=(data.y >= cut).astype(int), codes=np.array([0.0, 1.0]))
        base = {
            "question": model.plan.question,
            "topic": "cut by cut",
            "quantity": f"{code_name(data.codes[cut])} or above",
            "n": len(data.y),
        }
        try:
            own = keep(divided, np.ones(len(data.y), dtype=bool), model.plan.outcome)
            fit = marginal(own.X, own.y, own.cluster)
        except StudyError as error:
            rows += [{**base, "of": term, "note": f"not estimated: {error.problems[0].found}"} for term in terms]
            continue
        for term in terms:
            if term not in own.terms or fit.decided or not fit.converged:
                rows.append({**base, "of": term, "note": "not estimated: this cut can be told from the terms almost entirely"})
                continue
            at = own.terms.index(term)
            found = estimate(fit, float(fit.beta[at]), np.eye(len(fit.delta))[1 + at])
            short = None if "se" in found else "no interval: too few degrees of freedom"
            rows.append(
                {
                    **base,
                    "of": term,
                    **{name: value for name, value in found.items() if name != "t"},
                    "method": METHODS["binary"],
                    "note": short,
                }
            )
    return QUANTITIES.frame(rows)


def second_opinion(model: Model) -> pd.DataFrame:
    """Table `second_opinion`: the marginal model by statsmodels; for yes/no the mixed model by `mixedlm`."""
    terms = [focus.term for focus in model.plan.focus if focus.term in model.data.terms]
    rows: list[dict[str, object]] = []
    for engine, ask, own, se in (
        ("statsmodels", _by_statsmodels, model.marginal.delta, np.sqrt(np.diag(model.marginal.model_vcov))),
        ("mixedlm", _by_mixedlm, *((model.mixed.delta, model.mixed.se) if model.mixed else (None, None))),
    ):
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                estimates, loglik = ask(model) if own is not None else (None, np.nan)
            note = "it has no ordered mixed model" if own is not None else "there is no mixed model to compare"
        except Exception as error:  # noqa: BLE001  another program's failure is a finding
            estimates, loglik, note = None, np.nan, f"could not fit it: {type(error).__name__}: {str(error)[:120]}"
        for term in terms:
            base = {"question": model.plan.question, "engine": engine, "term": term}
            if estimates is None or own is None or se is None:
                rows.append({**base, "note": note})
                continue
            at = model.column(term)
            place = len(model.marginal.thresholds) + at
            close = bool(abs(estimates[at] - own[place]) <= CLOSE * se[place])
            said = "the mixed model’s log-odds" if engine == "mixedlm" else "log-odds of the model that answers"
            rows.append(
                {
                    **base,
                    "estimate": estimates[at],
                    "loglik": loglik,
                    "agrees": close,
                    "note": f"{said}; standard errors are not compared, because it has other ones",
                }
            )
    return SECOND_OPINION.frame(rows)


def _by_statsmodels(model: Model) -> tuple[np.ndarray, float]:
    X, y = model.data.X, model.data.y
    if model.kind == "binary":
        from statsmodels.genmod.cov_struct import Independence
        from statsmodels.genmod.families import Binomial
        from statsmodels.genmod.generalized_estimating_equations import GEE

        fit = GEE(y, np.column_stack([np.ones(len(y)), X]), groups=model.data.cluster, family=Binomial(), cov_struct=Independence()).fit(
            maxiter=200, ctol=1e-10
        )
        return np.asarray(fit.params)[1:], float("nan")
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    scale = np.maximum(X.std(axis=0), 1e-300)
    ordered = OrderedModel(pd.Series(pd.Categorical(y, ordered=True)), X / scale, distr="logit").fit(
        method="bfgs", disp=False, gtol=1e-8, maxiter=500
    )
    return np.asarray(ordered.params)[: X.shape[1]] / scale, float(ordered.llf)


def _by_mixedlm(model: Model) -> tuple[np.ndarray | None, float]:
    if model.kind != "binary":
        return None, float("nan")
    import mixedlm
    from mixedlm.families import Binomial

    X = model.data.X
    scale = np.maximum(X.std(axis=0), 1e-300)
    frame = pd.DataFrame((X - X.mean(axis=0)) / scale, columns=[f"x{place}" for place in range(X.shape[1])]).assign(y=model.data.y)
    terms = []
    for place, codes in enumerate(model.data.groups.values()):
        frame[f"g{place}"] = codes.astype(str)
        terms.append(f"(1 | g{place})")
    fixed = " + ".join([column for column in frame if column.startswith("x")] or ["1"])
    nodes = 1 if len(terms) > 1 else 15
    found = mixedlm.glmer(f"y ~ {fixed} + {' + '.join(terms)}", frame, family=Binomial(), nAGQ=nodes)
    values = found.fixef()
    return np.array([values[f"x{place}"] for place in range(X.shape[1])]) / scale, float(getattr(found.logLik(), "value", np.nan))

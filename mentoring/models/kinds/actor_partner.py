"""Question kind `actor_partner`: does one side's standing go with the *other* side's outcome?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.errors import StudyError
from mentoring.models.actor_partner import ActorPartner, actor_partner, without_each
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.results import METHODS
from mentoring.models.verdicts import ALPHA, About, answer_term, combine, sentence
from mentoring.models.words import Words
from mentoring.settings import ActorPartnerQuestion
from mentoring.tables import (
    ACTOR_PARTNER,
    EFFECT_LINES,
    FITS,
    FIXED_EFFECTS,
    INFLUENCE,
    QUANTITIES,
    ROLES,
    SECOND_OPINION,
    VARIANCE_COMPONENTS,
)

OTHER = {"mentor": "mentee", "mentee": "mentor"}
EFFECTS = ("actor", "partner")
WITHIN, DIFFERENCE = "within mentor", "between less within"
LINE_POINTS = 21
NO_SECOND = "no other program in reach fits residuals that differ by role and are correlated within relationships"


def long_rows(analysis: pd.DataFrame, names: Sequence[str], covariates: Sequence[str] = ()) -> pd.DataFrame:
    """One row per person, relationship and wave: `person`, `role`, each name without its role, groups and covariates."""
    sides = []
    for role in ROLES:
        own = analysis[["dyad", "wave", "program", "mentor", "mentee", *dict.fromkeys(covariates)]].assign(role=role, person=analysis[role])
        sides.append(own.assign(**{name: analysis[f"{role}_{name}"] for name in dict.fromkeys(names)}))
    rows = pd.concat(sides, ignore_index=True)
    # A programme that is not known anywhere is no group.
    return rows if rows["program"].notna().any() else rows.drop(columns="program")


def silent_side(analysis: pd.DataFrame, names: Sequence[str]) -> str:
    """Which side gave no answer at all to one of these, in words ("" when both did)."""
    for name in names:
        silent = [role for role in ROLES if not analysis[f"{role}_{name}"].notna().any()]
        if silent:
            return f"nobody answered “{name}”" if len(silent) == 2 else f"only {OTHER[silent[0]]}s answered “{name}”"
    return ""


def _answer(question: ActorPartnerQuestion, data: StudyData) -> Answered:
    if why := silent_side(data.analysis, (question.outcome, question.predictor)):
        return _nothing(question, why, len(data.analysis))
    rows = long_rows(data.analysis, [question.outcome, question.predictor], question.covariates)
    rows = rows.assign(wave=rows["wave"].astype("int64"))
    try:
        result = actor_partner(
            rows, outcome=question.outcome, predictor=question.predictor, lagged=question.when == "next wave",
            covariates=question.covariates, bootstraps=question.bootstraps, seed=data.seed,
        )  # fmt: skip
    except StudyError as error:
        return _nothing(question, "; ".join(problem.found for problem in error.problems), len(data.analysis))
    return Answered(None, None, {
        "actor_partner": ACTOR_PARTNER.frame(result.effects.assign(question=question.name)),
        "fixed_effects": _fixed_effects(question, result), "variance_components": _variances(question, result),
        "fits": _fits(question, result), "effect_lines": _lines(question, result),
        "quantities": QUANTITIES.frame([*_test(question, result), *_levels(question, result)]), "influence": _influence(question, result, data.seed), "second_opinion": _second_opinion(question, result),
    })  # fmt: skip


def _nothing(question: ActorPartnerQuestion, why: str, dropped: int) -> Answered:
    effects = [{"question": question.name, "role": role, "effect": effect, "note": why} for role in ROLES for effect in (*EFFECTS, "k")]
    empty = [
        {
            "question": question.name,
            "outcome": f"{role}_{question.outcome}",
            "reporter": role,
            "term": f"partner_{role}",
            "method": "not estimated",
        }
        for role in ROLES
    ]
    return Answered(None, None, {
        "actor_partner": ACTOR_PARTNER.frame(effects), "fixed_effects": FIXED_EFFECTS.frame(empty),
        "fits": FITS.frame([{"question": question.name, "dropped": dropped, "note": f"not estimated: {why}"}]),
    })  # fmt: skip


def _fixed_effects(question: ActorPartnerQuestion, result: ActorPartner) -> pd.DataFrame:
    table = result.fit.fixed_effects
    role = [next((role for role in ROLES if term.endswith(f"_{role}") or f"role[{role}]" in term), None) for term in table["term"]]
    table = table.assign(
        question=question.name, outcome=[f"{one}_{question.outcome}" if one else question.outcome for one in role], reporter=role,
        std_estimate=[_standardised(result, term, one) for term, one in zip(table["term"], role)], method=METHODS[result.fit.method],
    )  # fmt: skip
    lost = [f"{effect}_{one}" for one in ROLES for effect in EFFECTS if f"{effect}_{one}" not in set(table["term"])]
    empty = [{"question": question.name, "outcome": question.outcome, "term": term, "method": "not estimated"} for term in lost]
    return FIXED_EFFECTS.frame(pd.concat([table, pd.DataFrame(empty)], ignore_index=True) if empty else table)


def _standardised(result: ActorPartner, term: str, role: str | None) -> float:
    """The estimate times sd(standing) / sd(outcome), both over the rows of the role whose outcome it is."""
    effect = term.removesuffix(f"_{role}")
    if effect not in (*EFFECTS, "before"):
        return np.nan
    rows = result.rows[result.rows["role"] == role]
    estimate = result.fit.fixed_effects.set_index("term").loc[term, "estimate"]
    return float(estimate * rows[effect].std() / rows["outcome"].std())


def _variances(question: ActorPartnerQuestion, result: ActorPartner) -> pd.DataFrame:
    """Variances of each role with their share in that role's unexplained variance."""
    table = result.fit.variance_components
    role = table["term"].map(lambda term: next((role for role in ROLES if str(term).endswith(role) or f"[{role}]" in str(term)), None))
    single = table["term2"].isna()
    total = table[single].groupby(role[single])["variance"].sum()
    return VARIANCE_COMPONENTS.frame(table.assign(question=question.name, share=(table["variance"] / role.map(total)).where(single)))


def _fits(question: ActorPartnerQuestion, result: ActorPartner) -> pd.DataFrame:
    fit, rows = result.fit, result.rows
    counts = {f"n_{column}s": int(rows[column].nunique()) if column in rows else None for column in ("mentor", "mentee", "dyad", "program")}
    return FITS.frame([{
        "question": question.name, "formula": f"{fit.formula}; residuals by role, correlated within relationships", "n_obs": fit.n_obs, **counts,
        "dropped": result.dropped, "reml": fit.reml, "loglik": fit.loglik, "aic": fit.aic, "singular": fit.singular, "converged": fit.converged,
        "note": "; ".join(result.notes) or None,
    }])  # fmt: skip


def _test(question: ActorPartnerQuestion, result: ActorPartner) -> list[dict[str, object]]:
    """The test of both sides having the same parameters."""
    tests = {"likelihood ratio": result.distinguishable}
    if result.predictor_too is not None:
        tests["likelihood ratio, with the predictor’s mean and variance"] = result.predictor_too
    return [{
        "question": question.name, "topic": "distinguishability", "quantity": name, "n": result.fit.n_dyads, "estimate": test.statistic,
        "df": test.df, "p": test.p, "method": "maximum likelihood, chi-squared", "note": test.note or None,
    } for name, test in tests.items()]  # fmt: skip


def _levels(question: ActorPartnerQuestion, result: ActorPartner) -> list[dict[str, object]]:
    """The effects within and between mentors and over time; nothing where no mentor's mentees can be compared."""
    try:
        found = result.by_level()
    except StudyError:
        return []
    if (found["level"] == WITHIN).sum() == 0:
        return []
    return [{
        "question": question.name, "topic": row["level"], "quantity": f"{row['effect']} effect", "of": row["role"], "n": result.fit.n_obs,
        **{name: row[name] for name in ("estimate", "se", "df", "p", "ci_low", "ci_high", "note")}, "method": METHODS[result.fit.method],
    } for row in found.to_dict("records")]  # fmt: skip


def _lines(question: ActorPartnerQuestion, result: ActorPartner) -> pd.DataFrame:
    """Each role's predicted outcome along its own and the other's standing, all else at that role's means."""
    fit, lines = result.fit, []
    X = fit.model.design.X  # type: ignore[union-attr]
    terms, beta = list(fit.vcov.index), fit.fixed_effects["estimate"].to_numpy()
    table = fit.fixed_effects.set_index("term")
    for role in ROLES:
        own = (result.rows["role"] == role).to_numpy()
        for effect in EFFECTS:
            term = f"{effect}_{role}"
            if term not in terms:
                continue
            at = terms.index(term)
            low, high = np.quantile(X[own, at], [0.02, 0.98])
            grid = np.linspace(low, high, LINE_POINTS)
            points = np.tile(X[own].mean(axis=0), (LINE_POINTS, 1))
            points[:, at] = grid
            se = np.sqrt(np.einsum("ij,jk,ik->i", points, fit.vcov.to_numpy(), points))
            reach = stats.t.isf(0.025, table.loc[term, "df"]) * se
            predicted = points @ beta
            lines.append(
                pd.DataFrame(
                    {
                        "question": question.name,
                        "term": term,
                        "level": "all",
                        "x": grid,
                        "predicted": predicted,
                        "ci_low": predicted - reach,
                        "ci_high": predicted + reach,
                    }
                )
            )
    return EFFECT_LINES.frame(pd.concat(lines, ignore_index=True) if lines else [])


def _influence(question: ActorPartnerQuestion, result: ActorPartner, seed: int) -> pd.DataFrame:
    """Partner effects without each mentor and each programme; numbers drawn at random, so that they name nobody."""
    generator, parts = np.random.default_rng(np.random.SeedSequence([seed, 5])), []
    for group in ("mentor", "program"):
        names = result.rows[group].dropna().unique() if group in result.rows else []
        if len(names) < 3 or result.rows[group].isna().any() or not result.fit.can_refit:
            continue
        numbers = dict(zip(names, generator.permutation(len(names)) + 1))
        table = without_each(result, group)
        table = table[table["term"].str.startswith("partner_")].assign(question=question.name, group=group)
        table["number"] = table["level"].map(numbers)
        table["changes_sign"] = table["changes_sign"].astype("object").where(table["estimate"].notna(), None)
        parts.append(table.assign(left_out=table["number"].astype(str)).sort_values(["term", "number"])[INFLUENCE.names])
    return INFLUENCE.frame(pd.concat(parts, ignore_index=True) if parts else [])


def _second_opinion(question: ActorPartnerQuestion, result: ActorPartner) -> pd.DataFrame:
    return SECOND_OPINION.frame(
        [{"question": question.name, "engine": "mixedlm", "term": f"partner_{role}", "note": NO_SECOND} for role in ROLES]
    )


def _focus(question: ActorPartnerQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    return [(f"partner_{role}", f"{OTHER[role]}_{question.predictor}") for role in ROLES]


def _judge(question: ActorPartnerQuestion, tables: Tables, words: Words) -> Judgement:
    rows = tables["fixed_effects"].set_index("term")
    columns = ["estimate", "se", "df", "p", "p_adjusted", "std_estimate"]
    later = " one wave later" if question.when == "next wave" else ""
    answers, told, terms = [], [], []
    for role in ROLES:
        term = f"partner_{role}"
        row = rows.loc[term, columns].to_dict() if term in rows.index else dict.fromkeys(columns, float("nan"))
        label = words.column(f"{OTHER[role]}_{question.predictor}")
        answer = answer_term(row, About(label, f"Relationships with higher {label}", "per SD"), question.sesoi, question.unit)
        answers.append(answer)
        terms.append(term)
        told.append(sentence([answer], words.column(f"{role}_{question.outcome}") + later, question.sesoi))
    code = combine(answers)
    told = [said for _, said in sorted(zip(answers, told), key=lambda pair: pair[0].code != code)]
    decisive = [(term, answer) for term, answer in zip(terms, answers) if answer.code == code]
    return Judgement(
        code, " ".join(dict.fromkeys(told)), tuple(term for term, _ in decisive),
        min((answer.df for _, answer in decisive if np.isfinite(answer.df)), default=float("nan")), _warnings([term for term, _ in decisive], tables),
    )  # fmt: skip


def _warnings(terms: Sequence[str], tables: Tables) -> tuple[str, ...]:
    """Where one number stands for two that differ."""
    rows = tables["quantities"]
    apart = rows[(rows["topic"] == DIFFERENCE) & (rows["p"] < ALPHA)]
    differs = {f"{row.quantity.split()[0]}_{row.of}" for row in apart.itertuples()}
    return ("the effect is another one among one mentor’s relationships than between mentors",) if differs & set(terms) else ()


def _single_source(question: ActorPartnerQuestion, words: Words) -> bool:
    """Never for what is in focus: predictor and outcome of a partner effect come from different people."""
    return False


KIND = Kind(_answer, _focus, _judge, _single_source)

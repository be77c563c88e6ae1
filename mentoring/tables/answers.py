"""The tables every question has: its model, its answer, and how hard the answer was tried."""

from __future__ import annotations

from mentoring.tables.declare import INTERVAL, NOTE, QUESTION, Column, Table, estimate_columns

# Which kind of question can have which answer stands with the kind (`mentoring/models/kinds/`).
VERDICT_CODES = (
    "positive", "negative", "negligible", "mixed", "inconclusive", "not estimated",
    "strict congruence", "broad congruence", "level effect only", "level-dependent", "incongruence better", "no effect",
    "in order", "not in order", "parity shown", "gap shown", "necessary", "helpful", "not shown",
)
FIXED_EFFECTS = Table(
    "fixed_effects", "one fixed effect of one question's model",
    (
        QUESTION,
        Column("outcome", "text", "The outcome."),
        Column("reporter", "text", "Whose answer the outcome is.", "the outcome is nobody's answer"),
        Column("term", "text", "The term, as the formula library names it."),
        *estimate_columns(),
        Column("p_adjusted", "number", "p corrected for the number of questions in the family (Holm for primary, "
               "Benjamini-Hochberg for secondary).", "not a term the question is about, exploratory, or not estimated"),
        *INTERVAL,
        Column("std_estimate", "number", "Estimate in standard deviations of the outcome as the model has them: a yes/no or group "
               "term per unit over the SD within and between groups (fixed effects held), else per SD of the predictor over the total SD. "
               "For yes/no and ratings: log-odds × √3/π, standard deviations of the tendency behind the answers.",
               "not defined for this term"),
        Column("method", "text", "How df and standard errors were computed."),
    ),
    key=("question", "term"),
)
VARIANCE_COMPONENTS = Table(
    "variance_components", "one variance or covariance of one question's model",
    (
        QUESTION,
        Column("group", "text", "Grouping factor, or Residual."),
        Column("term", "text", "Random term.", "residual"),
        Column("term2", "text", "Second random term, for a covariance.", "a variance"),
        Column("variance", "number", "Variance or covariance.", "not estimated"),
        Column("sd", "number", "Standard deviation.", "a covariance"),
        Column("correlation", "number", "Correlation.", "a variance"),
        *(Column(name, "number", f"{end} end of the 95 % interval: profile likelihood (maximum likelihood, as R's confint), of the variance; "
                 "for a covariance, of the correlation. Exact for a model without groups.",
                 "the likelihood has no such end, or there are too many groups (a note in `fits` says so)")
          for name, end in (("ci_low", "Lower"), ("ci_high", "Upper"))),
        Column("share", "number", "Share of the total variance of an average row.", "a covariance"),
    ),
)
FITS = Table(
    "fits", "one question's model",
    (
        QUESTION,
        Column("formula", "text", "The model that was fitted, in lme4's notation.", "no model could be fitted"),
        *(Column(f"n_{what}", "whole", f"Number of {what} used.", "no model could be fitted, or not given")
          for what in ("obs", "mentors", "mentees", "dyads", "programs")),
        Column("dropped", "whole", "Rows left out because a value is missing."),
        Column("reml", "yes/no", "Restricted maximum likelihood (else maximum likelihood).", "no model could be fitted"),
        *(Column(name, "number", meaning, "no model could be fitted") for name, meaning in (
            ("loglik", "Log-likelihood (restricted, if so fitted)."), ("aic", "Akaike's criterion."), ("bic", "Bayesian criterion."),
            ("r2_marginal", "Share of variance the fixed effects explain."), ("r2_conditional", "The same with the random effects."),
            ("icc", "Share of the unexplained variance that lies between groups."))),
        Column("singular", "yes/no", "A variance was estimated as zero or a correlation as one.", "no model could be fitted"),
        Column("converged", "yes/no", "The optimiser reached an optimum.", "no model could be fitted"),
        Column("steps", "text", "The models tried, and why each was left.", "the first was kept"),
        NOTE,
    ),
    key=("question",),
)
EFFECT_LINES = Table(
    "effect_lines", "the model's prediction at one point along one term",
    (
        QUESTION,
        Column("term", "text", "The term."),
        Column("level", "text", "What is compared.", choices=("within mentor", "between mentors", "all")),
        Column("x", "number", "Value of the term."),
        Column("predicted", "number", "Predicted outcome, every other term at its mean.", unit="outcome's unit"),
        *INTERVAL,
    ),
)
VERDICTS = Table(
    "verdicts", "the answer to one question",
    (
        QUESTION,
        Column("verdict", "text", "Code from a fixed list.", choices=VERDICT_CODES),
        Column("certainty", "text", "Word bound to the code and to its warnings.", choices=("clear", "moderate", "low", "none")),
        Column("sentence", "text", "The answer in plain words."),
    ),
    key=("question",),
)
DIAGNOSTICS = Table(
    "diagnostics", "one point of one question's diagnostic figures; it stands for a group, and never says which",
    (
        QUESTION,
        Column("topic", "text", "`mentor`: a mentor's intercept; `quantile`: residuals beside a normal distribution; `fitted`: residuals along fitted values.",
               choices=("mentor", "quantile", "fitted")),
        Column("x", "number", "Place by size (`mentor`), standard normal quantile, or fitted value."),
        Column("value", "number", "Conditional mode, residual in standard deviations, or mean residual."),
        Column("low", "number", "95 % interval of a mode, else mean less one standard deviation.", "`quantile`"),
        Column("high", "number", "The upper end.", "`quantile`"),
        Column("n", "whole", "How many rows (`mentor`: how many mentors) the point stands for."),
    ),
)
INFLUENCE = Table(
    "influence", "one question's estimate with one mentor or programme left out",
    (
        QUESTION,
        Column("term", "text", "The term the question is about."),
        Column("group", "text", "What was left out: a mentor or a programme."),
        Column("left_out", "text", "A running number, in no meaningful order; never the code of a person."),
        Column("estimate", "number", "Estimate without it.", "the model could not be fitted without it"),
        Column("se", "number", "Its standard error.", "the model could not be fitted without it"),
        Column("dfbetas", "number", "Change in standard errors.", "the model could not be fitted without it"),
        Column("changes_sign", "yes/no", "The estimate changes sign.", "the model could not be fitted without it"),
    ),
)
SECOND_OPINION = Table(
    "second_opinion", "one term of one question's model, by another program",
    (
        QUESTION,
        Column("engine", "text", "The program."),
        Column("term", "text", "The term the question is about."),
        Column("estimate", "number", "Its estimate.", "`note` says why"),
        Column("se", "number", "Its standard error.", "`note` says why"),
        Column("loglik", "number", "Its log-likelihood.", "`note` says why"),
        Column("agrees", "yes/no", "Within a hundredth of a standard error of ours.", "`note` says why"),
        NOTE,
    ),
)
POOLED_EFFECTS = Table(
    "pooled_effects", "one term of one question's model, over imputed tables (empty unless `credibility.imputations` is set)",
    (
        QUESTION,
        Column("term", "text", "The term the question is about."),
        *(column for column in estimate_columns() if column.name != "t"),
        *INTERVAL,
        Column("fmi", "number", "Fraction of missing information: the share of the estimate's uncertainty that is due to missing values.",
               "not estimated"),
        Column("riv", "number", "Relative increase of the variance due to missing values.", "not estimated"),
        Column("m", "whole", "Number of imputed tables.", "not estimated"),
        Column("rows", "whole", "Rows used in each imputed table.", "not estimated"),
        Column("complete_estimate", "number", "The estimate from complete rows only, as in `fixed_effects`.", "not estimated"),
        Column("complete_rows", "whole", "Complete rows.", "not estimated"),
        NOTE,
    ),
    key=("question", "term"),
)
TIPPING_POINT = Table(
    "tipping_point", "one question's estimate with imputed outcomes shifted (empty unless `credibility.imputations` is set)",
    (
        QUESTION,
        Column("term", "text", "The term the question is about."),
        Column("delta", "number", "What was added to every imputed outcome.", unit="standard deviations of the outcome"),
        Column("estimate", "number", "Pooled estimate.", "`note` says why"),
        Column("se", "number", "Its standard error.", "`note` says why"),
        *INTERVAL,
        Column("p", "number", "Two-sided p value.", "`note` says why"),
        Column("same", "yes/no", "The interval lies on the same side of zero (or holds zero) as without shift.", "`note` says why"),
        NOTE,
    ),
    key=("question", "term", "delta"),
)
WITHOUT_CARELESS = Table(
    "without_careless", "one term of one question, without the answer sheets that look careless (none unless `credibility.without_careless`)",
    (
        QUESTION,
        Column("term", "text", "The term the question is about.", "the question has none"),
        *(column for column in estimate_columns() if column.name != "t"),
        Column("p_adjusted", "number", "p corrected for the number of questions in the family.", "exploratory, or not estimated"),
        *INTERVAL,
        Column("rows", "whole", "Rows used.", "`note` says why"),
        Column("verdict", "text", "The answer without these sheets.", "`note` says why", VERDICT_CODES),
        Column("full_estimate", "number", "The estimate from all sheets, as in `fixed_effects`.", "not estimated"),
        Column("full_se", "number", "Its standard error.", "not estimated"),
        Column("full_rows", "whole", "Rows used with all sheets.", "no model could be fitted"),
        Column("full_verdict", "text", "The answer from all sheets, as in `verdicts`.", "there is none", VERDICT_CODES),
        Column("change", "number", "`estimate` minus `full_estimate`.", "one of them was not estimated", unit="standard errors (`full_se`)"),
        NOTE,
    ),
    key=("question", "term"),
)

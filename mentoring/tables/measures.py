"""The tables of scales, similarity and agreement."""

from __future__ import annotations

from mentoring.tables.declare import NOTE, ROLES, SCALE_ROLE_WAVE, Column, Table

RELIABILITY = Table(
    "reliability", "one scale, as one role answered it at one wave",
    (
        *SCALE_ROLE_WAVE,
        Column("items", "whole", "Number of items."),
        Column("n", "whole", "Answer sheets with every item answered (a mentor fills in one per mentee)."),
        *(Column(name, "number", meaning, "`note` says why") for name, meaning in (
            ("alpha", "Cronbach's alpha."),
            ("alpha_low", "Lower end of Feldt's 95 % interval, which counts answer sheets, not people (`reliability_more`: by mentor)."),
            ("alpha_high", "Upper end of Feldt's 95 % interval."), ("omega", "McDonald's omega (total), one-factor model."),
            ("omega_low", "Lower end of its 95 % interval, from whole mentors resampled."), ("omega_high", "Upper end of its 95 % interval."))),
        NOTE,
    ),
    key=("scale", "role", "wave"),
)
COEFFICIENTS = (
    "alpha by mentor", "spearman-brown", "ordinal alpha", "ordinal omega", "alpha within mentor", "omega within mentor", "alpha between mentors",
    "icc", "mentor mean", "retest",
)
RELIABILITY_MORE = Table(
    "reliability_more", "one further coefficient of reliability of one scale, as one role answered it at one wave",
    (
        *SCALE_ROLE_WAVE,
        Column("coefficient", "text", "`alpha by mentor`: Cronbach's alpha, whole mentors resampled. `spearman-brown`: of two items. `ordinal alpha`, "
               "`ordinal omega`: from polychoric correlations. `alpha within mentor`, `omega within mentor`: of differences between the answer "
               "sheets of one mentor's relationships. `alpha between mentors`: of mentors' levels. `icc`: share of the score's variance between "
               "mentors. `mentor mean`: reliability of the mean over a mentor's sheets, as a measure of the mentor. `retest`: correlation of "
               "scores with those of the wave before.", choices=COEFFICIENTS),
        Column("n", "whole", "Answer sheets it rests on."),
        Column("mentors", "whole", "Mentors they are clustered in."),
        Column("value", "number", "The coefficient.", "`note` says why"),
        Column("ci_low", "number", "Lower end of the 95 % interval, from whole mentors resampled.", "the ordinal coefficients have none, or `note` says why"),
        Column("ci_high", "number", "Upper end of the 95 % interval.", "as before"),
        NOTE,
    ),
    key=("scale", "role", "wave", "coefficient"),
)
ITEMS = Table(
    "items", "one item of one scale, as one role answered it at one wave",
    (
        SCALE_ROLE_WAVE[0], Column("item", "text", "Name of the item."), *SCALE_ROLE_WAVE[1:],
        Column("n", "whole", "Number of answers."),
        Column("missing", "whole", "Number of answers missing among those who were asked."),
        *(Column(name, "number", meaning, "`note` says why") for name, meaning in (
            ("mean", "Mean after keying."), ("sd", "Standard deviation."),
            ("item_rest_r", "Correlation with the sum of the scale's other items."),
            ("alpha_if_dropped", "Alpha without this item."), ("floor", "Share of answers at the lowest value."),
            ("ceiling", "Share of answers at the highest value."))),
        Column("suspect_key", "yes/no", "Its reverse flag is probably wrong: it runs clearly against the other items (the 99 % interval of `item_rest_r` "
               "ends below zero), and alpha rises when it is turned round.", "`item_rest_r` could not be computed"),
        NOTE,
    ),
    key=("scale", "item", "role", "wave"),
)
INSTRUMENTS = Table(
    "instruments", "one scale that names an instrument's card, with one set of published figures",
    (
        Column("scale", "text", "Name of the scale."),
        Column("instrument", "text", "Name of the card."),
        Column("title", "text", "What the instrument is called."),
        Column("subscale", "text", "Which part of it the scale is."),
        Column("citation", "text", "Where it was published."),
        Column("licence_status", "text", "May its wording be used?", choices=("open", "permission_required", "nc", "unknown")),
        Column("licence", "text", "What is known of the permission.", "nothing is known"),
        Column("verified", "yes/no", "Whether everything on the card was seen in a source."),
        Column("scoring", "text", "Whether its published scores are means or sums.", "not known", ("mean", "sum")),
        Column("of", "text", "What the figures are of: the subscale, or the whole instrument.", "`note` says why"),
        Column("source", "text", "Where the figures were seen.", "`note` says why"),
        Column("role", "text", "Who answered there.", "not told apart", ROLES),
        Column("n", "whole", "Number of people there.", "not known"),
        *(Column(name, "number", meaning, "not known") for name, meaning in (
            ("alpha_low", "Published alpha, the lowest where a range was published."), ("alpha_high", "The highest; else the same."),
            ("loadings_low", "Lowest published loading."), ("loadings_high", "Highest published loading."),
            ("chisq", "Chi-squared of the published factor model."), ("df", "Its degrees of freedom."), ("cfi", "Published CFI."),
            ("tli", "Published TLI."), ("rmsea", "Published RMSEA."), ("mean", "Published mean score."), ("sd", "Published standard deviation."))),
        NOTE,
    ),
)
CARELESS = Table(
    "careless", "one role at one wave: answer sheets that look careless (none was left out)",
    (
        SCALE_ROLE_WAVE[1], SCALE_ROLE_WAVE[2],
        Column("sheets", "whole", "Answer sheets: what one person answered about one relationship, and about themselves then."),
        Column("judged", "whole", "Of these, sheets with enough answers to be judged (ten)."),
        *(Column(name, "whole", meaning, "it could not be computed for any sheet, or `credibility.careless` names no item for it") for name, meaning in (
            ("long_run", "Sheets of which half or more is one run of the same answer."),
            ("spread", "Sheets whose answers are far more even or uneven than usual."),
            ("even_odd", "Sheets whose even and odd items disagree: corrected correlation below .30."),
            ("far", "Sheets far from everyone's (Mahalanobis distance, p < .001)."),
            ("fast", "Sheets that took less than two seconds for each answer."),
            ("attention", "Sheets with an attention item answered otherwise than it asked."))),
        Column("flagged", "whole", "Sheets that stand out in two or more ways, disagreement of even and odd items among them."),
        NOTE,
    ),
    key=("role", "wave"),
)
SIMILARITY = Table(
    "similarity", "one similarity, beside what chance pairing would give",
    (
        Column("index", "text", "Name of the similarity."),
        Column("kind", "text", "How it is computed."),
        Column("dyads", "whole", "Relationships in which it could be computed."),
        *(Column(name, "number", meaning, "`note` says why") for name, meaning in (
            ("mean", "Mean over relationships."), ("sd", "Standard deviation over relationships."),
            ("null_mean", "Mean when partners are re-paired at random within programme."),
            ("null_p", "Two-sided permutation p of the mean."))),
        NOTE,
    ),
    key=("index",),
)
AGREEMENT = Table(
    "agreement", "one scale both sides answered, at one wave",
    (
        Column("scale", "text", "Name of the scale."),
        Column("wave", "whole", "Number of the wave, from 1."),
        Column("n", "whole", "Relationships with both scores."),
        *(Column(f"{name}{end}", "number", meaning + where, "`note` says why")
          for name, meaning in (("r", "Correlation of the two sides"), ("gap", "Mentee minus mentor, mean"),
                                ("icc", "Absolute agreement, ICC(A,1)"))
          for end, where in (("", "."), ("_low", ", lower end of the 95 % interval."), ("_high", ", upper end of the 95 % interval."))),
        NOTE,
    ),
    key=("scale", "wave"),
)
_NOT_FITTED = "the model has no degrees of freedom, or could not be fitted; `note` says which"
_INDICES = (
    Column("chisq", "number", "Chi-squared, scaled for answers that are not normal and for clusters of one mentor (Yuan-Bentler).", _NOT_FITTED),
    Column("df", "whole", "Its degrees of freedom.", "not fitted"),
    *(Column(name, "number", meaning, _NOT_FITTED) for name, meaning in (
        ("p", "p of chi-squared."), ("cfi", "Comparative fit index (robust)."), ("tli", "Tucker-Lewis index (robust)."),
        ("rmsea", "Root mean squared error of approximation (robust)."), ("rmsea_low", "Lower end of its 90 % interval."),
        ("rmsea_high", "Upper end of its 90 % interval."), ("srmr", "Standardised root mean squared residual."))),
)
_OF_MODEL = (
    Column("scale", "text", "Name of the scale, or of a structure declared in `config.yaml`."), *SCALE_ROLE_WAVE[1:],
)
FACTOR_FIT = Table(
    "factor_fit", "one scale as one factor, or one declared structure, as one role answered it at one wave",
    (
        *_OF_MODEL,
        Column("model", "text", "`scale`: a scale as one factor; else the kind of the declared structure.",
               choices=("scale", "correlated", "higher_order", "one_factor", "explore")),
        Column("estimator", "text", "`ML`: full-information maximum likelihood, standard errors and chi-squared robust. `WLSMV`: diagonally weighted least squares on "
               "polychoric correlations, for items of fewer than five possible answers.", "not fitted", ("ML", "WLSMV")),
        Column("items", "whole", "Number of items."),
        Column("n", "whole", "Answer sheets used: with at least one item answered (`WLSMV` and explored structures: with every item answered)."),
        Column("mentors", "whole", "Mentors they are clustered in.", "not fitted"),
        *_INDICES, NOTE,
    ),
    key=("scale", "role", "wave"),
)
LOADINGS = Table(
    "loadings", "one item's loading on a factor, or a factor's on the factor above it",
    (
        *_OF_MODEL,
        Column("factor", "text", "Name of the factor: a scale, or the structure where it is one factor or the factor above the others."),
        Column("item", "text", "Name of the item (or of the factor below)."),
        Column("loading", "number", "Standardised loading.", "`note` says why"),
        Column("se", "number", "Its standard error, robust and clustered by mentor.", "`note` says why"),
        Column("ci_low", "number", "Lower end of the 95 % interval.", "`note` says why"),
        Column("ci_high", "number", "Upper end of the 95 % interval.", "`note` says why"),
        NOTE,
    ),
    key=("scale", "role", "wave", "factor", "item"),
)
FACTOR_CORRELATIONS = Table(
    "factor_correlations", "the correlation of two factors of a declared structure",
    (
        *_OF_MODEL,
        Column("first", "text", "One factor."),
        Column("second", "text", "The other."),
        *(Column(name, "number", meaning, "`note` says why") for name, meaning in (
            ("r", "Correlation of the factors, free of measurement error; in a higher-order model what that model implies."),
            ("se", "Its standard error, robust and clustered by mentor."), ("ci_low", "Lower end of the 95 % interval."),
            ("ci_high", "Upper end of the 95 % interval."))),
        NOTE,
    ),
    key=("scale", "role", "wave", "first", "second"),
)
EXPLORATION = Table(
    "exploration", "one eigenvalue of a structure that was declared unknown, beside chance (parallel analysis)",
    (
        *_OF_MODEL,
        Column("correlations", "text", "Of what: `pearson`, or `polychoric` (of the leanings behind ordered answers).", choices=("pearson", "polychoric")),
        Column("number", "whole", "1: the largest eigenvalue."),
        Column("n", "whole", "Answer sheets with every item answered."),
        *(Column(name, "number", meaning, "`note` says why") for name, meaning in (
            ("eigenvalue", "Eigenvalue of the items' correlations."), ("chance", "Its mean when each item's answers are shuffled among people."),
            ("chance_high", "The 95th percentile of that."))),
        Column("kept", "yes/no", "It and all before it exceed that percentile, so it counts as a factor.", "`note` says why"),
        Column("used", "yes/no", "The loadings in table `loadings` come from these correlations."),
        NOTE,
    ),
    key=("scale", "role", "wave", "correlations", "number"),
)
MODIFICATION_HINTS = Table(
    "modification_hints", "one parameter that would improve a factor model's fit if it were free; a hint, never acted upon",
    (
        *_OF_MODEL,
        Column("rank", "whole", "1: would improve most."),
        Column("kind", "text", "`loading`: item `second` on factor `first`, too; `covariance`: the items' residuals go together.",
               choices=("loading", "covariance")),
        Column("first", "text", "The factor, or one item."),
        Column("second", "text", "The item, or the other item."),
        Column("index", "number", "Modification index: about how much chi-squared (not scaled) would fall."),
        Column("scaled", "number", "The same divided by the model's scaling factor.", "there is no scaling factor"),
        Column("change", "number", "Expected value of the parameter, were it free.", unit="items' units"),
        Column("std_change", "number", "The same standardised.", "a residual variance is not positive, or the guess is beyond 1"),
    ),
    key=("scale", "role", "wave", "rank"),
)
INVARIANCE = Table(
    "invariance", "one step of invariance of one scale",
    (
        SCALE_ROLE_WAVE[0],
        Column("between", "text", "What is compared.", choices=("roles", "waves", "groups")),
        Column("of", "text", "The wave at which roles are compared, the role whose waves are, or the grouping, whose answers, and the wave."),
        Column("step", "text", "configural, metric, scalar, strict; `partial …` where single items were let off."),
        Column("n", "whole", "Rows: relationships, or people with all their waves.", "not fitted"),
        *_INDICES,
        *(Column(name, "number", meaning, "the first step, or not fitted") for name, meaning in (
            ("delta_cfi", "Change of CFI from the step before (of the robust CFI, where there is one, and so for RMSEA)."), ("delta_rmsea", "Change of RMSEA."), ("delta_srmr", "Change of SRMR."),
            ("delta_chisq", "Change of chi-squared, scaled (Satorra & Bentler 2001)."), ("delta_df", "Its degrees of freedom."), ("delta_p", "Its p."))),
        Column("holds", "yes/no", "Fit is hardly worse than at the step before (Chen 2007).", "not fitted"),
        NOTE,
    ),
    key=("scale", "between", "of", "step"),
)

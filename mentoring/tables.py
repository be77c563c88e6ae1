"""Every table that crosses from one step to the next: its columns, their types, units and meaning.

One declaration serves three ends: each step checks what it writes against it, each reader gets the types it was promised, and
the data dictionary in the docs is written from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import pandera.pandas as pa

Kind = Literal["text", "whole", "number", "yes/no", "date"]
DTYPES: dict[Kind, str] = {"text": "str", "whole": "Int64", "number": "float64", "yes/no": "boolean", "date": "datetime64[us]"}


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, meaning, and whether a cell may be empty."""

    name: str
    kind: Kind
    meaning: str
    empty: str = ""  # why a cell may be empty; "" means that it may not
    choices: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes
    ----------
    name, row, columns
        What it is called, what one row is, and its declared columns in order.
    open_ended : str
        What further columns the study itself adds (empty: none may be added).
    key : tuple of str
        Columns that together are different in every row (empty: no such promise).
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    open_ended: str = ""
    key: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The declared columns, in order."""
        return [column.name for column in self.columns]

    def frame(self, rows: pd.DataFrame | Sequence[dict[str, object]]) -> pd.DataFrame:
        """Rows as this table: declared columns first and typed, checked.

        Raises
        ------
        pandera.errors.SchemaErrors
            When the rows break the declaration. That is a mistake in our code, not in a user's data.
        """
        data = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
        data = data.copy()
        for column in self.columns:
            if column.name not in data:
                data[column.name] = None
            data[column.name] = _typed(data[column.name], column.kind)
        rest = [name for name in data.columns if name not in self.names]
        return self.schema().validate(data[[*self.names, *rest]].reset_index(drop=True), lazy=True)

    def schema(self) -> pa.DataFrameSchema:
        """The declaration as a pandera schema."""
        columns = {
            column.name: pa.Column(
                DTYPES[column.kind] if column.kind != "text" else None, nullable=bool(column.empty),
                checks=pa.Check.isin(column.choices) if column.choices else None, description=column.meaning,
            )
            for column in self.columns
        }
        return pa.DataFrameSchema(columns, strict=not self.open_ended, unique=list(self.key) or None, name=self.name)

    def write(self, rows: pd.DataFrame | Sequence[dict[str, object]], path: str | Path) -> None:
        """Check the rows and write them: Parquet between steps, CSV (UTF-8, full precision) for results."""
        data = self.frame(rows)
        if Path(path).suffix == ".parquet":
            data.to_parquet(path, index=False)
        else:
            data.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")

    def read(self, path: str | Path) -> pd.DataFrame:
        """Read what `write` wrote, with the same types."""
        if Path(path).suffix == ".parquet":
            return self.frame(pd.read_parquet(path))
        data = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")
        return self.frame(data)


def _typed(values: pd.Series, kind: Kind) -> pd.Series:
    if kind == "text":
        # A pandas `str` column keeps missing cells missing, where astype(str) would write the word "nan".
        return values.astype("object").where(values.notna(), None).astype("str")
    if kind == "yes/no":
        words = {"True": True, "False": False, True: True, False: False}
        return values.map(words).astype("boolean")
    if kind == "date":
        return pd.to_datetime(values).astype("datetime64[us]")
    if kind == "whole":
        return pd.to_numeric(values).astype("Float64").astype("Int64")
    return values.astype("object").where(values.notna(), float("nan")).astype("float64")


def _estimate(unit: str = "outcome's unit") -> tuple[Column, ...]:
    why = "it could not be estimated; `note` or `fits` says why"
    return (
        Column("estimate", "number", "Estimate.", why, unit=unit),
        Column("se", "number", "Standard error (small-sample adjusted where the method is Kenward-Roger).", why, unit=unit),
        Column("df", "number", "Denominator degrees of freedom.", "the method has none, or it could not be estimated"),
        Column("t", "number", "Estimate divided by its standard error.", why),
        Column("p", "number", "Two-sided p value.", why),
    )


ROLES = ("mentor", "mentee")
WHY_MISSING = ("blank", "declared", "not applicable", "not shown")
INTERVAL = (
    Column("ci_low", "number", "Lower end of the 95 % interval.", "not estimated"),
    Column("ci_high", "number", "Upper end of the 95 % interval.", "not estimated"),
)
QUESTION = Column("question", "text", "Name of the question in `config.yaml`.")
NOTE = Column("note", "text", "Why cells are empty, or what to mind.", "nothing to say")
SCALE_ROLE_WAVE = (
    Column("scale", "text", "Name of the scale."),
    Column("role", "text", "Who answered.", choices=ROLES),
    Column("wave", "whole", "Number of the wave, from 1."),
)

CODEBOOK_ITEMS = Table(
    "codebook_items", "one item, as one role was asked it",
    (
        Column("item", "text", "Name of the item; parallel items of the two roles share it."),
        Column("role", "text", "Who was asked.", choices=ROLES),
        Column("column", "text", "The column in the export or roster."),
        Column("text", "text", "Wording.", "not given"),
        Column("kind", "text", "Kind of answer.", choices=("likert", "number", "category")),
        Column("about", "text", "What the answer is about: the relationship, oneself at that time, or a lasting fact of the person.",
               choices=("dyad", "self", "person")),
        Column("low", "number", "Lowest possible value.", "no limit"),
        Column("high", "number", "Highest possible value.", "no limit"),
        Column("reverse", "yes/no", "A high value means little of what the scale measures."),
        Column("labels", "text", "Name of the label set.", "values are plain numbers"),
    ),
    key=("item", "role"),
)
CODEBOOK_LABELS = Table(
    "codebook_labels", "one value of a label set",
    (
        Column("labels", "text", "Name of the label set."),
        Column("value", "text", "The code as it stands in the files."),
        Column("label", "text", "What it means."),
        Column("missing", "text", "Why this code is no answer.", "it is an answer", ("declared", "not applicable", "not shown")),
    ),
    key=("labels", "value"),
)
RESPONSES = Table(
    "responses", "one person's answer to one item, about one relationship or about themselves, at one wave",
    (
        Column("dyad", "text", "Code of the relationship.", "the answer is about the person, not about a relationship"),
        Column("person", "text", "Code of the person who answered."),
        Column("role", "text", "Role in which the person answered.", choices=ROLES),
        Column("wave", "whole", "Number of the wave, from 1."),
        Column("item", "text", "Name of the item in the codebook."),
        Column("value", "number", "The answer as a number, as coded in the export (not yet reversed).", "`missing` says why"),
        Column("label", "text", "The answer's label, for items with labels.", "the item has no labels, or no answer"),
        Column("missing", "text", "Why there is no answer.", "there is one", WHY_MISSING),
    ),
    key=("dyad", "person", "role", "wave", "item"),
)
PEOPLE = Table(
    "people", "one person in one role",
    (Column("person", "text", "Code of the person."), Column("role", "text", "Role.", choices=ROLES)),
    open_ended="one column per codebook item that is `about` the person", key=("person", "role"),
)
DYADS = Table(
    "dyads", "one relationship",
    (
        Column("dyad", "text", "Code of the relationship."),
        Column("mentor", "text", "Code of the mentor."),
        Column("mentee", "text", "Code of the mentee."),
        Column("program", "text", "Programme, site or school.", "not given"),
        Column("form", "text", "Form of mentoring.", "not given"),
        Column("start", "date", "When it began.", "not given"),
        Column("end", "date", "When it ended.", "it lasts, or not given"),
    ),
    key=("dyad",),
)
SCORES = Table(
    "scores", "one person's score on one scale, about one relationship or about themselves, at one wave",
    (
        Column("dyad", "text", "Code of the relationship.", "the scale is about the person"),
        Column("person", "text", "Code of the person."),
        Column("role", "text", "Role in which the person answered.", choices=ROLES),
        Column("wave", "whole", "Number of the wave, from 1."),
        Column("scale", "text", "Name of the scale."),
        Column("score", "number", "Mean of the keyed items.", "too few items were answered", unit="the items' response scale"),
        Column("answered", "whole", "Number of items answered."),
        Column("items", "whole", "Number of items of the scale."),
    ),
    key=("dyad", "person", "role", "wave", "scale"),
)
ANALYSIS = Table(
    "analysis", "one relationship at one wave, both sides",
    (
        Column("dyad", "text", "Code of the relationship."),
        Column("mentor", "text", "Code of the mentor."),
        Column("mentee", "text", "Code of the mentee."),
        Column("program", "text", "Programme, site or school.", "not given"),
        Column("form", "text", "Form of mentoring.", "not given"),
        Column("wave", "whole", "Number of the wave, from 1."),
        Column("stage", "text", "Stage of the relationship at that wave.", "not asked or not answered"),
    ),
    open_ended="`mentor_<x>` and `mentee_<x>` for every scale, item and demographic, and one column per similarity",
    key=("dyad", "wave"),
)
FIXED_EFFECTS = Table(
    "fixed_effects", "one fixed effect of one question's model",
    (
        QUESTION,
        Column("outcome", "text", "The outcome."),
        Column("reporter", "text", "Whose answer the outcome is.", "the outcome is nobody's answer"),
        Column("term", "text", "The term, as the formula library names it."),
        *_estimate(),
        Column("p_adjusted", "number", "p corrected for the number of questions in the family (Holm for primary, "
               "Benjamini-Hochberg for secondary).", "not a term the question is about, exploratory, or not estimated"),
        *INTERVAL,
        Column("std_estimate", "number", "Estimate in standard deviations of the outcome: per unit of a yes/no or group term, else "
               "per standard deviation of the predictor.", "not defined for this term"),
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
        *INTERVAL,
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
RELIABILITY = Table(
    "reliability", "one scale, as one role answered it at one wave",
    (
        *SCALE_ROLE_WAVE,
        Column("items", "whole", "Number of items."),
        Column("n", "whole", "Answer sheets with every item answered (a mentor fills in one per mentee)."),
        *(Column(name, "number", meaning, "`note` says why") for name, meaning in (
            ("alpha", "Cronbach's alpha."), ("alpha_low", "Lower end of Feldt's 95 % interval."),
            ("alpha_high", "Upper end of Feldt's 95 % interval."), ("omega", "McDonald's omega (total), one-factor model."),
            ("omega_low", "Lower end of its 95 % interval."), ("omega_high", "Upper end of its 95 % interval."))),
        NOTE,
    ),
    key=("scale", "role", "wave"),
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
        NOTE,
    ),
    key=("scale", "item", "role", "wave"),
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
VERDICTS = Table(
    "verdicts", "the answer to one question",
    (
        QUESTION,
        Column("verdict", "text", "Code from a fixed list.", choices=("positive", "negative", "negligible", "mixed", "inconclusive", "not estimated")),
        Column("certainty", "text", "Word bound to the code and to its warnings.", choices=("clear", "moderate", "low", "none")),
        Column("sentence", "text", "The answer in plain words."),
    ),
    key=("question",),
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
EXCLUSIONS = Table(
    "exclusions", "one thing that was left out or kept, in the order of the work (the flow diagram's numbers)",
    (
        Column("step", "text", "Where in the work."),
        Column("reason", "text", "Why."),
        Column("rows", "whole", "Rows concerned.", "not counted there"),
        Column("people", "whole", "People concerned.", "not counted there"),
        Column("dyads", "whole", "Relationships concerned.", "not counted there"),
    ),
)
SOURCES = Table(
    "sources", "one file that was read",
    (
        Column("file", "text", "File, from the study's folder."),
        Column("sha256", "text", "Fingerprint of its bytes."),
        Column("rows", "whole", "Rows read."),
        Column("columns", "whole", "Columns read."),
        Column("encoding", "text", "Text encoding.", "not a text file"),
    ),
    key=("file",),
)

ALL = (
    CODEBOOK_ITEMS, CODEBOOK_LABELS, RESPONSES, PEOPLE, DYADS, SCORES, ANALYSIS, FIXED_EFFECTS, VARIANCE_COMPONENTS, FITS,
    EFFECT_LINES, RELIABILITY, ITEMS, SIMILARITY,
    AGREEMENT, VERDICTS, INFLUENCE, SECOND_OPINION, EXCLUSIONS, SOURCES,
)
BY_NAME = {table.name: table for table in ALL}

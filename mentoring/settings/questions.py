"""The kinds of question: what each needs to be told in `config.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from mentoring.settings.basics import Family, Name, Role, Section

COVARIATES: list[Name] = Field(default_factory=list, description="Further columns of the analysis table, e.g. `mentee_gender`.")
OUTCOME: Name = Field(description="A scale, or an item with a number.")
# An outcome nobody answers: whether the list of pairs has an end for the relationship.
ENDED = "ended"
REPORTER: Role = Field(description="Whose answer the outcome is.")
Distribution = Literal["normal", "binary", "ordered"]
DISTRIBUTION: Distribution = Field(
    "normal", description="What kind of outcome it is. `normal`: a number, modelled by its mean. `binary`: yes or no, such as an item with two answers, or "
    "`ended`. `ordered`: a single rating item, whose answers have an order but no even steps."
)
EVENT: str = Field(
    "", description="For a `binary` outcome: the answer that counts as yes, as the data call it. Left out: yes, true or 1, else the higher of two codes."
)


@dataclass(frozen=True)
class Need:
    """A column of the analysis table that a question cannot do without.

    Attributes
    ----------
    key : str
        The config's key that names it.
    column : str
        Such as ``mentee_quality``.
    number : bool
        Whether it must hold numbers.
    """

    key: str
    column: str
    number: bool = True


class Published(Section):
    """A published number to stand beside the study's own."""

    source: str = Field(description="Author and year.")
    finding: str = Field(description="What it found, in one sentence with its unit.")
    low: float = Field(allow_inf_nan=False, description="Lower end of the published estimate(s), in the outcome's unit.")
    high: float = Field(allow_inf_nan=False, description="Upper end of the published estimate(s), in the outcome's unit.")


class QuestionBase(Section):
    """What every question has."""

    name: Name = Field(description="Short name; heads the rows of every result table.")
    kind: str = Field(description="What kind of question it is.")
    ask: str = Field(min_length=1, description="The question in plain words, as a funder would ask it.")
    family: Family = Field(
        "secondary", description="`primary` (at most three; Holm), `secondary` (Benjamini-Hochberg) or `exploratory` (no correction, said so)."
    )
    sesoi: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="Smallest effect that would matter, in standard deviations of the outcome (for a term from 0 to 1, or for "
        "one standard deviation of it)."
    )
    unit: str = Field("", description="Unit of the outcome, for tables and figures.")
    published: list[Published] = Field(default_factory=list, description="Published numbers to stand beside this study's.")

    @property
    def outcome_column(self) -> str:
        """The column of the analysis table that is the outcome."""
        raise NotImplementedError

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        return [Need("outcome", self.outcome_column), *(Need("covariates", name, number=False) for name in getattr(self, "covariates", []))]


class OutcomeQuestion(QuestionBase):
    """What every question about one side's outcome has."""

    outcome: Name = OUTCOME
    reporter: Role = REPORTER
    covariates: list[Name] = COVARIATES

    @property
    def outcome_column(self) -> str:
        """The column of the analysis table that is the outcome."""
        return f"{self.reporter}_{self.outcome}"


class SimilarityQuestion(OutcomeQuestion):
    """Does similarity go with an outcome? Both parties' own standing is always in the model."""

    kind: Literal["similarity"] = Field(description="`similarity`")
    outcome: Name = Field(description="A scale, or an item with a number; or `ended`: whether the list of pairs has an end for the relationship.")
    similarity: list[Name] = Field(min_length=1, description="Names from the `similarity` section; all enter one model.")
    distribution: Distribution = DISTRIBUTION
    event: str = EVENT

    @property
    def outcome_column(self) -> str:
        """The column of the analysis table that is the outcome; `ended` is made from the list of pairs."""
        return ENDED if self.outcome == ENDED else super().outcome_column

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        outcome = [] if self.outcome == ENDED else [Need("outcome", self.outcome_column, number=self.distribution == "normal")]
        return [*outcome, *super().needs()[1:]]


class CongruenceQuestion(OutcomeQuestion):
    """Does it matter that both sides stand at the same place, whatever the place? A response surface, never a difference score."""

    kind: Literal["congruence"] = Field(description="`congruence`")
    of: Name = Field(description="A scale or item with a number that both sides answered in the same units.")
    centre: Literal["pooled mean", "midpoint"] = Field(
        "pooled mean", description="Where both sides are zero: the mean of both sides' answers together, or the middle of the response range. Never each side's own mean."
    )
    bootstraps: int = Field(2000, ge=99, le=100_000, description="Resamples of mentors for the intervals of stationary point and axes.")

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        return [*super().needs(), Need("of", f"mentor_{self.of}"), Need("of", f"mentee_{self.of}")]


class ActorPartnerQuestion(QuestionBase):
    """Does one side's standing go with its own outcome, and with the other side's?"""

    kind: Literal["actor_partner"] = Field(description="`actor_partner`")
    outcome: Name = Field(description="A scale, or an item with a number, that both sides answered.")
    predictor: Name = Field(description="A scale, or an item with a number, that both sides answered.")
    when: Literal["same wave", "next wave"] = Field(
        "same wave", description="`same wave`, or `next wave`: predictors of one wave with outcomes of the next, over and above the outcome's own level before."
    )
    covariates: list[Name] = COVARIATES
    bootstraps: int = Field(2000, ge=99, le=100_000, description="Simulated data sets for the interval of k, the ratio of partner to actor effect.")

    @property
    def outcome_column(self) -> str:
        """The mentee's outcome; the mentor's stands beside it."""
        return f"mentee_{self.outcome}"

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        sides = [Need(key, f"{role}_{name}") for key, name in (("outcome", self.outcome), ("predictor", self.predictor)) for role in ("mentor", "mentee")]
        return [*super().needs(), *sides]


class ReciprocityQuestion(QuestionBase):
    """Do the two sides see the same relationship, and is what one gives what the other gives back?"""

    kind: Literal["reciprocity"] = Field(description="`reciprocity`")
    of: Name = Field(description="A scale, or an item with a number, that both sides answered about the relationship.")
    own: Name | None = Field(
        None, description="A scale both sides answered in the same units about themselves, e.g. how much of it they want: does one's answer go with it (assumed similarity)?"
    )
    bootstraps: int = Field(1000, ge=99, le=100_000, description="Simulated data sets for the intervals of variances and correlations.")

    @property
    def outcome_column(self) -> str:
        """The mentee's answer; the mentor's stands beside it."""
        return f"mentee_{self.of}"

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        sides = [("of", self.of), *([("own", self.own)] if self.own else [])]
        return [Need(key, f"{role}_{name}") for key, name in sides for role in ("mentee", "mentor")]


class FunctionsQuestion(QuestionBase):
    """Which support functions does which form of mentoring serve, and does similarity matter more in one of them?"""

    kind: Literal["functions"] = Field(description="`functions`")
    reporter: Role = Field(description="Who said how much support there was.")
    psychosocial: Name = Field(description="The scale of psychosocial support.")
    career: Name = Field(description="The scale of career support.")
    peer: str = Field("peer", description="How the pairs' column `form` calls peer mentoring; every other value counts as hierarchical.")
    similarity: Name | None = Field(None, description="A name from the `similarity` section: does it matter more among peers?")
    covered: float | None = Field(None, allow_inf_nan=False, description="Score from which a function counts as covered; the middle of the response range when left out.")
    covariates: list[Name] = COVARIATES

    @property
    def outcome_column(self) -> str:
        """The psychosocial score; the career score stands beside it."""
        return f"{self.reporter}_{self.psychosocial}"

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        own = [Need("psychosocial", self.outcome_column), Need("career", f"{self.reporter}_{self.career}")]
        return own + [Need("covariates", name, number=False) for name in self.covariates]


class StagesQuestion(QuestionBase):
    """How do relationships move through their stages, and do the stages come in order?"""

    kind: Literal["stages"] = Field(description="`stages`")
    order: list[str] = Field(min_length=2, description="The stages from first to last, as they stand in the answers to the item `stage`.")
    outcome: Name | None = Field(None, description="A scale to follow over stages and waves; left out: the movement between stages alone.")
    reporter: Role = Field("mentee", description="Whose answer the outcome is.")
    covariates: list[Name] = COVARIATES
    tolerance: float = Field(
        0.05, gt=0, lt=1, description="Share of moves that may go back or skip a stage while stages still count as in order: the 95 % interval must lie below it."
    )
    closing: list[str] = Field(default_factory=list, description="Stages in which an end is expected, e.g. `[Separation]`; other ends count as sudden. Left out: ends are not told apart.")

    @property
    def outcome_column(self) -> str:
        """The outcome to follow, or the stage itself."""
        return f"{self.reporter}_{self.outcome}" if self.outcome else "stage"

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        return [Need("outcome", self.outcome_column, number=bool(self.outcome)), *(Need("covariates", name, number=False) for name in self.covariates)]


class ExchangeQuestion(OutcomeQuestion):
    """Do costs and benefits, seen together as a surface, go with an outcome?"""

    kind: Literal["exchange"] = Field(description="`exchange`")
    outcome: Name = Field(description="A scale, or an item with a number; or `ended`: whether the list of pairs has an end for the relationship.")
    side: Role = Field(description="Whose costs and benefits.")
    costs: Name = Field(description="The scale of costs.")
    benefits: Name = Field(description="The scale of benefits, in the same units as the costs.")
    bootstraps: int = Field(2000, ge=99, le=100_000, description="Resamples of mentors for the intervals of stationary point and axes.")

    @property
    def outcome_column(self) -> str:
        """The column of the analysis table that is the outcome; `ended` is made from the list of pairs."""
        return ENDED if self.outcome == ENDED else super().outcome_column

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        known = [need for need in super().needs() if need.column != ENDED]
        return [*known, Need("costs", f"{self.side}_{self.costs}"), Need("benefits", f"{self.side}_{self.benefits}")]


class InfluenceQuestion(OutcomeQuestion):
    """Do self-efficacy, identity and values carry the way from mentoring to belonging? Observational, and marked so."""

    kind: Literal["influence"] = Field(description="`influence`")
    predictor: Name = Field(description="The column the way starts from, e.g. `mentee_psychosocial`.")
    through: list[Name] = Field(min_length=1, description="The mediators' columns, side by side, e.g. `mentee_self_efficacy`.")
    when: Literal["same wave", "next wave"] = Field(
        "same wave", description="`same wave`, or `next wave`: mediators and outcome of the next wave, over and above their own level before."
    )
    draws: int = Field(20_000, ge=1000, le=1_000_000, description="Random draws of the paths behind the intervals of indirect effects.")

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        return [*super().needs(), Need("predictor", self.predictor), *(Need("through", name) for name in self.through)]


class EquityQuestion(OutcomeQuestion):
    """Is support, or what comes of it, the same across groups; does a match close or widen the gap?"""

    kind: Literal["equity"] = Field(description="`equity`")
    group: Name = Field(description="A demographic of the person the question is about, e.g. `mentee_first_gen`.")
    reference: str = Field("", description="The group the others are compared with, as the data call it; the largest when left out.")
    support: Name | None = Field(None, description="A column whose return is compared between groups (group × support), e.g. `mentee_psychosocial`.")
    similarity: Name | None = Field(None, description="A name from the `similarity` section: is the gap another where the two are alike (match × group)?")
    strata: list[Name] = Field(default_factory=list, description="Demographics whose combinations make the strata of an intersectional (MAIHDA) model.")

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        extra = [Need("group", self.group, number=False), *([Need("support", self.support)] if self.support else [])]
        return [*super().needs(), *extra, *(Need("strata", name, number=False) for name in self.strata)]


class NetworkQuestion(OutcomeQuestion):
    """What does each of several mentors add for one mentee?"""

    kind: Literal["network"] = Field(description="`network`")
    predictor: Name = Field(description="The column whose mean over a mentee's mentors is set beside the outcome, e.g. `mentee_psychosocial`.")
    functions: list[Name] = Field(default_factory=list, description="Scales of support: how many of them at least one mentor covers.")
    covered: float | None = Field(None, allow_inf_nan=False, description="Score from which a function counts as covered; the middle of the response range when left out.")
    diversity: Name | None = Field(None, description="A demographic of mentors, e.g. `mentor_field`: how mixed are a mentee's mentors in it?")

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        extra = [Need("diversity", self.diversity, number=False)] if self.diversity else []
        return [*super().needs(), Need("predictor", self.predictor), *(Need("functions", f"{self.reporter}_{name}") for name in self.functions), *extra]


class NecessityQuestion(OutcomeQuestion):
    """Is some of the condition necessary: without it, is a high outcome never seen?"""

    kind: Literal["necessity"] = Field(description="`necessity`")
    condition: Name = Field(description="A similarity, or another column of the analysis table.")
    permutations: int = Field(2000, ge=99, le=100_000, description="Random re-pairings behind the p value.")
    beyond_a_line: bool = Field(
        True, description="Call it necessary only where the corner is also emptier than a straight-line association would leave it (p < .05); "
        "`false`: by the published rule alone, d ≥ 0.1 and p < .05, which a mere association often meets."
    )

    def needs(self) -> list[Need]:
        """Columns of the analysis table that the question names; the outcome comes first."""
        return [*super().needs(), Need("condition", self.condition)]


class ModelQuestion(QuestionBase):
    """Any mixed model, for those who know which."""

    kind: Literal["model"] = Field(description="`model`")
    formula: str = Field(min_length=3, description="As in lme4: `mentee_quality ~ mentee_authenticity + (1 | program/mentor)`.")
    focus: list[str] = Field(min_length=1, description="The terms the question is about.")
    distribution: Distribution = DISTRIBUTION
    event: str = EVENT

    @property
    def outcome_column(self) -> str:
        """What stands left of the “~”."""
        return self.formula.split("~")[0].strip()

    def needs(self) -> list[Need]:
        """Nothing: the formula is checked by itself."""
        return []


Question = Annotated[SimilarityQuestion | StagesQuestion | FunctionsQuestion | CongruenceQuestion | ExchangeQuestion | EquityQuestion | NecessityQuestion | NetworkQuestion | InfluenceQuestion | ActorPartnerQuestion | ReciprocityQuestion | ModelQuestion, Field(discriminator="kind")]

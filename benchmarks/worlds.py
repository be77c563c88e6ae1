"""Does the tool say the right thing? Simulated worlds with known truth, asked the example's questions, many times over.

    python -m benchmarks.worlds                       all worlds; writes benchmarks/worlds.md (about an hour on one core)
    python -m benchmarks.worlds strict few --seeds 10  some worlds, printed only

Questions, models, rule and words are those of the library; p values are corrected within the families of the questions asked here.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.simulated import data_of, example, verdicts_on
from mentoring.credibility.worlds import simulate
from mentoring.settings import CongruenceQuestion, QuestionBase, SimilarityQuestion

# Nothing is claimed of an association: it cannot be told, or is shown to be too small to matter.
NO_CLAIM = ("inconclusive", "negligible", "no effect", "not estimated")
TOO_FEW = ("inconclusive", "not estimated")
FELT, FELT_MENTOR, GAINS, PLACE = (
    "felt_similarity_quality",
    "felt_similarity_mentor_view",
    "alike_in_values_mentor_benefits",
    "same_place_in_values",
)
# `alike_in_values_quality` of the example with the distance as its only index; and the same by one who does not know that people chose each other.
VALUES, VALUES_UNADJUSTED = "values_distance_quality", "values_distance_unadjusted"
FILE = Path(__file__).with_suffix(".md")
EXAMPLE_SIZE = 60


@dataclass(frozen=True)
class Claim:
    """What a question must come to in a world.

    Attributes
    ----------
    question : str
        Of the example's config.
    right : tuple of str
        Verdicts that are right.
    mentors : int
        How many it takes to tell.
    errors : bool
        Whether a wrong verdict is an error of the first kind, to be met in one of twenty; otherwise nine in ten must be right.
    """

    question: str
    right: tuple[str, ...]
    mentors: int = 100
    errors: bool = False


def _nothing(*questions: str, mentors: int = 100) -> tuple[Claim, ...]:
    return tuple(Claim(question, NO_CLAIM, mentors, errors=True) for question in questions)


CLAIMS: dict[str, tuple[Claim, ...]] = {
    "null": (*_nothing(FELT, FELT_MENTOR, VALUES, GAINS, PLACE), Claim(PLACE, ("no effect",), 400)),
    "level": (*_nothing(VALUES), Claim(PLACE, ("level effect only",), 400)),
    "strict": (Claim(VALUES, ("positive",)), Claim(PLACE, ("strict congruence",), 400)),
    "broad": (Claim(VALUES, ("positive",)), Claim(PLACE, ("broad congruence",), 400)),
    "halo": (Claim(FELT, ("positive",)), *_nothing(FELT_MENTOR, VALUES)),
    "selection": (Claim(VALUES_UNADJUSTED, ("positive",), 300), *_nothing(VALUES, mentors=300)),
    # What is felt goes so far with quality here that ten mentors may show it: then saying so is right as well.
    "few": (
        *(Claim(question, (*TOO_FEW, "positive"), 10) for question in (FELT, FELT_MENTOR)),
        *(Claim(question, TOO_FEW, 10) for question in (VALUES, GAINS, PLACE)),
    ),
}


@dataclass
class Tally:
    """How often each verdict was given to a claim, and how often the test behind it had p < .05."""

    world: str
    claim: Claim
    mentors: int
    careless: bool
    verdicts: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    tests: int = 0

    @property
    def seeds(self) -> int:
        return sum(self.verdicts.values())

    @property
    def right(self) -> int:
        return sum(self.verdicts[code] for code in self.claim.right)

    @property
    def met(self) -> bool:
        """Whether the aim is met within two Monte-Carlo standard errors."""
        aim = 0.95 if self.claim.errors else 0.90
        return self.right / self.seeds >= aim - 2 * (aim * (1 - aim) / self.seeds) ** 0.5


def try_world(
    name: str, seeds: Iterable[int], mentors: int | None = None, careless: bool = True, only_errors: bool = False
) -> Iterator[list[Tally]]:
    """Ask a world's questions in one study per seed; yields the tallies after each.

    Parameters
    ----------
    mentors : int, optional
        Size of every study; each claim's own when left out.
    careless : bool
        Whether 8 % of people answer carelessly, as in the files of a simulated study.
    only_errors : bool
        Only the claims that nothing is to be claimed.
    """
    config, items = example()
    asked = questions(config.questions)
    claims = {(claim.question, mentors or claim.mentors): claim for claim in CLAIMS[name] if claim.errors or not only_errors}
    tallies = [Tally(name, claim, size, careless) for (_, size), claim in claims.items()]
    for seed in seeds:
        for size in sorted({tally.mentors for tally in tallies}):
            study = simulate(name, seed, mentors=size, **({} if careless else {"careless": 0.0}))
            own = [tally for tally in tallies if tally.mentors == size]
            said, effects = verdicts_on([asked[tally.claim.question] for tally in own], data_of(study, config, items))
            for tally, code in zip(own, said["verdict"]):
                tally.verdicts[code] += 1
                focus = effects[(effects["question"] == tally.claim.question) & effects["p_adjusted"].notna() & effects["p"].notna()]
                tally.rejected += int((focus["p"] < 0.05).sum())
                tally.tests += len(focus)
        yield tallies


def questions(found: Iterable[QuestionBase]) -> dict[str, QuestionBase]:
    """The example's questions by name, and those made of them."""
    asked = {question.name: question for question in found}
    values, place = asked["alike_in_values_quality"], asked[PLACE]
    assert isinstance(values, SimilarityQuestion) and isinstance(place, CongruenceQuestion)
    for name, covariates in ((VALUES, values.covariates), (VALUES_UNADJUSTED, [])):
        asked[name] = values.model_copy(update={"name": name, "similarity": ["values_distance"], "covariates": covariates})
    # Five shapes at once are known less well than one slope, so what is too small to matter is twice as large; resampled axes decide no verdict.
    asked[PLACE] = place.model_copy(update={"sesoi": 0.20, "bootstraps": 99})
    return asked


def table(tallies: Iterable[Tally]) -> str:
    """The tallies as a Markdown table."""
    lines = [
        "| world | question | mentors | careless people | right is | right | other verdicts | p < .05 | aim met |",
        "|---|---|--:|---|---|--:|---|--:|---|",
    ]
    for tally in tallies:
        right = "no claim" if tally.claim.right == NO_CLAIM else " or ".join(tally.claim.right)
        others = ", ".join(f"{count} {code}" for code, count in tally.verdicts.most_common() if code not in tally.claim.right)
        rate = f"{tally.rejected / tally.tests:.1%}" if tally.claim.errors and tally.tests else ""
        lines.append(
            f"| {tally.world} | `{tally.claim.question}` | {tally.mentors} | {'8 %' if tally.careless else 'none'} | {right} "
            f"| {tally.right}/{tally.seeds} | {others} | {rate} | {'yes' if tally.met else 'no'} |"
        )
    return "\n".join(lines)


def _progress(name: str, done: int, of: int, since: float) -> None:
    if done % 10 == 0 or done == of:
        print(f"{name}: {done} of {of} studies, {time.process_time() - since:.0f} s of computing", file=sys.stderr)


def _run(name: str, seeds: int, mentors: int | None = None, careless: bool = True, only_errors: bool = False) -> list[Tally]:
    start, tallies = time.process_time(), []
    for done, found in enumerate(try_world(name, range(seeds), mentors, careless, only_errors), 1):
        tallies = found
        _progress(f"{name}{'' if careless else ', nobody careless'}{f', {mentors} mentors' if mentors else ''}", done, seeds, start)
    return tallies


def main() -> None:
    """Run the worlds asked for; all of them go into the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worlds", nargs="*", choices=[[], *CLAIMS], metavar="WORLD", help=", ".join(CLAIMS))
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--mentors", type=int)
    parser.add_argument("--attentive", action="store_true", help="without careless people")
    chosen = parser.parse_args()
    if chosen.worlds:
        print(table(tally for name in chosen.worlds for tally in _run(name, chosen.seeds, chosen.mentors, not chosen.attentive)))
        return
    parts: list[tuple[str, list[Tally]]] = [
        ("At the size that it takes", []),
        ("Without careless people", []),
        (f"At the example’s {EXAMPLE_SIZE} mentors", []),
    ]
    for name, claims in CLAIMS.items():
        parts[0][1].extend(_run(name, chosen.seeds))
        if any(claim.errors for claim in claims):
            parts[1][1].extend(_run(name, chosen.seeds, careless=False, only_errors=True))
        if name != "few":
            parts[2][1].extend(_run(name, chosen.seeds // 2, EXAMPLE_SIZE))
        FILE.write_text(_page(parts), encoding="utf-8")


def _page(parts: Iterable[tuple[str, list[Tally]]]) -> str:
    head = (
        "# Worlds with known truth: is the verdict right?\n\n"
        "Written by `python -m benchmarks.worlds`; what it means stands in [docs/methods/worlds.md](../docs/methods/worlds.md). Three waves, three mentees "
        "per mentor. `p < .05`: how often the tests behind a verdict that should claim nothing had an uncorrected p below .05. The aim is met when nine in ten "
        "verdicts are right, or nineteen in twenty where a wrong one is a false alarm, less two Monte-Carlo standard errors.\n"
    )
    return head + "".join(f"\n## {title}\n\n{table(tallies)}\n" for title, tallies in parts)


if __name__ == "__main__":
    main()

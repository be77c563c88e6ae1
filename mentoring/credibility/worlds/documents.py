"""What stands beside the data of a simulated study: data/README.md with the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mentoring.credibility.worlds.truth import PATHS, World

if TYPE_CHECKING:
    from mentoring.credibility.worlds.study import SimulatedStudy

def readme_text(study: SimulatedStudy, dirt: list[str]) -> str:
    """data/README.md: that the data are made up, what is true in them, and how to make them again."""
    world, people = study.world, study.people
    careless = [f"{person} ({role}, {'the same answer throughout' if kind == 'straight' else 'at random'})"
                for role, answers in study.answers.items() for person, kind in sorted(answers.careless.items())]
    lasting = study.truth.lasts[:, -1].mean()
    return "\n\n".join([
        "# SYNTHETIC DATA: nobody here exists",
        ("**Every person, answer and comment in this folder was made up by a computer.** No finding from these data says anything about real "
        "mentoring. They are here to show what the project does, and because in made-up data one knows what is true."),
        ("Items and data are in the public domain ([CC0 1.0](https://creativecommons.org/publicdomain/zero/1.0/)). The items are our own "
        "wording; they have not been validated."),
        f"World **{world.name}**: {world.meaning}. Made again, byte for byte, by one command from the project's folder:",
        f"```\npython3 start.py simulate --world {world.name} --seed {study.seed} --study DIR\n```",
        "## The files",
        _files_table(study),
        "## The truth",
        ("Latent scores have a standard deviation of about 1; effects are in that unit. Values (X the mentor's, Y the mentee's mean) are on "
        "the answer scale of 1 to 7, centred at 4. Whatever the files show differs from this by measurement error and by chance."),
        _truth_table(world),
        "How the other constructs come about (besides what is their own; `other_` is the partner's):",
        _paths_table(),
        (f"Form, people: {(people.pairs['form'] == 'peer').mean():.0%} of the relationships are among peers, {people.pairs['chosen'].mean():.0%} "
        f"were chosen and not assigned; {lasting:.0%} last to the end."),
        "## What is wrong with the files, on purpose",
        ("Blanks, pages not shown (−66), “prefer not to say” (99), “does not apply to us” (8), values asked at the first wave only, people who "
        "broke off, missed a wave or never answered, loss over time (more where quality is low), two rows of survey preview, and:"),
        "\n".join(f"- {line}" for line in dirt) or "- nothing else",
        f"Careless answerers ({len(careless)}): {', '.join(careless) or 'none'}.",
    ]) + "\n"


def _files_table(study: SimulatedStudy) -> str:
    rows = [
        ("mentees_qualtrics.csv", "mentees' answers, as Qualtrics exports them; one row per mentee, mentor and wave"),
        ("mentors.sav", "mentors' answers, an SPSS file; one row per mentor, mentee and wave"),
        ("roster.csv", "everybody, with demographics"),
        ("pairs.csv", "who mentors whom"),
        ("codebook_items.csv", "what was asked of whom, in which column"),
        ("codebook_labels.csv", "what the codes mean, and which are no answers"),
    ]
    return "\n".join(["| file | what |", "|---|---|", *(f"| `{name}` | {what} |" for name, what in rows)])


def _truth_table(world: World) -> str:
    meaning = {
        "mentors": "mentors", "mentees_per_mentor": "mentees per mentor, on average", "mentors_per_program": "mentors per programme",
        "waves": "waves", "program_variance": "variance of quality between programmes", "mentor_variance": "between mentors",
        "shared_variance": "between relationships, seen by both sides", "own_variance": "between relationships, in one side's view",
        "state_variance": "from wave to wave, in one side's view", "own_of_mentor": "share of each further construct's own part that is the mentor's, for both sides",
        "own_in_common": "share of it that is the pair's, for both sides", "values_sd": "standard deviation of people's values",
        "b1": "surface of congruence: X", "b2": "Y", "b3": "X²", "b4": "XY", "b5": "Y²",
        "perceived": "perceived similarity → own quality", "perceived_partner": "perceived similarity → the other side's quality",
        "halo": "the same person's rating tone, in both (adds to the association of own perceived similarity and own quality)",
        "perceived_actual_r": "correlation of perceived similarity with actual likeness in values",
        "perceived_shared": "share of perceived similarity the two sides agree on besides", "perceived_state": "its share that changes from wave to wave",
        "perceived_growth": "its growth per wave", "slope_sd": "standard deviation, over mentors, of the effect of perceived similarity",
        "match_gender": "same gender → quality", "match_race": "same race → quality", "match_field": "same field → quality",
        "chosen_share": "share of chosen relationships", "chosen_candidates": "mentors a choosing mentee compares by values",
        "chosen_quality": "chosen → quality, whatever the likeness", "peer_share": "share of mentors who are peers",
        "loss_logit": "log odds of being lost per wave, at average quality", "loss_quality": "change of it per unit of quality",
        "careless": "share of careless answerers", "mentor_silent": "share of mentors who never answer",
        "mentee_silent": "share of mentees who never answer",
    }
    rows = [(name, value, meaning[name]) for name, value in world.parameters().items()]
    rows += [(name, value, "follows from b1 to b5") for name, value in world.congruence.items()]
    rows += [(f"{name} in all", value, f"{name} with what runs through perceived similarity: what a model of quality on X and Y alone finds")
             for name, value in world.total.items()]
    return "\n".join(["| parameter | value | meaning |", "|---|---|---|", *(f"| `{name}` | {round(value, 4):g} | {what} |" for name, value, what in rows)])


def _paths_table() -> str:
    rows = [f"| {name} | {role} | {', '.join(f'{size:+.2f} {cause}' for cause, size in causes.items())} |"
            for name, sides in PATHS.items() for role, causes in sides.items()]
    return "\n".join(["| construct | side | causes |", "|---|---|---|", *rows])

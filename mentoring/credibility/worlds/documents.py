"""What stands beside the data of a simulated study: its `config.yaml`, and data/README.md with the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mentoring.credibility.worlds.truth import PATHS, World
from mentoring.credibility.worlds.wording import CONSTRUCTS

if TYPE_CHECKING:
    from mentoring.credibility.worlds.study import SimulatedStudy

_HEAD = """\
# A study in one file. The first half says what there is (files, scales), the second what you want to know (questions).
#
# To make it yours: copy this folder (`python3 start.py init --study DIR`), put your exports into data/, and change what is written here.
# `python3 start.py check` reads everything and tells all that does not fit, with what to write instead. Every key is explained in
# docs/reference/config.md. Lines that begin with # are remarks; indentation is two spaces; lists begin with a dash.

# ── The study ──────────────────────────────────────────────────────────────────────────────────────────────────────────
study:
  title: {title}
  contact: The mentoring project
  description: >-
    {description}
  seed: {seed}# every random number starts here: same seed, same results
  synthetic: true          # the report then says on every page that the data are made up
  privacy:
    smallest_cell: 10      # no figure or table shows a group of fewer people than this

# ── The files: opened read-only, never changed ─────────────────────────────────────────────────────────────────────────
data:
  surveys:
    - name: mentees
      file: data/mentees_qualtrics.csv
      format: qualtrics    # a CSV with Qualtrics' three header rows, just as it was downloaded
      role: mentee         # who answered
      person: mentee_id    # the column with the id of who answered …
      partner: mentor_id   # … and of whom the answers are about
      wave: wave
    - name: mentors
      file: data/mentors.sav
      format: spss         # value labels and declared missing codes are read from it and checked against the codebook
      role: mentor
      person: mentor_id
      partner: mentee_id
      wave: wave
  roster:                  # one row per person and role, with demographics
    file: data/roster.csv
    person: person
    role: role
  pairs:                   # one row per relationship
    file: data/pairs.csv
    mentor: mentor
    mentee: mentee
    program: program
    form: form             # hierarchical or peer
    start: start
    end: end
  codebook:                # what was asked in which column, which items are reversed, and what the codes mean
    items: data/codebook_items.csv
    labels: data/codebook_labels.csv
  waves: {waves}

# ── Scales: several items that measure one thing ───────────────────────────────────────────────────────────────────────
# A scale that both sides were asked gives two columns, `mentee_<name>` and `mentor_<name>`: the mean of its items, reversed ones
# turned round. Whoever answered too few of a scale's items gets no score on it. The default is `answered: 0.8`, four in five; with
# four items that would mean all of them, so here three in four will do.
scales:
"""

_REST = """\

# ── Similarity: how alike are a mentor and a mentee? ───────────────────────────────────────────────────────────────────
# Each becomes a column of its own. Beside each, the report shows what re-pairing people at random within programmes would give.
similarity:
  - name: same_gender
    label: Same gender
    kind: match                     # 1 when both are in the same group, else 0
    of: [gender]
    depth: surface
  - name: same_race
    label: Same race or ethnicity
    kind: match
    of: [race]
    depth: surface
  - name: same_field
    label: Same field
    kind: match
    of: [field]
    depth: surface
  - name: values_distance
    label: Distance in work values
    kind: squared_distance          # how far apart, over the four value statements together: high means unlike
    of: [values_1, values_2, values_3, values_4]
    depth: deep
  - name: values_profile
    label: Likeness of value profiles
    kind: profile_correlation       # the same ups and downs over the statements, whatever the level
    of: [values_1, values_2, values_3, values_4]
    depth: deep
  - name: background
    label: Similarity of background
    kind: gower                     # any mixture of numbers and groups: from 0 (nothing alike) to 1 (the same)
    of: [age, first_gen, field]
    depth: surface
  - name: perceived_by_mentee
    label: Similarity as the mentee sees it
    kind: perceived                 # not computed: somebody said so
    of: [perceived_similarity]
    reporter: mentee
    depth: deep
  - name: perceived_by_mentor
    label: Similarity as the mentor sees it
    kind: perceived
    of: [perceived_similarity]
    reporter: mentor
    depth: deep

# ── Questions: what you want to know ───────────────────────────────────────────────────────────────────────────────────
# At most three are primary: their p values are corrected strictly (Holm), as those on which a decision hangs. Secondary ones are
# corrected together (Benjamini-Hochberg), exploratory ones are only labelled as such. `sesoi` is the smallest effect that would
# matter to you, in standard deviations of the outcome: without it nothing can be called negligible.
questions:
  - name: felt_similarity_quality
    ask: Do mentees who feel similar to their mentor report a better relationship?
    kind: similarity
    family: primary
    outcome: quality
    reporter: mentee                # one person says both: the report marks it as single-source
    similarity: [perceived_by_mentee]
    sesoi: 0.10
  - name: felt_similarity_mentor_view
    ask: Do mentors, too, report a better relationship where the mentee feels similar?
    kind: similarity
    family: primary
    outcome: quality
    reporter: mentor                # the other side's word, so no shared rating style
    similarity: [perceived_by_mentee]
    sesoi: 0.10
  - name: same_group_learning
    ask: Do mentees learn more from a mentor of the same gender, race or field?
    kind: similarity
    family: secondary
    outcome: learning
    reporter: mentee
    similarity: [same_gender, same_race, same_field]
    sesoi: 0.20
  - name: alike_in_values_quality
    ask: Is the relationship better where mentor and mentee actually hold the same values?
    kind: similarity
    family: secondary
    outcome: quality
    reporter: mentee
    similarity: [values_distance, values_profile]
    covariates: [mentee_matched]    # assigned or chosen: people may choose those who are like them
    sesoi: 0.10
  - name: alike_in_values_mentor_benefits
    ask: Do mentors themselves gain more from mentees who hold the same values?
    kind: similarity
    family: secondary
    outcome: benefits
    reporter: mentor
    similarity: [values_distance]
    sesoi: 0.10
  - name: empowerment_both_sides
    ask: Does empowerment go with the authenticity of both, the mentee's and the mentor's?
    kind: model                     # any mixed model, in the notation of lme4
    family: exploratory
    formula: mentee_empowerment ~ mentee_authenticity + mentor_authenticity + wave + (1 | program/mentor) + (1 | dyad)
    focus: [mentee_authenticity, mentor_authenticity]
    sesoi: 0.10

# ── Credibility: how hard the results are tried ────────────────────────────────────────────────────────────────────────
credibility:
  repairings: 1000         # random re-pairings that each similarity is compared with
  influence: true          # would the answer change without one of the mentors?
  second_opinion: true     # fit every model by independent software as well, and say where it differs

# ── The report ─────────────────────────────────────────────────────────────────────────────────────────────────────────
report:
  formats: [html, docx, pdf]
  notebooks: [01_meet_the_data, 04_one_mixed_model]
"""


def config_text(study: SimulatedStudy) -> str:
    """A commented `config.yaml` for a simulated study, from which a newcomer can learn."""
    world, people = study.world, study.people
    example = world.name == "example"
    programs = people.pairs["program"].nunique()
    title = "Does similarity matter? The example mentoring study" if example else f"A simulated study: the world “{world.name}”"
    waves = {1: "one wave", 2: "two waves", 3: "three waves over one academic year"}[world.waves]
    description = (
        f"{len(people.mentees)} mentees and {len(people.mentors)} mentors of {programs} programmes were asked about their relationships in "
        f"{waves}.\n    The data are synthetic: they were simulated, with known truth (data/README.md), to show and to try what the "
        f"project does.")
    head = _HEAD.format(title=f'"{title}"' if ":" in title or "?" in title else title, description=description,
                        seed=f"{study.seed:<19}", waves="[" + ", ".join(f'"{wave}"' for wave in range(1, world.waves + 1)) + "]")
    scales = "\n".join(
        f"  - name: {construct.name}\n    label: {construct.label}\n    items: [{', '.join(construct.item_names)}]"
        + ("\n    answered: 0.75" if len(construct.items) == 4 else "") for construct in CONSTRUCTS)
    return head + scales + "\n" + _REST


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

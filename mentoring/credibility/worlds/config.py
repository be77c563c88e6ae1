"""The commented `config.yaml` of a simulated study, from which a newcomer can learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
# four items that would mean all of them, so here three in four will do. `instrument` names a card of data/instruments: what it says of
# range, reversed items and scoring is checked, and its published reliability stands beside the study's own.
scales:
"""

_REST = """\

# ── Structures: what do several scales measure together? ───────────────────────────────────────────────────────────────
structures:
  - name: relational_qualities
    label: Four relational qualities
    kind: correlated                # each scale a factor of its own; how far do they go together?
    factors: [authenticity, engagement, empowerment, reciprocity]
  - name: one_relational_quality
    label: One relational quality above the four
    kind: higher_order              # do they stand for one thing?
    factors: [authenticity, engagement, empowerment, reciprocity]
  - name: what_comes_of_it
    label: What comes of it
    kind: explore                   # unknown: how many things are measured, and by which items?
    factors: [learning, costs, benefits]

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
    similarity: [values_distance]   # not both of its kin at once: each would be what is left of the other
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
  - name: same_place_in_values
    ask: Is it standing at the same place in values that matters, whatever the place?
    kind: congruence                # a response surface over both sides, never a difference score
    of: values                      # a scale both sides answered
    outcome: quality
    reporter: mentee
    sesoi: 0.10
  - name: authenticity_and_the_other
    ask: Does the authenticity of one side go with the empowerment of the other?
    kind: actor_partner             # own effects (actor) and effects across (partner), for both roles at once
    predictor: authenticity
    outcome: empowerment
    sesoi: 0.10
  - name: the_same_relationship
    ask: Do both sides see the same relationship?
    kind: reciprocity               # what lies with the mentor, with the pair, and between the two
    of: quality
  - name: peers_and_support
    ask: Do peers support each other as people more than in their careers?
    kind: functions                 # psychosocial and career support, by the column `form` of the pairs
    reporter: mentee
    psychosocial: psychosocial
    career: career
    similarity: perceived_by_mentee
    sesoi: 0.20
  - name: stages_in_order
    ask: Do relationships keep to the order of stages, and does support move with them?
    kind: stages
    order: [Initiation, Cultivation, Separation, Redefinition]
    outcome: psychosocial
    reporter: mentee
  - name: costs_and_benefits
    ask: Do mentors for whom costs outweigh benefits see a poorer relationship?
    kind: exchange                  # a surface over costs and benefits, never one minus the other
    side: mentor
    costs: costs
    benefits: benefits
    outcome: quality
    reporter: mentor
    sesoi: 0.10
  - name: road_to_belonging
    ask: Do self-efficacy and identity lie on the road from support to belonging?
    kind: influence                 # mediation: observational, and marked so wherever it shows
    family: exploratory
    predictor: mentee_psychosocial
    through: [mentee_self_efficacy, mentee_identity]
    outcome: belonging
    reporter: mentee
    sesoi: 0.05
  - name: first_generation
    ask: Do first-generation mentees receive the same support?
    kind: equity                    # a gap, or parity shown by an equivalence test; never “no difference” from a large p
    group: mentee_first_gen
    outcome: psychosocial
    reporter: mentee
    sesoi: 0.20
  - name: nothing_without_likeness
    ask: Is a good deal of learning ever found without some felt similarity?
    kind: necessity
    family: exploratory
    condition: perceived_by_mentee
    outcome: learning
    reporter: mentee
  - name: alike_and_staying
    ask: Would mentees who feel similar rather stay with their mentor?
    kind: similarity
    family: secondary
    outcome: stay                   # a single rating, not a scale: its answers are in order, and that is all
    reporter: mentee
    similarity: [perceived_by_mentee]
    distribution: ordered
    sesoi: 0.20
  - name: alike_and_over
    ask: Do relationships end more rarely where the mentee feels similar?
    kind: similarity
    family: exploratory
    outcome: ended                  # whether the list of pairs has an end; nobody's answer
    reporter: mentee
    similarity: [perceived_by_mentee]
    distribution: binary            # yes or no: a logistic model
    sesoi: 0.20
  - name: several_mentors
    ask: What goes with each further mentor?
    kind: network
    family: exploratory
    outcome: belonging
    reporter: mentee
    predictor: mentee_psychosocial
    functions: [psychosocial, career]
    sesoi: 0.20
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
  notebooks:               # run on this study; those in its own folder notebooks/ go before those of the project
    - 01_meet_the_data
    - 02_from_items_to_scores
    - 03_who_is_similar_to_whom
    - 04_one_mixed_model
    - 05_congruence_and_response_surfaces
    - 06_both_sides
    - 07_your_own_question
    - 08_rerun_on_a_new_survey
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
        f"  - name: {construct.name}\n    label: {construct.label}\n    instrument: open_items\n    subscale: {construct.name}\n    items: [{', '.join(construct.item_names)}]"
        + ("\n    answered: 0.75" if len(construct.item_names) == 4 else "") for construct in CONSTRUCTS)
    return head + scales + "\n" + _REST

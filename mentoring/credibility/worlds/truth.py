"""The worlds one can simulate, each a full statement of what is true in it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from mentoring.errors import Problem, StudyError, did_you_mean


@dataclass(frozen=True)
class World:
    """What is true in one simulated world.

    Effects are in standard deviations of the latent relationship quality; values are on the 1 to 7 answer scale, centred at its
    midpoint 4. The surface of congruence is ``b1 X + b2 Y + b3 X² + b4 XY + b5 Y²`` with X the mentor's and Y the mentee's mean
    value, and holds for the quality either side sees.
    """

    name: str
    meaning: str
    mentors: int = 60
    mentees_per_mentor: float = 3.0
    mentors_per_program: int = 5
    waves: int = 3
    # ASSUME: variances of latent quality (sum, with the effects, about 1); by published studies: mentor .15, program .03, agreement of
    # the two sides about .30, the rest split by judgement.
    program_variance: float = 0.03
    mentor_variance: float = 0.15
    shared_variance: float = 0.08
    own_variance: float = 0.27
    state_variance: float = 0.20
    # ASSUME: of what is a construct's own (besides its causes), this share is the mentor's way and this share both sides have in common, so
    # that the two sides agree at .1 to .3 on each scale (weak to moderate: Ferro 2014; sizes by judgement).
    own_of_mentor: float = 0.12
    own_in_common: float = 0.12
    values_sd: float = 0.9
    # ASSUME: −.06 per squared unit of X − Y, i.e. b3 = b5 = −.06, b4 = +.12 and a4 = −.24.
    b1: float = 0.0
    b2: float = 0.0
    b3: float = -0.06
    b4: float = 0.12
    b5: float = -0.06
    # ASSUME: perceived similarity → own quality .45, of which .15 is only the same person answering both; what
    # one side perceives moves the other side's quality by .10 (judgement).
    perceived: float = 0.30
    perceived_partner: float = 0.10
    halo: float = 0.15
    perceived_actual_r: float = 0.25
    perceived_shared: float = 0.15
    perceived_state: float = 0.20
    perceived_growth: float = 0.08
    slope_sd: float = 0.12
    # ASSUME: surface match matters little, .00 to .05 SD (Eby 2013).
    match_gender: float = 0.0
    match_race: float = 0.05
    match_field: float = 0.05
    # ASSUME: a third choose each other; who chooses looks at a few others in the programme and takes the nearest in values.
    chosen_share: float = 0.35
    chosen_candidates: int = 2
    chosen_quality: float = 0.10
    peer_share: float = 0.20
    # ASSUME: nearly a third lost by the third wave, more when quality is low.
    loss_logit: float = -1.75
    loss_quality: float = -0.60
    careless: float = 0.08
    mentor_silent: float = 0.10
    mentee_silent: float = 0.06

    @property
    def congruence(self) -> dict[str, float]:
        """a1 to a5: slope and curvature along congruence and incongruence, and the turn of the ridge."""
        return {
            "a1": self.b1 + self.b2, "a2": self.b3 + self.b4 + self.b5,
            "a3": self.b1 - self.b2, "a4": self.b3 - self.b4 + self.b5, "a5": self.b3 - self.b5,
        }

    @property
    def total(self) -> dict[str, float]:
        """b1 to b5 with what runs through perceived similarity: what a model of quality on X and Y alone finds in pairs by chance.

        Perceived similarity holds −(X − Y)², standardised by its spread √8 s², with weight `perceived_actual_r`.
        """
        through = self.perceived_actual_r * (self.perceived + self.perceived_partner) / (8**0.5 * self.values_sd**2)
        return {"b1": self.b1, "b2": self.b2, "b3": self.b3 - through, "b4": self.b4 + 2 * through, "b5": self.b5 - through}

    def parameters(self) -> dict[str, float]:
        """Every number, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in ("name", "meaning")}


def _world(name: str, meaning: str, **numbers: float) -> World:
    """A world in which similarity does nothing, except for what is named: so each line of `WORLDS` shows what sets it apart."""
    nothing: dict[str, float] = dict.fromkeys((
        "b1", "b2", "b3", "b4", "b5", "perceived", "perceived_partner", "halo", "slope_sd",
        "match_gender", "match_race", "match_field", "chosen_quality"), 0.0)
    # ASSUME: the test worlds are larger and spread values wider than the example, so that a right method can find their truth.
    return World(name, meaning, **{**nothing, "mentors": 100, "values_sd": 1.1, "chosen_candidates": 1, **numbers})  # type: ignore[arg-type]


WORLDS: dict[str, World] = {world.name: world for world in (
    World("example", "everything at the size the literature leads one to expect: the bundled example study"),
    _world("null", "similarity does nothing, perceived or actual: 5 % of tests may err"),
    _world("level", "each side's own values raise quality; being alike adds nothing", b1=0.30, b2=0.30),
    _world("strict", "quality is highest wherever the two are alike, at any level", b3=-0.20, b4=0.40, b5=-0.20),
    _world("broad", "being alike helps, and so do high values on either side", b1=0.25, b2=0.25, b3=-0.20, b4=0.40, b5=-0.20),
    _world("halo", "who feels similar rates everything higher; the relationship is no better for it", halo=0.45),
    _world("selection", "who is alike chooses each other, and chosen pairs do well; being alike itself does nothing",
           chosen_share=0.5, chosen_candidates=5, chosen_quality=0.8),
    World("few", "as the example, but only ten mentors: too few to say", mentors=10),
)}


def world_named(name: str) -> World:
    """The world of that name.

    Raises
    ------
    StudyError
        When there is none, naming the nearest.
    """
    if name not in WORLDS:
        raise StudyError(Problem("", "--world", f"no world is called “{name}”", did_you_mean(name, WORLDS), f"one of: {', '.join(WORLDS)}"))
    return WORLDS[name]


# How the constructs hang together, for the side named (`both`: the same on each): the latent construct is the sum of coefficient ×
# cause, plus a part of its own: the mentor's, the pair's, one side's, and a passing one. `other_x` is the partner's x. In order: a cause stands above its effect.
# ASSUME: sizes follow published ones where there are any (peer, separation, redefinition); the rest is judgement after Eby 2013.
PATHS: dict[str, dict[str, dict[str, float]]] = {
    "status": {"both": {"quality": 0.55}},
    "authenticity": {"both": {"quality": 0.50}},
    "engagement": {"both": {"quality": 0.35, "authenticity": 0.30}},
    "empowerment": {"both": {"quality": 0.15, "authenticity": 0.30, "status": 0.20, "other_authenticity": 0.15}},
    "reciprocity": {"both": {"quality": 0.35, "status": 0.25}},
    "psychosocial": {"both": {"quality": 0.45, "peer": 0.30, "redefinition": 0.40}},
    "career": {"both": {"quality": 0.40, "peer": -0.40, "separation": -0.40}},
    "learning": {"both": {"quality": 0.40, "other_engagement": 0.10}, "mentee": {"career": 0.15}},
    "costs": {"both": {"quality": -0.40, "separation": 0.30}, "mentor": {"load": 0.10}},
    "benefits": {"both": {"quality": 0.40, "reciprocity": 0.20}, "mentor": {"other_engagement": 0.15}},
    "stay": {"both": {"quality": 0.20, "benefits": 0.40, "costs": -0.25}},
    # About oneself: the causes are averaged over one's relationships first.
    "self_efficacy": {"mentee": {"learning": 0.30, "career": 0.15}},
    "identity": {"mentee": {"psychosocial": 0.25, "quality": 0.15}},
    "belonging": {"mentee": {"self_efficacy": 0.30, "identity": 0.30, "quality": 0.10, "first_gen": -0.25}},
    "renewal": {"mentor": {"benefits": 0.40, "costs": -0.25}},
}

# From the row's stage to the column's at the next wave. ASSUME: mostly onward, with some stays, skips and steps back (judgement; Kram's
# phases need not be linear).
STAGES = ("initiation", "cultivation", "separation", "redefinition")
FIRST_STAGE = (0.60, 0.36, 0.03, 0.01)
NEXT_STAGE = (
    (0.28, 0.63, 0.06, 0.03),
    (0.05, 0.62, 0.22, 0.11),
    (0.02, 0.13, 0.45, 0.40),
    (0.01, 0.14, 0.10, 0.75),
)

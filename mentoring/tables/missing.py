"""The tables of who is silent: patterns, attrition, and what silence goes with."""

from __future__ import annotations

from mentoring.tables.declare import NOTE, SCALE_ROLE_WAVE, Column, Table

_WHY = "`note` says why"
_ROLE = Column("role", "text", "Whose answers.", choices=("mentor", "mentee"))
_DIFFERENCE = (
    Column("se", "number", "Its standard error, robust and clustered by mentor (CR2).", _WHY),
    Column("df", "number", "Its degrees of freedom (Satterthwaite).", _WHY),
    Column("p", "number", "Two-sided p value.", _WHY),
    Column("p_adjusted", "number", "p corrected for all rows of the role (Benjamini-Hochberg).", _WHY),
    Column("ci_low", "number", "Lower end of the 95 % interval.", _WHY),
    Column("ci_high", "number", "Upper end of the 95 % interval.", _WHY),
)
MISSING_PATTERNS = Table(
    "missing_patterns", "one pattern of sides and waves",
    (
        *(Column(f"{role}_waves", "text", f"Waves at which the {role} answered about the relationship; – where not, · where not asked, or "
                 "after the relationship's end.", "that role was never asked") for role in ("mentor", "mentee")),
        Column("relationships", "whole", "Relationships with this pattern."),
        Column("share", "number", "Their share of all relationships."),
        Column("mentors", "whole", "Distinct mentors among them."),
        Column("mentees", "whole", "Distinct mentees among them."),
    ),
    key=("mentor_waves", "mentee_waves"),
)
ATTRITION = Table(
    "attrition", "one role at one wave: the sides of relationships that were asked",
    (
        _ROLE, SCALE_ROLE_WAVE[2],
        Column("asked", "whole", "Relationships the role could have answered about."),
        Column("answered", "whole", "Of these, answered about: first, stayed and back together."),
        *(Column(name, "whole", meaning) for name, meaning in (
            ("first", "Answered for the first time."), ("stayed", "Answered, as at the wave before."),
            ("back", "Answered again after a silence."), ("later", "Silent, to answer for the first time later."),
            ("paused", "Silent between two answers."), ("lost", "Silent after earlier answers, until the end of the study."),
            ("never", "Silent throughout the study."))),
        NOTE,
    ),
    key=("role", "wave"),
)
LOST_VOICE = Table(
    "lost_voice", "one thing that one side's silence may go with, where the other side answered",
    (
        Column("role", "text", "Whose silence.", choices=("mentor", "mentee", "either")),
        Column("about", "text", "What the column is about.",
               choices=("side", "wave", "programme", "mentor", "form", "mentor's traits", "mentee's traits", "own first answers", "partner's first answers")),
        Column("column", "text", "The column of the analysis table; empty levels mean a number."),
        Column("level", "text", "The group that is compared with all others.", "a number, or the spread between groups"),
        Column("n", "whole", "Sides of relationships at waves it rests on.", _WHY),
        Column("silent", "whole", "Of these, silent.", _WHY),
        Column("mentors", "whole", "Distinct mentors.", _WHY),
        Column("mentees", "whole", "Distinct mentees.", _WHY),
        Column("estimate", "number", "Difference in the share that is silent: per standard deviation of a number, or of a group against all others, waves held. "
               "For programmes and mentors: the standard deviation of their shares.", _WHY, unit="share"),
        *_DIFFERENCE, NOTE,
    ),
    key=("role", "about", "column", "level"),
)
ATTRITION_DIFFERENCES = Table(
    "attrition_differences", "one of one role's answers or traits at the first wave: who left by the last wave against who stayed",
    (
        _ROLE,
        Column("column", "text", "Scale, item or trait."),
        Column("level", "text", "The group whose share is compared.", "a number"),
        Column("stayed", "whole", "Sides of relationships that answered at the first and at the last wave.", _WHY),
        Column("left", "whole", "Those that answered at the first and not at the last wave.", _WHY),
        Column("mentors", "whole", "Distinct mentors in the smaller of the two.", _WHY),
        Column("mentees", "whole", "Distinct mentees in the smaller of the two.", _WHY),
        Column("mean_stayed", "number", "Mean (or share) of those who stayed.", _WHY),
        Column("mean_left", "number", "Mean (or share) of those who left.", _WHY),
        Column("estimate", "number", "Left minus stayed.", _WHY, unit="standard deviations within the two"),
        *_DIFFERENCE, NOTE,
    ),
    key=("role", "column", "level"),
)

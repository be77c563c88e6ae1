"""Rule `describe_missing`: who fell silent, when, and what silence goes with."""

from collections.abc import Mapping
from pathlib import Path

from mentoring.credibility.leavers import attrition_differences
from mentoring.credibility.lost_voice import Voices, lost_voice
from mentoring.errors import plain_errors
from mentoring.measure.missing import attrition_table, pattern_table, sides_asked
from mentoring.tables import ATTRITION, ATTRITION_DIFFERENCES, BY_NAME, LOST_VOICE, MISSING_PATTERNS


def main(inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """Describe who is silent."""
    read = {name: BY_NAME[name].read(inputs[name]) for name in ("responses", "dyads", "people", "scores")}
    asked = sides_asked(read["dyads"], read["responses"])
    voices = Voices(asked, read["dyads"], read["people"], read["scores"])
    MISSING_PATTERNS.write(pattern_table(asked), outputs["missing_patterns"])
    ATTRITION.write(attrition_table(asked), outputs["attrition"])
    LOST_VOICE.write(lost_voice(voices), outputs["lost_voice"])
    ATTRITION_DIFFERENCES.write(attrition_differences(voices), outputs["attrition_differences"])


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(dict(snakemake.input.items()), dict(snakemake.output.items()))

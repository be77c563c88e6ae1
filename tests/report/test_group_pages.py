"""Pages of the kinds equity, functions and stages: what they show, whom they do not show, and no claim too many."""

import importlib.util
import re
from pathlib import Path

import pandas as pd
import pytest

from mentoring import tables
from mentoring.models.collecting import adjusted, verdicts
from mentoring.models.questions import answer_question, tables_of
from mentoring.models.words import Words
from mentoring.report import theme
from mentoring.report.answers import gather
from mentoring.report.figures.stages import few_moves
from mentoring.report.inputs import Results
from mentoring.report.kinds import page_of
from mentoring.report.names import names_of
from mentoring.study import Study, parse
from mentoring.tables import PER_QUESTION, VERDICTS

CONFIG = """
study: {{title: T, seed: 1, privacy: {{smallest_cell: 10}}}}
data:
  surveys: [{{name: mentees, file: a.csv, role: mentee, person: id}}]
  pairs: {{file: p.csv}}
  codebook: {{items: i.csv, labels: l.csv}}
similarity: [{{name: same_field, label: Same field, kind: match, of: [field]}}]
questions:
{questions}
"""
FORBIDDEN = re.compile(r"\bsignifican|\bno (difference|effect)\b|\bcauses?d?\b|\bleads? to\b|\bimproves?\b|\bincreases?\b|\bNone\b|\bnan\b", re.IGNORECASE)


def module(name):
    path = Path(__file__).resolve().parents[1] / "models" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"models_{name}", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def report(folder, data, questions):
    """The page of the first question, and its figures, as the report would make them."""
    study = Study(folder, parse(CONFIG.format(questions=questions)))
    parts = [tables_of(answer_question(question, data)) for question in study.questions]
    found = {table.name: table.frame([]) for table in tables.ALL}
    for table in PER_QUESTION:
        rows = [part[table.name] for part in parts if len(part[table.name])]
        found[table.name] = table.frame(pd.concat(rows, ignore_index=True)) if rows else table.frame([])
    found["fixed_effects"] = adjusted(found["fixed_effects"], study.questions)
    found["verdicts"] = VERDICTS.frame(verdicts({table.name: found[table.name] for table in PER_QUESTION}, study.questions, Words.of(study.scales, study.similarity)))
    found |= {"analysis": data.analysis, "dyads": data.dyads}
    results = Results(study, folder, found)
    names = names_of(results)
    answer = gather(results, names)[0]
    page = page_of(answer)
    with theme.house():
        drawn = page.figures(answer, results, names)
    blocks = [answer.sentence, page.about(answer, names), page.done(answer, results, names), *page.result(answer, results, names, lambda name, absent: f"[{name}]")]
    return "\n".join(blocks), {one.name: one for one in drawn}


@pytest.fixture(scope="module")
def fair(tmp_path_factory):
    equity = module("test_equity")
    data = equity.study(mentors=30, gap=-0.6)
    # Six mentees of a group of their own: enough for the model, too few to be shown.
    rare = [f"D{number}" for number in range(0, 60, 10)]
    rows = data.analysis.assign(mentee_first=data.analysis["mentee_first"].where(~data.analysis["dyad"].isin(rare), "Rare"))
    data = equity.StudyData(rows, data.dyads, data.people.assign(first=data.people["first"]), data.codebook_items, data.similarity, [], 1)
    return report(tmp_path_factory.mktemp("fair"), data, (
        "  - {name: fair, ask: 'Is it fair?', kind: equity, outcome: quality, reporter: mentee, group: mentee_first, support: mentee_support, "
        "similarity: same_field, strata: [mentee_first, mentee_field], sesoi: 0.2}"))


def test_small_groups_are_nowhere_on_the_page_of_equity(fair):
    text, drawn = fair
    shown = text + " ".join(one.caption + one.alt for one in drawn.values())
    # The table of effects says that a term of this name is not shown, and no number of it.
    assert "Rare" not in shown.replace("Left out, because too few people stand behind them: Mentee’s first: Rare", "")
    assert {"gaps_fair", "means_fair"} <= set(drawn)
    # Shares of answers add up to shares shown elsewhere: with one of three groups hidden, another goes with it.
    assert "Share of answers not given, mentees</th><td style=\"text-align:left\">No" in text
    assert "Share of answers not given, mentees</th><td style=\"text-align:left\">Yes" not in text


def test_equity_says_what_it_may(fair):
    text, drawn = fair
    assert not FORBIDDEN.search(re.sub(r"<[^>]*>", " ", text)), FORBIDDEN.search(text)
    assert {"means_fair"} <= set(drawn)


def test_two_large_groups_are_drawn_beside_the_band(tmp_path):
    data = module("test_equity").study(mentors=30, gap=-0.6)
    text, drawn = report(tmp_path, data, "  - {name: fair, ask: 'Is it fair?', kind: equity, outcome: quality, reporter: mentee, group: mentee_first, sesoi: 0.2}")
    assert {"gaps_fair", "means_fair"} <= set(drawn) and "Yes − No" in drawn["gaps_fair"].alt and "grey band" in drawn["gaps_fair"].caption
    assert "p parity" in text and "Among mentees of the same mentor" in text


def test_functions_draw_the_crossover_and_say_what_is_covered(tmp_path):
    data = module("test_functions").study(crossover=0.8)
    text, drawn = report(tmp_path, data, "  - {name: forms, ask: 'Which serves what?', kind: functions, reporter: mentee, psychosocial: warm, career: job, sesoi: 0.2}")
    assert set(drawn) == {"crossover_forms", "coverage_forms"}
    assert "psychosocial, peer" in drawn["crossover_forms"].alt and "%" in drawn["coverage_forms"].alt
    assert "p equiv." in text and not FORBIDDEN.search(re.sub(r"<[^>]*>", " ", text))


def test_forms_with_few_people_are_not_shown(tmp_path):
    data = module("test_functions").study(mentors=8)
    text, drawn = report(tmp_path, data, "  - {name: forms, ask: 'Which serves what?', kind: functions, reporter: mentee, psychosocial: warm, career: job}")
    assert not drawn and "adjusted" not in text.lower().split("[crossover_forms]")[-1].split("fixed effects")[0]


def test_stages_draw_moves_means_and_endings(tmp_path):
    data = module("test_stages_question").study(mentors=60, back=0.2)
    text, drawn = report(tmp_path, data, "  - {name: path, ask: 'In order?', kind: stages, order: [Start, Middle, End], outcome: quality, closing: [End]}")
    assert set(drawn) == {"transitions_path", "trajectories_path", "ending_path"}
    assert "Moves between stages" in text and "rows add up to 100 %" in drawn["transitions_path"].caption
    assert not FORBIDDEN.search(re.sub(r"<[^>]*>", " ", text))


def test_stages_without_an_outcome_have_no_model_and_no_means(tmp_path):
    data = module("test_stages_question").study(mentors=60)
    text, drawn = report(tmp_path, data, "  - {name: path, ask: 'In order?', kind: stages, order: [Start, Middle, End]}")
    assert set(drawn) == {"transitions_path", "ending_path"} and "mixed model" not in text
    few, none = report(tmp_path, module("test_stages_question").study(mentors=5), "  - {name: path, ask: 'In order?', kind: stages, order: [Start, Middle, End]}")
    assert "transitions_path" not in none and "No" not in few.split("[transitions_path]")[0][:2]


def test_moves_that_few_made_are_not_shown_nor_given_away_by_subtraction():
    cells = pd.DataFrame([("a", "a", 40), ("a", "b", 30), ("a", "c", 2), ("b", "a", 3), ("b", "b", 50), ("b", "c", 4), ("c", "c", 20), ("c", "a", 0)],
                         columns=["from", "to", "n"])
    assert few_moves(cells, 10) == {("a", "c"), ("a", "b"), ("b", "a"), ("b", "c")}

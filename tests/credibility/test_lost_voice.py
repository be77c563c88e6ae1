"""What silence goes with: against R's clubSandwich, by hand, under the null, and where nothing can be said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mentoring.credibility.differences import contrasts, difference
from mentoring.credibility.leavers import attrition_differences
from mentoring.credibility.lost_voice import Voices, lost_voice
from mentoring.tables import DYADS, PEOPLE, SCORES

REFERENCE = Path(__file__).parents[1] / "reference/missing"


def voices_of(sheets: pd.DataFrame, **dyad_columns: pd.Series) -> Voices:
    """From a table with `dyad, mentor, mentee, wave, mentor_silent, mentee_silent`, and as far as they are there `age` and `quality`."""
    asked = pd.concat([
        sheets[["dyad", "mentor", "mentee", "wave"]].assign(role=role, answered=sheets[f"{role}_silent"] == 0) for role in ("mentor", "mentee")
    ], ignore_index=True)  # fmt: skip
    once = sheets.drop_duplicates("dyad")
    people = [{"person": row.mentee, "role": "mentee", "age": getattr(row, "age", np.nan)} for row in once.itertuples()]
    people += [{"person": mentor, "role": "mentor"} for mentor in once["mentor"].unique()]
    scores = [{"dyad": row.dyad, "person": row.mentee, "role": "mentee", "wave": 1, "scale": "quality", "score": row.quality, "answered": 3, "items": 3}
              for row in sheets[(sheets["wave"] == 1) & (sheets["mentee_silent"] == 0)].itertuples()] if "quality" in sheets else []  # fmt: skip
    return Voices(asked, DYADS.frame(once[["dyad", "mentor", "mentee"]].assign(**dyad_columns)), PEOPLE.frame(people), SCORES.frame(scores))


@pytest.fixture(scope="module")
def reference() -> Voices:
    return voices_of(pd.read_csv(REFERENCE / "sheets.csv"))


def test_agrees_with_club_sandwich(reference):
    golden = pd.read_csv(REFERENCE / "missing.csv").set_index("what")
    voice = lost_voice(reference).set_index(["role", "column"])
    leavers = attrition_differences(reference).set_index(["role", "column"])
    found = {
        "age": voice.loc[("mentor", "mentee_age")],
        "side": voice.loc[("either", "side")],
        "left": leavers.loc[("mentee", "mentee_quality")],
    }
    for what, row in found.items():
        assert row[["estimate", "se", "df", "p"]].astype(float).tolist() == pytest.approx(golden.loc[what].tolist(), rel=1e-8), what


def test_shares_by_hand(reference):
    row = lost_voice(reference).set_index(["role", "about"]).loc[("mentor", "wave")]
    sheets = pd.read_csv(REFERENCE / "sheets.csv")
    heard = sheets[sheets["mentee_silent"] == 0]
    shares = heard.groupby("wave")["mentor_silent"].mean()
    assert row["level"] == "2" and row["estimate"] == pytest.approx(shares[2] - shares[1])
    assert (row["n"], row["silent"]) == (len(heard), heard["mentor_silent"].sum())


def test_programmes_vary_as_they_were_made_to():
    rng = np.random.default_rng(3)
    mentor = np.repeat(np.arange(60), 6)
    program = mentor % 12
    silent = rng.random(360) < np.clip(0.4 + 0.25 * rng.choice([-1, 1], 12)[program], 0, 1)
    sheets = pd.DataFrame({"dyad": [f"d{n}" for n in range(360)], "mentor": [f"m{n}" for n in mentor], "mentee": [f"e{n}" for n in range(360)], "wave": 1,
                           "mentor_silent": silent.astype(int), "mentee_silent": 0})  # fmt: skip
    table = lost_voice(voices_of(sheets, program=pd.Series([f"P{n}" for n in program]))).set_index(["role", "about"])
    row = table.loc[("mentor", "programme")]
    assert row["ci_low"] < 0.25 < row["ci_high"] and row["ci_low"] > 0.1 and np.isnan(row["p"])
    assert "single wave" in table.loc[("mentor", "wave"), "note"]
    assert "no mentee was silent" in table.loc[("mentee", "side"), "note"]


def test_p_is_right_when_nothing_goes_with_silence():
    # Twelve mentors, silence clustered in them; p below .05 should come in about one of twenty runs (Monte-Carlo error 1.5 points).
    rng, hits = np.random.default_rng(1), []
    for _ in range(200):
        mentor = np.repeat(np.arange(12), 6)
        data = pd.DataFrame({"mentor": mentor, "x": rng.normal(size=12)[mentor] + rng.normal(size=72)})
        data["y"] = (rng.normal(size=12)[mentor] + rng.normal(size=72) > 0.5).astype(float)
        hits.append(difference(data, "y", "x").get("p", np.nan))
    assert np.nanmean(np.array(hits) < 0.05) < 0.11 and np.isfinite(hits).mean() > 0.9


def sheets_of(mentors: int, each: int, silent: str, waves: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n = mentors * each
    parts = [
        pd.DataFrame({"dyad": [f"d{k}" for k in range(n)], "mentor": [f"m{k // each}" for k in range(n)], "mentee": [f"e{k}" for k in range(n)], "wave": wave,
                      "age": 20.0, "quality": 4.0,
                      **{f"{role}_silent": {"nobody": 0, "all": 1}.get(silent, (rng.random(n) < 0.4).astype(int) if silent == role else 0)
                         for role in ("mentor", "mentee")}})
        for wave in range(1, waves + 1)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(("mentors", "silent", "waves"), [
    (8, "nobody", 2), (8, "all", 2), (8, "mentor", 1), (1, "mentor", 2), (2, "mentor", 2), (4, "mentee", 2),
])  # fmt: skip
def test_what_cannot_be_estimated_is_empty_with_a_reason(mentors, silent, waves):
    voices = voices_of(sheets_of(mentors, 6, silent, waves))
    for table in (lost_voice(voices), attrition_differences(voices)):
        empty = table["estimate"].isna()
        assert len(table) and table.loc[empty, "note"].notna().all()
        assert (
            table.loc[
                ~empty & table["ci_low"].isna() & ~table.get("about", pd.Series("", index=table.index)).isin(["mentor", "programme"]),
                "note",
            ]
            .notna()
            .all()
        )
    if silent == "nobody":
        assert set(attrition_differences(voices)["note"]) == {"nobody left"}


def test_one_role_only():
    voices = voices_of(sheets_of(8, 5, "mentee"))
    alone = Voices(voices.asked[voices.asked["role"] == "mentee"], voices.dyads, voices.people, voices.scores)
    table = lost_voice(alone)
    assert table["estimate"].isna().all() and table["note"].str.contains("only mentees answered|no wave was asked of both").all()
    assert set(attrition_differences(alone)["role"]) == {"mentee"}


def test_contrasts_of_numbers_groups_and_constants():
    level, z, _ = contrasts(pd.Series([1.0, 2, 3, np.nan]), 12)[0]
    assert level is None and z.tolist()[:3] == [-1, 0, 1]
    assert [level for level, _, _ in contrasts(pd.Series(["a", "a", "b"]), 12)] == ["b"]
    assert [level for level, _, _ in contrasts(pd.Series(["a", "c", "b", None]), 12)] == ["a", "b", "c"]
    assert "too many" in contrasts(pd.Series([f"g{n}" for n in range(20)]), 12)[0][2]
    assert "same for everyone" in contrasts(pd.Series([5.0, 5.0]), 12)[0][2]

"""The untidiness of real exports, laid on knowingly and listed, so that reading and linking have something to find."""

from __future__ import annotations

import numpy as np
import pandas as pd

ZERO_WIDTH_SPACE = "\u200b"
COMMENTS = (
    "Thanks, no comments.", "We meet on Tuesdays in the library.", "I wish we had more time.", "My email is e.nobody@example.org",
    "Great programme!", "nothing to add", "Please, call me at 555-0100 about this.", "It got much better after the first month.",
)


def soil_survey(rows: pd.DataFrame, role: str, rng: np.random.Generator) -> tuple[pd.DataFrame, list[str]]:
    """Dirty ids, an id that matches nobody, a doubled respondent, and people answering about themselves.

    Returns
    -------
    rows : DataFrame
        With columns `person`, `partner` as they will stand in the file.
    done : list of str
        What was done, in words, for data/README.md.
    """
    rows = rows.copy()
    if len(rows) < 40:
        return rows, []
    picks = rng.permutation(len(rows))[:12]
    done = []
    for place, column, how in ((picks[0], "person", "space"), (picks[1], "person", "lower"), (picks[2], "partner", "zero"),
                               (picks[3], "partner", "lower"), (picks[4], "partner", "space")):
        clean = str(rows.at[place, column])
        rows.at[place, column] = {"space": f" {clean}", "lower": clean.lower(), "zero": f"{clean}{ZERO_WIDTH_SPACE}"}[how]
        done.append({"space": f"`{clean}` with a blank before it", "lower": f"`{clean}` written `{clean.lower()}`",
                     "zero": f"`{clean}` with an invisible zero-width space after it"}[how] + f" ({role}s' export)")
    if role == "mentee":
        typo = next(place for place in [picks[5], *picks[8:], *range(len(rows))] if "0" in str(rows.at[place, "partner"]))
        clean = str(rows.at[typo, "partner"])
        rows.at[typo, "partner"] = clean.replace("0", "O", 1)
        done.append(f"`{clean}` mistyped as `{clean.replace('0', 'O', 1)}`, with the letter O (mentees' export)")
        rows.at[picks[6], "person"] = "E999"
        done.append("one response by `E999`, whom nobody knows (mentees' export)")
    doubled = rows.iloc[[picks[7]]].copy()
    done.append(f"`{doubled['person'].iloc[0]}` handed in wave {doubled['wave'].iloc[0]} about `{doubled['partner'].iloc[0]}` twice ({role}s' export)")
    doubled["quality_1"] = 5
    return pd.concat([rows, doubled], ignore_index=True), done


def soil_pairs(pairs: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """One pair listed twice and one person listed as their own mentor."""
    if len(pairs) < 40:
        return pairs, []
    twice, alone = pairs.iloc[[17]], pairs.iloc[[30]].copy()
    alone["mentor"] = alone["mentee"]
    done = [f"the pair `{twice['mentor'].iloc[0]}` – `{twice['mentee'].iloc[0]}` stands twice in the pair list",
            f"the pair list names `{alone['mentor'].iloc[0]}` as their own mentor"]
    return pd.concat([pairs, twice, alone], ignore_index=True), done


def comments(count: int, rng: np.random.Generator) -> list[str]:
    """Free text, with the odd contact detail in it: what must never leave the reading step."""
    places = rng.integers(0, len(COMMENTS), count)
    return [COMMENTS[place] if written else "" for place, written in zip(places, rng.random(count) < 0.2)]

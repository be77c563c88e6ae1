"""Small groups stay hidden, also from subtraction."""

import pandas as pd

from mentoring.report import disclosure


def _rows(mentors: int, mentees: int) -> pd.DataFrame:
    size = max(mentors, mentees)
    return pd.DataFrame(
        {"mentor": [f"m{n % mentors}" for n in range(size)], "mentee": [f"e{n % mentees}" for n in range(size)], "group": "a"}
    )


def test_a_group_needs_enough_distinct_mentors_and_mentees():
    assert disclosure.allowed(_rows(10, 30), ["group"], 10) == {("a",)}
    assert disclosure.allowed(_rows(9, 300), ["group"], 10) == set()
    assert disclosure.allowed(_rows(300, 9), ["group"], 10) == set()


def test_many_answers_of_few_people_do_not_count_as_many():
    assert disclosure.cell_sizes(pd.concat([_rows(3, 3)] * 50), ["group"])[["mentors", "mentees"]].to_numpy().tolist() == [[3, 3]]


def test_people_who_answer_about_themselves_count_on_their_own_side():
    rows = pd.DataFrame({"dyad": [None, "d1"], "person": ["e1", "m1"], "role": ["mentee", "mentor"]})
    linked = disclosure.with_partners(rows, pd.DataFrame({"dyad": ["d1"], "mentor": ["m1"], "mentee": ["e9"]}))
    assert linked["mentee"].tolist() == ["e1", "e9"]
    assert pd.isna(linked["mentor"].iloc[0])


def test_one_hidden_cell_of_a_row_hides_the_next_smallest():
    sizes = pd.DataFrame({"row": ["a", "a", "a", "b", "b"], "n": [4, 15, 90, 20, 30]})
    shown = disclosure.complementary(sizes, sizes["n"] >= 10, ["row"], "n")
    assert shown.tolist() == [False, False, True, True, True]


def test_two_hidden_cells_are_enough():
    sizes = pd.DataFrame({"row": ["a"] * 3, "n": [4, 3, 90]})
    assert disclosure.complementary(sizes, sizes["n"] >= 10, ["row"], "n").tolist() == [False, False, True]


def test_bins_hold_enough_people_and_keep_the_mean():
    data = pd.DataFrame(
        {
            "x": range(100),
            "y": [float(n) for n in range(100)],
            "mentor": [f"m{n % 25}" for n in range(100)],
            "mentee": [f"e{n}" for n in range(100)],
        }
    )
    bins = disclosure.binned(data, "x", "y", 10)
    assert len(bins) > 3
    assert (bins[["mentors", "mentees"]] >= 10).all(axis=None)
    assert (bins["y"] * bins["rows"]).sum() / bins["rows"].sum() == data["y"].mean()


def test_too_few_people_give_no_bin():
    data = pd.DataFrame({"x": range(15), "y": range(15), "mentor": [f"m{n}" for n in range(15)], "mentee": [f"e{n}" for n in range(15)]})
    assert disclosure.binned(data, "x", "y", 10).empty
    assert disclosure.binned(data.iloc[:0], "x", "y", 10).empty


def test_small_counts_of_handling_are_not_exact():
    assert disclosure.handled(3, 10) == "fewer than 10"
    assert disclosure.handled(0, 10) == "0"
    assert disclosure.handled(1234, 10) == "1,234"
    assert disclosure.handled(None, 10) == "—"


def test_large_cells_count_people_and_hide_a_second_where_cells_add_up():
    rows = pd.DataFrame([{"cell": cell, "mentor": f"m{n}", "mentee": f"e{n}"} for cell, size in (("a", 12), ("b", 10), ("c", 3)) for n in range(size)])
    assert disclosure.large_cells(rows, 10) == ({"a", "b"}, 1)
    assert disclosure.large_cells(rows, 10, adds_up=True) == ({"a"}, 2)
    assert disclosure.large_cells(rows.iloc[:0], 10, adds_up=True) == (set(), 0)

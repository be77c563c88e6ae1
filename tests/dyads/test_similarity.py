"""Similarity indices: by hand, on degenerate profiles, and against R on the Acitelli couples (definitions as in the R script)."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from mentoring.dyads import similarity
from mentoring.errors import StudyError
from mentoring.settings import Similarity


def frame(*rows):
    return pd.DataFrame(rows, columns=[f"v{i}" for i in range(len(rows[0]))])


def test_indices_by_hand():
    x, y = frame([1.0, 5.0, 3.0]), frame([2.0, 5.0, 1.0])
    assert similarity(x[["v0"]], y[["v0"]], "absolute_difference") == [1.0]
    assert similarity(x[["v0"]], y[["v0"]], "squared_difference") == [1.0]
    assert similarity(x, y, "squared_distance") == [5.0]
    assert similarity(x, y, "match") == [0.0] and similarity(x, x, "match") == [1.0]
    assert_allclose(similarity(x, y, "gower", ranges=dict.fromkeys(x, 4.0)), 1 - (1 / 4 + 0 + 2 / 4) / 3)


def test_squared_distance_splits_into_elevation_scatter_and_shape():
    generator = np.random.default_rng(3)
    x, y = generator.normal(size=(20, 6)), generator.normal(size=(20, 6))
    centred = [side - side.mean(axis=1, keepdims=True) for side in (x, y)]
    sx, sy = (np.sqrt((side**2).sum(axis=1)) for side in centred)
    r = (centred[0] * centred[1]).sum(axis=1) / (sx * sy)
    parts = 6 * (x.mean(axis=1) - y.mean(axis=1)) ** 2 + (sx - sy) ** 2 + 2 * sx * sy * (1 - r)
    frames = pd.DataFrame(x), pd.DataFrame(y)
    assert_allclose(similarity(*frames, "squared_distance"), parts)
    split = [similarity(*frames, f"{part}_distance") for part in ("elevation", "scatter", "shape")]
    assert_allclose(np.sum(split, axis=0), parts)
    assert_allclose(split[2], 2 * sx * sy * (1 - r))


def test_double_entry_correlation_by_its_definition():
    generator = np.random.default_rng(4)
    x, y = generator.normal(size=(15, 5)), generator.normal(0.5, 1, size=(15, 5))
    expected = [np.corrcoef(np.append(a, b), np.append(b, a))[0, 1] for a, b in zip(x, y)]
    assert_allclose(similarity(pd.DataFrame(x), pd.DataFrame(y), "double_entry_icc"), expected)
    same = frame([2.0, 2.0, 2.0])
    assert np.isnan(similarity(same, same, "double_entry_icc")[0])  # nothing varies, so nothing correlates
    assert similarity(frame([1.0, 2, 3]), frame([1.0, 2, 3]), "double_entry_icc")[0] == pytest.approx(1)


def test_mahalanobis_is_the_squared_distance_in_units_within_role():
    generator = np.random.default_rng(5)
    x, y = (pd.DataFrame(generator.normal(mean, 1, size=(60, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.3], [0, 0, 2]])) for mean in (0, 3))
    within = (x.cov() * 59 + y.cov() * 59) / 118
    gap = x.to_numpy() - y.to_numpy()
    assert_allclose(similarity(x, y, "mahalanobis"), np.einsum("ni,ij,nj->n", gap, np.linalg.inv(within), gap))
    # A role's level does not count as spread: pooled within role, not over everybody.
    assert similarity(x, y, "mahalanobis").mean() > 10
    doubled = x.assign(again=x[0]), y.assign(again=y[0])
    assert np.isnan(similarity(*doubled, "mahalanobis")).all()  # one answer twice has no covariance to invert


def test_words_match_and_mix_into_gower():
    x = pd.DataFrame({"field": ["biology", "art", None], "years": [2.0, 4.0, 5.0]})
    y = pd.DataFrame({"field": ["biology", "law", "law"], "years": [6.0, 4.0, 6.0]})
    assert_allclose(similarity(x[["field"]], y[["field"]], "match"), [1, 0, np.nan])
    assert_allclose(similarity(x, y, "gower", ranges={"years": 8.0}), [(1 + 0.5) / 2, (0 + 1) / 2, 1 - 1 / 8])


def test_distinctive_profile_of_strangers_is_about_zero_where_the_raw_one_is_not():
    generator = np.random.default_rng(5)
    usual = np.array([6, 2, 5, 3, 6, 1, 4, 5.0])
    x, y = (pd.DataFrame(usual + generator.normal(0, 1.2, (400, 8))) for _ in range(2))
    distinctive = similarity(x, y, "profile_correlation")
    assert abs(distinctive.mean()) < 4 * distinctive.std() / 20
    raw = [np.corrcoef(a, b)[0, 1] for a, b in zip(x.to_numpy(), y.to_numpy())]
    assert np.mean(raw) > 0.4


def test_a_flat_or_missing_profile_has_no_shape():
    # Row 0 is flat after the typical answers are taken out; row 1 has a hole.
    x, y = frame([1.0, 2, 3], [1, np.nan, 2], [3, 1, 2]), frame([3.0, 1, 2], [1, 2, 3], [1, 3, 2])
    values = similarity(x, y, "profile_correlation", typical=(np.array([1.0, 2, 3]), np.zeros(3)))
    assert np.isnan(values[0]) and np.isnan(values[1]) and np.isfinite(values[2])


# The first couple of dyadr::acipair, wife and husband: SelfPos, OtherPos, Satisfaction, Tension (R 4.2.2).
def test_first_acitelli_couple_matches_r():
    wife, husband = frame([4.8, 4.6, 4.0, 1.5]), frame([3.8, 4.0, 11 / 3, 2.5])
    assert_allclose(similarity(wife, husband, "squared_distance"), 2.47111111111111, rtol=1e-8)
    assert_allclose(similarity(wife, husband, "gower", ranges=dict.fromkeys(wife, 4.0)), 0.816666666666667, rtol=1e-8)
    flat = (np.zeros(4), np.zeros(4))  # nothing taken out: the raw profile correlation
    assert_allclose(similarity(wife, husband, "profile_correlation", typical=flat), 0.983295631633241, rtol=1e-8)
    assert_allclose(similarity(wife, husband, "double_entry_icc"), 0.706654355998154, rtol=1e-8)
    assert_allclose(similarity(wife, husband, "elevation_distance"), 4 * 0.233333333333332**2, rtol=1e-8)
    assert_allclose(similarity(wife, husband, "scatter_distance"), 3 * 0.846631927804159**2, rtol=1e-8)


@pytest.mark.parametrize("kind", ["squared_distance", "profile_correlation", "mahalanobis", "double_entry_icc"])
def test_words_are_refused_where_numbers_are_needed(kind):
    words = pd.DataFrame({"field": ["biology"]})
    with pytest.raises(StudyError, match="field holds words"):
        similarity(words, words, kind)


def test_a_misspelt_kind_names_the_nearest():
    with pytest.raises(StudyError, match="did you mean “match”"):
        similarity(frame([1.0]), frame([1.0]), "mach")


def test_arrays_and_columns_do_as_well_as_tables():
    assert similarity(np.array([[1.0, 2.0]]), np.array([[1.0, 4.0]]), "squared_distance") == [4]
    assert similarity(pd.Series([1.0, 2.0]), pd.Series([1.0, 3.5]), "absolute_difference").tolist() == [0, 1.5]
    assert similarity(pd.Series(["a", "b"]), pd.Series(["a", "c"]), "match").tolist() == [1, 0]


def test_gower_with_weights_and_shared_noes_by_hand():
    mentor = pd.DataFrame({"age": [30.0, 40.0, 50.0, 20.0], "parent": ["No", "Yes", "No", None], "field": ["a", "a", "b", "b"]})
    mentee = pd.DataFrame({"age": [20.0, 40.0, 20.0, 20.0], "parent": ["No", "No", "No", "No"], "field": ["a", "b", "b", "a"]})
    plain = similarity(mentor, mentee, "gower", ranges={"age": 40})
    assert_allclose(plain, [(0.75 + 1 + 1) / 3, (1 + 0 + 0) / 3, (0.25 + 1 + 1) / 3, (1 + 0) / 2])
    weights = {"age": 2.0, "parent": 1.0, "field": 3.0}
    weighted = similarity(mentor, mentee, "gower", ranges={"age": 40}, weights=weights)
    assert_allclose(weighted, [(2 * 0.75 + 1 + 3) / 6, 2 / 6, (2 * 0.25 + 1 + 3) / 6, 2 / 5])
    # Two who both are no parents: that part does not count; one who is and one who is not: it does.
    asymmetric = similarity(mentor, mentee, "gower", ranges={"age": 40}, asymmetric=["parent"])
    assert_allclose(asymmetric, [(0.75 + 1) / 2, 1 / 3, (0.25 + 1) / 2, 1 / 2])
    alone = similarity(mentor[["parent"]], mentee[["parent"]], "gower", asymmetric=["parent"])
    assert np.isnan(alone[[0, 2, 3]]).all() and alone[1] == 0
    numbers = similarity(pd.DataFrame({"p": [0.0, 1.0]}), pd.DataFrame({"p": [0.0, 1.0]}), "gower", asymmetric=["p"])
    assert np.isnan(numbers[0]) and numbers[1] == 1
    with pytest.raises(StudyError, match="more than a no and one other"):
        similarity(mentor, mentee, "gower", asymmetric=["field"])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"kind": "match", "weights": [1.0, 2.0]}, "are for kind: gower"),
        ({"weights": [1.0]}, "1 numbers for 2 parts"),
        ({"weights": [1.0, 0.0]}, "above zero"),
        ({"asymmetric": ["parrent"]}, "not among `of`"),
    ],
)
def test_weights_that_do_not_fit_are_refused(more, told):
    with pytest.raises(ValueError, match=told):
        Similarity(**{"name": "s", "kind": "gower", "of": ["age", "parent"], **more})

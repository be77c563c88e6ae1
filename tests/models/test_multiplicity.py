"""Corrections for several questions: by hand, and R's p.adjust."""

import numpy as np
import pandas as pd
import pytest

from mentoring.models.multiplicity import adjust, adjust_by_family

P = pd.Series([0.01, 0.04, 0.03, np.nan])


def test_holm_by_hand():
    # 3 * .01, then 2 * .03, then max(.06, .04); R: p.adjust(c(.01, .04, .03), "holm")
    assert adjust(P, "primary").tolist()[:3] == pytest.approx([0.03, 0.06, 0.06])


def test_benjamini_hochberg_by_hand():
    # .01 * 3/1, .03 * 3/2 = .045 capped by .04 * 3/3; R: p.adjust(c(.01, .04, .03), "BH")
    assert adjust(P, "secondary").tolist()[:3] == pytest.approx([0.03, 0.04, 0.04])


def test_what_is_missing_does_not_count_and_exploratory_is_not_corrected():
    assert np.isnan(adjust(P, "primary").iloc[3])
    assert adjust(P, "exploratory").isna().all()
    assert adjust(pd.Series([np.nan]), "primary").isna().all()


def test_families_do_not_mix():
    p = pd.Series([0.01, 0.02, 0.03])
    assert adjust_by_family(p, pd.Series(["primary", "secondary", "exploratory"])).tolist()[:2] == [0.01, 0.02]

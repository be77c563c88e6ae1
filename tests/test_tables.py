"""Tables keep their types on the way through files, and refuse what they did not declare."""

import pandas as pd
import pandera.errors
import pytest

from mentoring import tables
from mentoring.tables import ALL, FITS, VERDICTS

ROW = {"question": "a", "dropped": 3, "reml": True, "loglik": 0.1 + 0.2, "n_obs": 10, "note": "one, “two”\nthree"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_comes_back_as_it_went(tmp_path, ending):
    FITS.write([ROW], tmp_path / f"fits.{ending}")
    back = FITS.read(tmp_path / f"fits.{ending}")
    pd.testing.assert_frame_equal(back, FITS.frame([ROW]))
    assert back.loc[0, "loglik"] == 0.1 + 0.2 and pd.isna(back.loc[0, "aic"])


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_table_may_be_empty(tmp_path, table, ending):
    table.write([], tmp_path / f"x.{ending}")
    assert list(table.read(tmp_path / f"x.{ending}").columns) == table.names


def test_an_undeclared_word_column_or_double_key_is_refused():
    good = {"question": "a", "verdict": "positive", "certainty": "clear", "sentence": "x"}
    for bad in ([good | {"verdict": "yes"}], [good | {"extra": 1}], [good, good], [good | {"sentence": None}]):
        with pytest.raises(pandera.errors.SchemaErrors):
            VERDICTS.frame(bad)


def test_words_that_look_like_missing_stay_words(tmp_path):
    tables.SOURCES.write([{"file": "NA", "sha256": "null", "rows": 1, "columns": 1}], tmp_path / "s.csv")
    back = tables.SOURCES.read(tmp_path / "s.csv")
    assert back.loc[0, "file"] == "NA" and back.loc[0, "sha256"] == "null"


def test_the_tables_of_the_design_have_its_columns_in_its_order():
    design = {
        "fixed_effects": "question outcome reporter term estimate se df t p p_adjusted ci_low ci_high std_estimate method",
        "variance_components": "question group term term2 variance sd correlation ci_low ci_high share",
        "fits": "question formula n_obs n_mentors n_mentees n_dyads n_programs dropped reml loglik aic bic r2_marginal r2_conditional icc "
                "singular converged steps note",
        "reliability": "scale role wave items n alpha alpha_low alpha_high omega omega_low omega_high",
        "items": "scale item role wave n missing mean sd item_rest_r alpha_if_dropped floor ceiling",
        "similarity": "index kind dyads mean sd null_mean null_p",
        "agreement": "scale wave n r r_low r_high gap gap_low gap_high icc icc_low icc_high",
        "verdicts": "question verdict certainty sentence",
        "exclusions": "step reason rows people dyads",
        "responses": "dyad person role wave item value missing",
        "scores": "dyad person role wave scale score answered items",
    }
    for name, columns in design.items():
        declared = tables.BY_NAME[name].names
        assert [column for column in declared if column in columns.split()] == columns.split(), name


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "@SUM(1)", "+HYPERLINK(1)", "-2+3+cmd|'x'!A1", "'=a", "''=a", "\t=a"])
def test_no_text_is_a_formula_to_a_spreadsheet_and_all_come_back(tmp_path, text):
    FITS.write([ROW | {"note": text}], tmp_path / "fits.csv")
    assert not (tmp_path / "fits.csv").read_text().splitlines()[1].split(",")[FITS.names.index("note")].lstrip('"').startswith(("=", "@", "+", "-", "\t"))
    assert FITS.read(tmp_path / "fits.csv").loc[0, "note"] == text


@pytest.mark.parametrize("text", ["-0.5", "+", "-", "a = b", "'quoted'", "−1", "-1.5, -0.2"])
def test_other_texts_stay_as_they_are(text):
    assert tables.guarded(pd.Series([text])).tolist() == [text]

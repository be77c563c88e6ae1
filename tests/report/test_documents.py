"""The three formats opened again: real tables, captions, alt texts, the same numbers, no blanks, the same bytes."""

import html
import re
import zipfile
from pathlib import Path

import docx
import pandas as pd
import pypdfium2
import pytest
from lxml import etree

from mentoring.report import draw_figures, methods_text, render_report, theme
from mentoring.report.answers import gather
from mentoring.report.figures import spark
from mentoring.report.inputs import Results
from mentoring.report.names import names_of
from mentoring.study import Study
from mentoring.tables import PER_QUESTION, VERDICTS
from tests.report.report_factory import bare_study, full_study

BLANKS = re.compile(r"\b(nan|NaN|None|NaT|NA)\b|<NA>|(?<!!)\[\]|\(\)|\{\}|  \.")


def plain_html(text: str) -> str:
    """Visible text of a page, without styles, scripts and pictures."""
    body = re.sub(r"<(style|script)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def plain_pdf(path) -> str:
    """Text of all pages; words broken at a line's end are left as they are."""
    document = pypdfium2.PdfDocument(path)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).replace("\ufffe", "-").split())
    finally:
        document.close()


def plain_docx(path) -> str:
    """Text of paragraphs and tables in Word's own order."""
    document = docx.Document(str(path))
    return " ".join(" ".join(node.text or "" for node in document.element.body.iter() if node.tag.endswith("}t")).split())


def texts(rendered) -> dict[str, str]:
    """Plain text of the three formats."""
    folder = rendered.folder
    return {
        "html": plain_html(rendered.text("report.html")),
        "docx": plain_docx(folder / "report.docx"),
        "pdf": plain_pdf(folder / "report.pdf"),
    }


def numbers_in(text: str) -> list[str]:
    """All numbers, in order; signs and separators stay."""
    return re.findall(r"[−-]?\d[\d.,]*\d|[−-]?\d", text)


@pytest.mark.parametrize("which", ["full", "bare", "hostile"])
def test_no_blank_reaches_a_reader(which, request):
    rendered = request.getfixturevalue(which)
    for form, text in {**texts(rendered), "md": re.sub(r"````.*?````", "", rendered.text("report.md"), flags=re.DOTALL)}.items():
        ours = text.replace("=cmd()", "").replace("alert(", "").replace("{=html}", "").replace("\\(\\)", "")
        found = [ours[max(0, match.start() - 40) : match.end() + 20] for match in BLANKS.finditer(ours)]
        assert not [place for place in found if "Answers to" not in place], (form, found)


@pytest.mark.parametrize("which", ["full", "bare"])
def test_page_one_says_the_same_in_all_formats(which, request):
    rendered = request.getfixturevalue(which)
    last = "What this study cannot show"
    pages = {}
    for form, text in texts(rendered).items():
        start = text.rindex("The questions and their answers", 0, text.index("How certain:"))
        page = text[start : text.index(last, start)]
        pages[form] = numbers_in(page)
    assert pages["html"] and pages["html"] == pages["docx"] == pages["pdf"]


def test_every_number_of_page_one_stands_in_a_table(full):
    page = texts(full)["html"]
    assert "24 of 24 mentors (100 %) answered at least once. 72 of 72 mentees (100 %)" in page.replace("\u00a0", " ")


def test_word_tables_are_tables_with_captions_and_heads(full):
    document = docx.Document(str(full.folder / "report.docx"))
    captions = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Table Caption"]
    assert len(document.tables) == len(captions) > 8
    assert [int(re.match(r"Table (\d+)\. ", caption)[1]) for caption in captions] == list(range(1, len(captions) + 1))
    effects = next(table for table in document.tables if table.rows[0].cells[0].text == "Term")
    assert [cell.text for cell in effects.rows[0].cells] == [
        "Term",
        "b [95\u00a0% CI]",
        "SE",
        "t",
        "df",
        "p",
        "p adj.",
        "Std. b [95\u00a0% CI]",
    ]
    assert "0.21 [0.02, 0.40]" in [cell.text for cell in effects.rows[2].cells]


def test_word_pictures_have_alt_text_and_headings_are_headings(full):
    with zipfile.ZipFile(full.folder / "report.docx") as archive:
        xml = archive.read("word/document.xml").decode("utf-8")
        header = archive.read("word/header1.xml").decode("utf-8")
    pictures = re.findall(r"<wp:docPr\b[^>]*>", xml)
    assert len(pictures) >= 12
    assert all(len(re.search(r'descr="([^"]*)"', picture)[1]) > 40 for picture in pictures)
    assert "SYNTHETIC DATA" in header
    names = {paragraph.style.name for paragraph in docx.Document(str(full.folder / "report.docx")).paragraphs}
    assert {"Title", "Heading 1", "Heading 2", "Image Caption", "Table Caption"} <= names


def test_pdf_says_synthetic_on_every_page_and_is_tagged(full):
    path = full.folder / "report.pdf"
    document = pypdfium2.PdfDocument(path)
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    assert all("SYNTHETIC DATA" in page for page in pages)
    assert all(f"{number} / {len(pages)}" in page for number, page in enumerate(pages, 1))
    content = path.read_bytes()
    assert b"/MarkInfo" in content or b"/StructTreeRoot" in content or b"pdfuaid" in content


def test_a_real_study_is_nowhere_called_synthetic(bare):
    assert not any("SYNTHETIC" in text for text in texts(bare).values())


def test_a_study_without_scales_says_so_instead_of_showing_frames(bare):
    text = texts(bare)["html"]
    assert "This study has no scales." in text
    assert "No second program was asked" in text
    assert "No influence analysis is reported: the tables hold none for these models." in text
    assert "Reliability by scale" not in text


def test_cross_references_resolve(full):
    page = full.text("report.html")
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets and targets <= set(re.findall(r'id="([^"]+)"', page))
    assert "See Figure" in texts(full)["pdf"].replace("\u00a0", " ")
    assert "???" not in page and "@fig" not in page and "@tbl" not in page


def test_references_hold_only_what_is_cited(full, bare):
    assert "Kenward" in texts(full)["html"] and "Feldt" in texts(full)["pdf"]
    assert "Feldt" not in texts(bare)["html"]


def test_hostile_texts_are_inert(hostile):
    page = hostile.text("report.html")
    assert page.count("<script>") == 1  # our own
    tags = " ".join(re.findall(r"<[a-zA-Z][^<>]*>", re.sub(r"""(alt|aria-label)="[^"]*\"""", "", page)))
    assert "javascript:" not in tags and "onerror" not in tags and 'src="x"' not in tags
    assert '<a href="https://example.org"' not in page
    text = texts(hostile)
    title = "<script>alert(1)</script> $x^2$ #let y = 1 [a](javascript:alert(2)) =cmd() `z`{=html} *b*"
    question = "Does <b>this</b> | that [x](https://example.org) \\input{x} ::: ``` matter?"
    assert title in text["html"] and question in text["html"]
    assert title in text["docx"] and question in text["docx"]
    squeezed = text["pdf"].replace(" ", "")
    assert title.replace(" ", "") in squeezed and question.replace(" ", "") in squeezed
    assert "=cmd() <img src=x onerror=alert(3)>" in text["html"]


def test_hostile_texts_leave_no_outside_target_in_word(hostile):
    with zipfile.ZipFile(hostile.folder / "report.docx") as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode("utf-8")
        body = archive.read("word/document.xml").decode("utf-8")
    outside = re.findall(r'Target="(https?://[^"]+|javascript:[^"]+)"', relations)
    assert all(re.match(r"https://(doi\.org|example\.com)|http://example\.com$", target) for target in outside), outside
    assert "DDE" not in body


def test_the_same_inputs_give_the_same_bytes(tmp_path, monkeypatch):
    # The library's own sources are an input too; while somebody edits them they are not the same.
    monkeypatch.setattr(methods_text, "assumptions", lambda: {"Models": ["An assumption."]})
    made = []
    for place in ("a", "b"):
        study = bare_study(tmp_path / place)
        draw_figures(study, study.folder / "results")
        made.append({file.name: file.read_bytes() for file in render_report(study, study.folder / "results")})
    assert made[0].keys() == made[1].keys() == {"report.md", "report.html", "report.docx", "report.pdf"}
    for name in made[0]:
        assert made[0][name] == made[1][name], name


def test_a_report_on_nothing_says_what_is_not_there(tmp_path):
    study = full_study(tmp_path)
    empty = tmp_path / "nothing"
    empty.mkdir()
    files = render_report(study, empty)
    text = plain_html(files[1].read_text(encoding="utf-8"))
    assert "No model was fitted." in text
    assert "The tables hold no record of who was asked." in text
    assert not BLANKS.search(text)


def test_html_is_one_file_of_reasonable_size(full):
    page = full.text("report.html")
    assert len(page) < 8_000_000
    assert not re.findall(r'(?:src|href)="(?!data:|#)(?!https://doi\.org/)[^"]*"', page)


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    """A report on fifteen questions, with the small pictures of page one and no other figure."""
    folder = tmp_path_factory.mktemp("many")
    study = full_study(folder)
    names = [f"again_{number}" for number in range(12)]
    again = [study.questions[1].model_copy(update={"name": name, "family": "secondary"}) for name in names]
    # Settings are frozen; a copy with more questions stands in for a longer config.
    study = Study(folder, study.settings.model_copy(update={"questions": [*study.questions, *again]}))
    for table in (*PER_QUESTION, VERDICTS):
        file = folder / "results" / "tables" / f"{table.name}.csv"
        if file.exists():
            rows = table.read(file)
            own = rows[rows["question"] == "authentic"]
            table.write(pd.concat([rows, *(own.assign(question=name) for name in names)], ignore_index=True), file)
    results = Results.read(study, folder / "results")
    with theme.house():
        drawn = [spark.draw_spark(answer) for answer in gather(results, names_of(results))]
    kept = [one for one in drawn if one]
    for one in kept:
        theme.save(one, folder / "results" / "figures")
    listing = pd.DataFrame([{"name": one.name, "question": one.question, "caption": one.caption, "alt": one.alt} for one in kept])
    listing.to_csv(folder / "results" / "figures" / "figures.csv", index=False)
    render_report(study, folder / "results")
    return folder / "results" / "report"


def test_page_one_of_fifteen_questions_is_one_page(many):
    document = pypdfium2.PdfDocument(many / "report.pdf")
    pages = [page.get_textpage().get_text_range() for page in document][:2]
    document.close()
    assert "Questions about this study" in pages[0] and pages[0].count("0.55 [0.") == 13
    assert "Contents" in pages[1] and "cannot show" in pages[1]
    body = docx.Document(str(many / "report.docx")).element.body
    before = list(body.iterchildren())
    stop = next(n for n, block in enumerate(before) if b'w:type="page"' in etree.tostring(block))
    told = " ".join(node.text or "" for block in before[:stop] for node in block.iter() if node.tag.endswith("}t"))
    assert "Questions about this study" in told and told.count("0.55 [0.") == 13


def test_page_one_in_rows_says_the_same_in_all_formats(many):
    pages = {}
    for form, text in (
        ("html", plain_html((many / "report.html").read_text(encoding="utf-8"))),
        ("docx", plain_docx(many / "report.docx")),
        ("pdf", plain_pdf(many / "report.pdf")),
    ):
        start = text.index("Question and answer")
        pages[form] = numbers_in(text[start : text.index("Who answered, in short", start)])
    assert len(pages["html"]) > 40 and pages["html"] == pages["docx"] == pages["pdf"]


def test_fonts_are_in_the_pdf(many):
    document = pypdfium2.PdfDocument(many / "report.pdf")
    fonts = {
        pypdfium2.raw.FPDFFont_GetIsEmbedded(pypdfium2.raw.FPDFTextObj_GetFont(thing.raw))
        for page in document
        for thing in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
    }
    document.close()
    assert fonts == {1}

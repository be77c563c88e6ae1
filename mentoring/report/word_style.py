"""The look of the Word file: pandoc's own reference document with our styles, page and header put in."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path

_W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
SANS, SERIF = "Calibri", "Cambria"
# APA's rules: above and below the table (the one under the head is pandoc's own), none upright.
RULES = (
    '<w:tblBorders><w:top w:val="single" w:sz="8" w:space="0" w:color="1F2328"/>'
    '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="1F2328"/></w:tblBorders>'
)
ACCENT, INK, SOFT, WARN = "1B5E7B", "1F2328", "57606A", "8A3208"


def write_reference(target: Path, pandoc: str, *, synthetic: bool) -> Path:
    """Write a reference document for `pandoc --reference-doc`."""
    plain = subprocess.run([pandoc, "--print-default-data-file", "reference.docx"], capture_output=True, check=True).stdout
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/styles.xml":
                content = _styles(content.decode("utf-8")).encode("utf-8")
            elif name == "word/document.xml":
                content = _page(content.decode("utf-8")).encode("utf-8")
            elif name == "word/_rels/document.xml.rels":
                content = content.replace(b"</Relationships>", _relations().encode("utf-8") + b"</Relationships>")
            elif name == "[Content_Types].xml":
                content = content.replace(b"</Types>", _types().encode("utf-8") + b"</Types>")
            _put(new, name, content)
        _put(new, "word/header1.xml", _header(synthetic).encode("utf-8"))
        _put(new, "word/footer1.xml", _footer().encode("utf-8"))
    return target


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # A fixed date: the archive's bytes must not depend on the day.
    entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _paragraph(
    style: str,
    name: str,
    size: float,
    *,
    font: str = SERIF,
    bold: bool = False,
    colour: str = INK,
    before: int = 0,
    after: int = 120,
    keep: bool = False,
    box: str = "",
    place: str = "",
    outline: int | None = None,
    custom: bool = False,
) -> str:
    """One paragraph style; sizes in points, spacing in twentieths of a point.

    `box` (borders, shading) and `place` (indent, alignment) stand before and after the spacing: Word minds the order of elements.
    """
    level = f'<w:outlineLvl w:val="{outline}"/>' if outline is not None else ""
    own = ' w:customStyle="1"' if custom else ""
    return (
        f'<w:style w:type="paragraph"{own} w:styleId="{style}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/>'
        f'<w:next w:val="BodyText"/><w:qFormat/>'
        f'<w:pPr>{"<w:keepNext/><w:keepLines/>" if keep else ""}{box}<w:spacing w:before="{before}" w:after="{after}"/>{place}{level}</w:pPr>'
        f'<w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}"/>{"<w:b/>" if bold else ""}'
        f'<w:color w:val="{colour}"/><w:sz w:val="{round(2 * size)}"/></w:rPr></w:style>'
    )


def _edge(side: str, colour: str, size: int = 24) -> str:
    return f'<w:pBdr><w:{side} w:val="single" w:sz="{size}" w:space="8" w:color="{colour}"/></w:pBdr>'


def _styles(xml: str) -> str:
    """Our paragraph and table styles in place of pandoc's."""
    top = f'<w:pBdr><w:top w:val="single" w:sz="12" w:space="6" w:color="{ACCENT}"/></w:pBdr>'
    ours = {
        "Title": _paragraph("Title", "Title", 16, font=SANS, bold=True, after=100, keep=True),
        "Heading1": _paragraph("Heading1", "heading 1", 14, font=SANS, bold=True, before=240, after=100, keep=True, outline=0, box=top),
        "Heading2": _paragraph("Heading2", "heading 2", 11.5, font=SANS, bold=True, before=200, after=60, keep=True, outline=1),
        "Heading3": _paragraph("Heading3", "heading 3", 10.5, font=SANS, bold=True, before=240, after=80, keep=True, outline=2),
        "BodyText": _paragraph("BodyText", "Body Text", 11, after=140),
        "Compact": _paragraph("Compact", "Compact", 8, font=SANS, before=20, after=20, custom=True),
        "TableCaption": _paragraph("TableCaption", "Table Caption", 9.5, font=SANS, before=240, after=80, keep=True, custom=True),
        "ImageCaption": _paragraph("ImageCaption", "Image Caption", 9, font=SANS, colour=SOFT, before=60, after=240, custom=True),
        "Bibliography": _paragraph("Bibliography", "Bibliography", 10.5, after=100, place='<w:ind w:left="360" w:hanging="360"/>'),
    }
    for style, text in ours.items():
        found = re.search(rf'<w:style [^>]*w:styleId="{style}".*?</w:style>', xml, flags=re.DOTALL)
        xml = xml.replace(found[0], text, 1) if found else xml
    new = [
        _paragraph(
            "Synthetic",
            "Synthetic",
            9,
            font=SANS,
            colour=WARN,
            custom=True,
            box=_edge("left", WARN) + '<w:shd w:val="clear" w:fill="FFF3E6"/>',
        ),
        _paragraph("Lead", "Lead", 9.5, colour=SOFT, after=0, custom=True),
        _paragraph("AnswerRow", "Answer Row", 7.5, font=SANS, before=12, after=12, custom=True),
        _paragraph("Small", "Small", 9, after=40, custom=True),
        _paragraph("Verdict", "Verdict", 12, custom=True, box=_edge("left", ACCENT)),
        _paragraph("TableNote", "Table Note", 8, font=SANS, colour=SOFT, before=60, after=200, custom=True),
        _paragraph("Formula", "Formula", 9, font="Consolas", custom=True, box='<w:shd w:val="clear" w:fill="F3F5F8"/>'),
        _paragraph("PageHeader", "Page Header", 8, font=SANS, bold=True, colour=WARN, after=0, custom=True, place='<w:jc w:val="right"/>'),
        _paragraph("PageFooter", "Page Footer", 8, font=SANS, colour=SOFT, after=0, custom=True, place='<w:jc w:val="right"/>'),
    ]
    xml = re.sub(
        r"(<w:docDefaults>.*?)<w:rFonts[^>]*/>(.*?)<w:sz [^>]*/>",
        rf'\1<w:rFonts w:ascii="{SERIF}" w:hAnsi="{SERIF}" w:cs="{SERIF}"/>\2<w:sz w:val="22"/>',
        xml,
        count=1,
        flags=re.DOTALL,
    )
    table = re.search(r'<w:style [^>]*w:styleId="Table".*?</w:style>', xml, flags=re.DOTALL)
    if table:
        dressed = table[0].replace('w:w="108"', 'w:w="50"').replace("<w:tblCellMar>", RULES + "<w:tblCellMar>", 1)
        dressed = dressed.replace('<w:tblStylePr w:type="firstRow">', '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr>', 1)
        xml = xml.replace(table[0], dressed, 1)
    return xml.replace("</w:styles>", "".join(new) + "</w:styles>")


def _page(xml: str) -> str:
    """A4 with room for 16.5 cm wide figures, and the header and footer."""
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="rIdOurHeader"/><w:footerReference w:type="default" r:id="rIdOurFooter"/>'
        '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1100" w:right="1191" w:bottom="960" w:left="1191" w:header="500" '
        'w:footer="480" w:gutter="0"/></w:sectPr>'
    )
    xml = re.sub(r"<w:sectPr\b[^>]*/>|<w:sectPr\b.*?</w:sectPr>", "", xml, flags=re.DOTALL)
    return xml.replace("</w:body>", section + "</w:body>")


def _relations() -> str:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        f'<Relationship Id="rIdOurHeader" Type="{kind}/header" Target="header1.xml"/><Relationship Id="rIdOurFooter" '
        f'Type="{kind}/footer" Target="footer1.xml"/>'
    )


def _types() -> str:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    return (
        f'<Override PartName="/word/header1.xml" ContentType="{kind}.header+xml"/><Override PartName="/word/footer1.xml" '
        f'ContentType="{kind}.footer+xml"/>'
    )


def _header(synthetic: bool) -> str:
    words = "SYNTHETIC DATA — made up, about nobody" if synthetic else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><w:hdr {_W}><w:p><w:pPr><w:pStyle '
        f'w:val="PageHeader"/></w:pPr><w:r><w:t>{words}</w:t></w:r></w:p></w:hdr>'
    )


def _footer() -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><w:ftr {_W}><w:p><w:pPr><w:pStyle w:val="PageFooter"/></w:pPr>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar '
        'w:fldCharType="separate"/></w:r>'
        '<w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:ftr>'
    )

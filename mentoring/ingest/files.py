"""Open a study's files read-only, each by its reader, and remember their fingerprints."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mentoring.errors import nearest
from mentoring.ingest.excel import read_excel
from mentoring.ingest.qualtrics import read_qualtrics
from mentoring.ingest.raw import RawTable, refuse
from mentoring.ingest.spss import read_spss
from mentoring.ingest.stata import read_stata
from mentoring.ingest.text import read_text
from mentoring.settings import Survey

FORMAT_OF = {".xlsx": "excel", ".xlsm": "excel", ".xlsb": "excel", ".xls": "excel", ".ods": "excel",
             ".sav": "spss", ".zsav": "spss", ".por": "spss", ".dta": "stata"}


def read_file(
    folder: Path, file: str, form: str | None = None, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None
) -> RawTable:
    """A file of the study, all cells as text.

    Parameters
    ----------
    folder : Path
        The study's folder.
    file : str
        The file, from there.
    form : str, optional
        One of the survey formats; by the file's ending when left out.

    Raises
    ------
    StudyError
        When it is not there or cannot be read as that format.
    """
    path = folder / file
    _check_there(path, file)
    form = form or FORMAT_OF.get(path.suffix.lower(), "csv")
    try:
        content = path.read_bytes()
        if not content:
            raise refuse(file, "it is empty (0 bytes)", "a header row and one row per answer sheet", "export it again")
        if form == "qualtrics":
            table = read_qualtrics(path, file, encoding, delimiter)
        elif form == "spss":
            table = read_spss(path, file, encoding)
        elif form == "stata":
            table = read_stata(path, file, encoding)
        elif form == "excel":
            table = read_excel(path, file, sheet)
        else:
            table = read_text(path, file, encoding, delimiter)
    except OSError as error:
        raise refuse(file, f"it cannot be read ({error.strerror})", "a readable file", "close it in other programs and try again") from None
    table.sha256 = hashlib.sha256(content).hexdigest()
    return table


def read_survey_file(folder: Path, survey: Survey) -> RawTable:
    """A survey's export as its entry in the config describes it."""
    return read_file(folder, survey.file, survey.format, encoding=survey.encoding, delimiter=survey.delimiter, sheet=survey.sheet)


def _check_there(path: Path, file: str) -> None:
    try:
        if path.is_file():
            return
    except OSError:
        raise refuse(file[:60], "it is no possible name of a file", "a short name", "put the file into data/ and name it here") from None
    if path.is_dir():
        raise refuse(file, "it is a folder", "a file")
    beside = sorted(other.name for other in path.parent.iterdir() if other.is_file()) if path.parent.is_dir() else []
    # Short file names are all somewhat alike: a wrong suggestion would have someone read the pairs as answers.
    match = nearest(path.name, beside, likeness=0.8)
    shown = ", ".join(beside[:8]) or "nothing"
    expected = f"did you mean “{match}”?" if match else f"a file; the folder holds {shown}"
    fix = f"file: {Path(file).parent / match}" if match else "put the file there, or correct its name in config.yaml"
    raise refuse(file, "there is no such file", expected, fix)

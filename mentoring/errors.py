"""What a user reads when something they gave us cannot be used: every problem at once, each with its fix."""

from __future__ import annotations

import contextlib
import difflib
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input, said so that a non-programmer can mend it.

    Parameters
    ----------
    file : str
        The file as the user named it (empty when the problem is in a Python call).
    place : str
        The row, column, key or argument, in the user's own words: ``"row 14, column q3"``, ``"scales[2].items"``.
    found : str
        What stands there.
    expected : str
        What would be right.
    fix : str
        What to write or do instead; may hold several lines, e.g. corrected YAML to paste.
    """

    file: str
    place: str
    found: str
    expected: str = ""
    fix: str = ""

    def __str__(self) -> str:
        where = " · ".join(part for part in (self.file, self.place) if part)
        lines = [f"{where}: {self.found}" if where else self.found]
        if self.expected:
            lines.append(_labelled("expected", self.expected))
        if self.fix:
            lines.append(_labelled("to mend it", self.fix))
        return "\n".join(lines)


class StudyError(ValueError):
    """All problems of an input, at once.

    Raised for everything a user can get wrong (files, config, formulas, data that cannot carry a model); the command line
    prints it without a traceback and exits with code 1.

    Parameters
    ----------
    problems : Problem or iterable of Problem
    """

    def __init__(self, problems: Problem | Iterable[Problem]):
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.problems)
        head = "1 problem was found" if count == 1 else f"{count} problems were found"
        return "\n\n".join([f"{head}. Nothing was changed.", *(str(problem) for problem in self.problems)])

    def __reduce__(self) -> tuple[type[StudyError], tuple[tuple[Problem, ...]]]:
        # Exceptions are rebuilt from their message by default, which would lose the problems across processes.
        return type(self), (self.problems,)


class Problems:
    """A list one adds to while checking, and raises once at the end.

    Examples
    --------
    >>> problems = Problems("data/pairs.csv")
    >>> problems.add("row 3", "mentor is blank", expected="a mentor id")
    >>> len(problems)
    1
    """

    def __init__(self, file: str = ""):
        self.file = file
        self._found: list[Problem] = []

    def add(self, place: str, found: str, *, expected: str = "", fix: str = "", file: str | None = None) -> None:
        """Note one problem; `file` overrides the collector's own."""
        self._found.append(Problem(self.file if file is None else file, place, found, expected, fix))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Take over problems found elsewhere."""
        self._found.extend(problems)

    def raise_if_any(self) -> None:
        """Raise one `StudyError` with all that was noted; do nothing when nothing was."""
        if self._found:
            raise StudyError(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)


@contextlib.contextmanager
def plain_errors(log: str | Path | None = None) -> Iterator[None]:
    """Run a command or a workflow step so that its user reads sentences and never a traceback.

    Parameters
    ----------
    log : str or Path, optional
        File that receives warnings and, when something breaks, what broke.

    Raises
    ------
    SystemExit
        With code 1, after a `StudyError` (its message is printed) or after a mistake of ours (the traceback goes to the log).
    """
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(Path(log).open("w", encoding="utf-8")) if log else sys.stderr
        stack.enter_context(contextlib.redirect_stderr(stream))
        try:
            yield
        except StudyError as error:
            print(error, file=stream)
        except BrokenPipeError:
            raise
        except OSError as error:
            print(StudyError(Problem(str(error.filename or ""), "", f"it cannot be read or written ({error.strerror})", "a file or folder that is yours, on a disk with space",
                                     "look at who owns it, close it in other programs, and try again")), file=stream)
            traceback.print_exc(file=stream) if log else None
        except Exception:  # noqa: BLE001
            traceback.print_exc(file=stream)
            where = f"; what happened stands in {log}" if log else ""
            print(f"\nThis is a mistake in the program, not in your data{where}. Please report it.", file=stream)
        else:
            return
    raise SystemExit(1)


def nearest(word: str, valid: Iterable[str], likeness: float = 0.6) -> str | None:
    """The valid word that a misspelt one most likely meant, or None when none is at least this alike (0 to 1).

    Examples
    --------
    >>> nearest("outcom", ["outcome", "family"])
    'outcome'
    """
    by_lower = {candidate.lower(): candidate for candidate in valid}
    match = difflib.get_close_matches(str(word).lower(), by_lower, n=1, cutoff=likeness)
    return by_lower[match[0]] if match else None


def did_you_mean(word: str, valid: Iterable[str]) -> str:
    """A sentence naming the nearest valid word, else all of them."""
    words = list(valid)
    match = nearest(word, words)
    return f"did you mean “{match}”?" if match else f"one of: {', '.join(words)}" if words else "there is none to choose from"


def listed(values: Iterable[object], most: int = 8) -> str:
    """Values in one line, shortened so that a message stays readable."""
    items = [str(value) for value in values]
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest} more" if rest > 0 else "")


def _labelled(label: str, text: str) -> str:
    first, *rest = text.splitlines()
    return "\n".join([f"  {label}: {first}", *(f"    {line}" for line in rest)])

"""Record what a curator decides about marks: acknowledge, dismiss, reopen or comment, with person and time."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..errors import BadOption, MarkUnknown
from ..identifiers.recognize import recognize
from ..store.ledger_tables import ReviewState
from .marks import describe_event, describe_mark

if TYPE_CHECKING:
    from ..store.ledger import Ledger
    from ..store.ledger_reader import LedgerReader

_LONGEST = 2_000  # characters


class Action(StrEnum):
    """An action on a mark."""

    ACKNOWLEDGE = "acknowledge"
    DISMISS = "dismiss"
    REOPEN = "reopen"
    COMMENT = "comment"


_STATES = {
    Action.ACKNOWLEDGE: ReviewState.ACKNOWLEDGED,
    Action.DISMISS: ReviewState.DISMISSED,
    Action.REOPEN: None,
}


def check_review(action: Action, reason: str, by: str) -> None:
    """Raise BadOption if a review lacks a person, or a reason that its action requires."""
    if action in {Action.DISMISS, Action.COMMENT} and not reason.strip():
        what = "text" if action is Action.COMMENT else "reason"
        raise BadOption(f"{action} requires a {what}", hint="It is kept in the history of the mark.")
    if not by.strip():
        raise BadOption("the name of the person is missing", hint="Specify it: it is kept in the history of the mark.")
    for name, text in (("reason", reason), ("by", by)):
        if len(text) > _LONGEST:
            raise BadOption(f"{name} has {len(text):,} characters", hint=f"At most {_LONGEST:,} are kept.")


def review_mark(ledger: Ledger, curie: str, action: Action, *, reason: str, by: str, now: int) -> None:
    """Record a review, or a comment, of the mark with this CURIE. Raises MarkUnknown, LedgerError."""
    if action is Action.COMMENT:
        ledger.comment(curie, reason.strip(), by=by.strip(), now=now)
    else:
        ledger.review(curie, _STATES[action], reason=reason.strip(), by=by.strip(), now=now)


def find_marked(reader: LedgerReader, text: str) -> str:
    """Return the CURIE of a marked identifier in any spelling.

    If none of its interpretations is marked, one whose mark was lifted is returned. Raises MarkUnknown, and BadOption
    if a bare number matches several marks.
    """
    curies = dict.fromkeys(
        interpretation.identifier.curie
        for interpretation in recognize(text.strip()).interpretations
        if not interpretation.is_text
    )
    marked = [curie for curie in curies if reader.find_mark(curie) is not None]
    found = marked or [curie for curie in curies if reader.list_events(curie)]
    if not found:
        raise MarkUnknown(f"{text.strip()[:80]} is not marked", hint="`resolver nightly stale` lists the marks.")
    if len(found) > 1:
        raise BadOption(f"{text.strip()} matches several marks", hint=f"Specify one of {', '.join(found)}.")
    return found[0]


def describe_history(reader: LedgerReader, text: str) -> dict[str, Any]:
    """Return the mark of an identifier (None if it was lifted) and its history, oldest event first.

    Raises MarkUnknown for an identifier that was never marked.
    """
    curie = find_marked(reader, text)
    row = reader.find_mark(curie)
    return {
        "curie": curie,
        "mark": None if row is None else describe_mark(row),
        "history": [describe_event(event) for event in reader.list_events(curie)],
    }

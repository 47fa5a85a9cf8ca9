"""Errors of ours as other programs handle them: pickled, copied, and shown in a traceback."""

from __future__ import annotations

import copy
import inspect
import pickle
import traceback
from collections.abc import Callable, Iterator

import pytest

from resolver import errors
from resolver.errors import InputError, ResolverError, SeveralGenes
from resolver.resolve.answer import Answer
from resolver.resolve.resolver import Resolver

# A value for each argument that an error requires besides its message.
REQUIRED = {
    "answer": "an answer", "available": ("gene", "n"), "path": "genes.csv", "release_id": "starter-1", "source": "ncbi",
    "holder": "run 7", "retry_after_s": 5,
}  # fmt: skip


def _walk(kind: type[ResolverError] = ResolverError) -> Iterator[type[ResolverError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _walk(child)


def _make(kind: type[ResolverError]) -> ResolverError:
    parameters = inspect.signature(kind).parameters.values()
    required = [one.name for one in parameters if one.kind is one.KEYWORD_ONLY and one.default is one.empty]
    return kind("what is wrong", hint="what to do", **{name: REQUIRED[name] for name in required})


def _pickled(error: ResolverError) -> ResolverError:
    loaded: ResolverError = pickle.loads(pickle.dumps(error))  # noqa: S301  (our own bytes)
    return loaded


ROUND_TRIPS: list[Callable[[ResolverError], ResolverError]] = [_pickled, copy.copy, copy.deepcopy]


def test_all_errors_are_walked() -> None:
    named = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ResolverError)}
    assert set(_walk()) == named


@pytest.mark.parametrize("again", ROUND_TRIPS, ids=["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("kind", list(_walk()))
def test_an_error_comes_back_whole(kind: type[ResolverError], again: Callable[[ResolverError], ResolverError]) -> None:
    error = _make(kind)
    error.add_note("a note of the caller")
    other = again(error)
    assert type(other) is kind
    assert (str(other), other.args, vars(other)) == (str(error), error.args, vars(error))
    other.add_note("a note of the copy")
    assert "a note of the copy" not in error.__notes__


def test_the_hint_is_shown_in_a_traceback() -> None:
    assert traceback.format_exception_only(InputError("what is wrong", hint="what to do"))[1:] == ["what to do\n"]
    assert len(traceback.format_exception_only(InputError("what is wrong"))) == 1


@pytest.mark.parametrize("query", ["P13232", "IL7", "1-Mar", "ncbigene:60454", "omim:188400", "nonsense!!"])
def test_an_answer_comes_back_whole(resolver: Resolver, query: str) -> None:
    answer = resolver.resolve(query, explain=True)
    loaded: Answer = pickle.loads(pickle.dumps(answer))  # noqa: S301  (our own bytes)
    for other in (loaded, copy.copy(answer), copy.deepcopy(answer)):
        assert other.to_dict() == answer.to_dict()


def test_answers_that_are_unpickled_share_one_reader_of_the_release(resolver: Resolver) -> None:
    one, other = (pickle.loads(pickle.dumps(resolver.resolve(query))) for query in ("P13232", "TP53"))  # noqa: S301
    assert one.reader is other.reader
    assert one.genes[0].orthologs


def test_an_error_with_an_answer_comes_back_whole(resolver: Resolver) -> None:
    with pytest.raises(SeveralGenes) as caught:
        resolver.resolve("MUM1", on_many="error")
    loaded = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (our own bytes)
    assert loaded.answer.to_dict() == caught.value.answer.to_dict()

"""The policy in four steps: interpret → find → decide → explain. Every interface gets its answers here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import orjson

from ..genes.marks import NO_MARKS
from ..identifiers.damage import find_damage
from .about import describe_release
from .compound import answer_compound
from .concerned import is_rather_derived
from .decide import decide
from .explain import explain
from .find import find
from .interpret import interpret, interpret_repaired, may_be_date
from .look import describe_destination, describe_document, find_destination, read_pages
from .many import Answers
from .options import DEFAULT, Options, as_text, read_keywords, read_options, require_many, require_one
from .pairs import describe_pairs, find_pairs
from .past import describe_past, look_back
from .search import describe_found, search
from .spreadsheet import find_possible_date, report_repair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..genes.marks import Marks
    from ..identifiers.model import Recognition
    from ..store.gene_reader import GeneReader
    from ..store.release import Release
    from .answer import Answer
    from .find import Records
    from .options import OptionValues


class Resolver:
    """Resolves queries against one release; safe to share between threads.

    `marks` are the identifiers that are stale now; the caller replaces them when the ledger changes.
    """

    def __init__(self, reader: GeneReader, marks: Marks = NO_MARKS) -> None:
        self.reader = reader
        self.marks = marks

    def __repr__(self) -> str:
        return f"<Resolver {self.release.id} {self.release.title}>"

    @property
    def release(self) -> Release:
        """The release that the answers come from."""
        return self.reader.release

    def resolve(self, query: object, options: Options = DEFAULT, **values: Unpack[OptionValues]) -> Answer:
        """Return the answer to one query: identifier of any namespace, symbol or name. A number is read as its digits.

        Keywords are options on top of `options`: `species="mouse"`, `namespace="omim"`, `to_species="human"`,
        `on_many="first"` … (`resolver.resolve.options` lists them). No query raises an exception, except SeveralGenes
        with `on_many="error"`. Raises UnknownSpecies, UnknownNamespace and BadOption for options, TypeError for a list.
        """
        if values:
            options = read_keywords(values, options)
        if not isinstance(query, str):
            require_one(query)
            query = as_text(query)
        return self.answer(interpret(query, options.namespaces), options)

    def answer(
        self,
        recognition: Recognition,
        options: Options,
        *,
        with_suggestions: bool = True,
        records: Records | None = None,
        are_lists: bool = False,
    ) -> Answer:
        """Return the answer to an interpreted query: find, decide; explain a miss.

        A query that is not in the release is interpreted once more if it is a pair of identifiers (`TP53|7157`), or a
        spreadsheet has changed it without loss (`3574.0`). One that is rather a date than the name that was found
        (`Mar-1`) is a miss. `records` are those of a batch that the query belongs to; the answer is the same. With
        `are_lists`, two identifiers of different genes are a list, not a pair.
        """
        text = "" if options.namespaces else recognition.text
        found = find(recognition.interpretations, self.reader, records, options.to_species, text)
        damage, date = None, None
        if found.matches:
            if may_be_date(recognition):
                date = find_possible_date(recognition, found, options.species)
        elif found.is_nothing:
            pair = answer_compound(recognition, options, self.reader, self.marks, are_lists=are_lists)
            if pair is not None:
                return pair
            damage = find_damage(recognition.text)
            if damage is not None and damage.lossless:
                recognition = interpret_repaired(recognition, damage, options.namespaces)
                found = find(recognition.interpretations, self.reader, records, options.to_species)
        if date is not None and date.comes_first:
            return explain(recognition, found, date.damage, options, self.marks, with_suggestions=with_suggestions)
        if not found.matches or (recognition.is_only_text and is_rather_derived(recognition.text, found)):
            return explain(recognition, found, damage, options, self.marks, with_suggestions=with_suggestions)
        note = None if date is None else (date.report, date.suggestions)
        answer = decide(recognition, found, options, self.marks, note)
        if recognition.caution is not None:
            answer = answer._replace(hint=f"{answer.hint or ''} {recognition.caution}".strip())
        return answer if damage is None else answer._replace(damage=report_repair(damage))

    def resolve_many(
        self, queries: Iterable[object], options: Options = DEFAULT, **values: Unpack[OptionValues]
    ) -> Answers:
        """Return an iterator of answers, one for each query, in order, duplicates too: what `resolve` returns.

        There are two exceptions. If most numbers of the list belong to one namespace, bare numbers are read in that
        namespace, and the answers say so; if an id of the list is a probe set that only Affymetrix writes, numbers with
        `_at` are probe sets too. With `on_many="explode"` a query that matches several genes has an answer
        for each of them. The iterator counts outcomes and reasons as it goes. Memory grows with the queries, not with
        the answers. Raises TypeError for a single query.
        """
        require_many(queries)
        return Answers(self, queries, read_keywords(values, options) if values else options)

    def about(self) -> dict[str, Any]:
        """Return what the release contains, and its sources with dates and licenses: the object of `GET /about`."""
        return describe_release(self.reader)

    def search(self, text: str, *, species: str | int | None = None, limit: int = 20) -> dict[str, Any]:
        """Return the genes that have a symbol or name that begins with `text`: the object of `GET /search`.

        Raises BadOption where `text` is empty or `limit` is not from 1 to 100, and UnknownSpecies.
        """
        options = read_options({"species": species})
        return _to_json(describe_found(search(self.reader, text, taxon=options.species, limit=limit), self.reader))

    def gene(self, text: str, *, species: str | int | None = None, namespace: str | None = None) -> dict[str, Any]:
        """Return the document of the one gene that a query resolves to: the object of `GET /gene`.

        For a miss, and for several genes, it is the object of the answer, which has `outcome` and `genes`.
        """
        return _to_json(describe_document(self.resolve(text, read_options({"from": namespace, "species": species}))))

    def history(self, text: str, *, namespace: str | None = None) -> dict[str, Any]:
        """Return the past of an identifier or symbol: the object of `GET /history`; for a miss, that of its answer."""
        return _to_json(describe_past(look_back(self.resolve(text, read_options({"from": namespace})))))

    def orthologs(self, text: str, *, species: str | int | None = None, namespace: str | None = None) -> dict[str, Any]:
        """Return genes with their orthologs: the object of `GET /orthologs`; for a miss, that of its answer.

        `species` is that of the gene, not of the ortholog.
        """
        options = read_options({"from": namespace, "species": species})
        return _to_json(describe_pairs(find_pairs(self.resolve(text, options))))

    def links(
        self,
        text: str,
        *,
        to: str | list[str] | None = None,
        species: str | int | None = None,
        namespace: str | None = None,
    ) -> dict[str, Any]:
        """Return the page of a gene as `url`, and the `choices`: the object of `resolver go --json`.

        `to` names namespaces or link targets (`pubmed`, `gtex` …) whose page is wanted, best first; without it the page
        is that of the gene's own CURIE. Raises UnknownNamespace for another name.
        """
        options = read_options({"from": namespace, "species": species})
        return _to_json(describe_destination(find_destination(self.resolve(text, options), read_pages(to))))


def _to_json(described: dict[str, Any]) -> dict[str, Any]:
    """Convert an object to JSON types: tuples to lists, members of an enum to strings."""
    decoded: dict[str, Any] = orjson.loads(orjson.dumps(described))
    return decoded

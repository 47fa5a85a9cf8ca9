"""The texts whose answer a release holds ready, fitted to one plan, as columns and as arrays that loops look up.

`lookup/` of a release says what the resolver answers to each text under no option but a species. What a plan asks
besides (orthologs, several genes) is applied here, to all answers at once. Texts whose answer depends on more are left
out: they are asked one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson
import polars as pl

from ..errors import ReleaseCorrupt
from ..genes.ranking import MatchKind
from ..identifiers.namespaces import BY_PREFIX, NUMBERED, SYMBOL
from ..identifiers.species import SPECIES
from ..resolve.options import OnMany
from ..resolve.outcome import Outcome, Reason
from ..resolve.table import UNIT
from .answer_kinds import FIRST_KIND, MATCHES, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from .plan import CellRule, Plan

_PREFIXES = tuple(BY_PREFIX)
_VERSIONED_AT = [_PREFIXES.index(prefix) for prefix in ("ensembl", "refseq", "uniprot")]
_NUMBERED_AT = [_PREFIXES.index(prefix) for prefix in NUMBERED]
_UNIPROT_AT, _SYMBOL_AT = _PREFIXES.index("uniprot"), _PREFIXES.index(SYMBOL.prefix)
# How HGNC and MGI print their ids.
_PRINTED = ("hgnc", "mgi")


class _Texts(NamedTuple):
    """Texts, their namespaces (places in `_PREFIXES`), answers, and which text is the CURIE or accession of each."""

    text: pl.Series
    prefix: NDArray[np.uint8]
    answer: NDArray[np.uint32]
    own: NDArray[np.int64]
    takes_version: NDArray[np.bool_]

    def extend(self, places: NDArray[np.int64], spelled: Sequence[pl.Series]) -> _Texts:
        """Return the texts with other spellings of some of them, which stand at these places."""
        return _Texts(
            pl.concat([self.text, *spelled]).rechunk(),
            np.concatenate([self.prefix, self.prefix[places]]),
            np.concatenate([self.answer, self.answer[places]]),
            np.concatenate([self.own, self.own[places]]),
            np.concatenate([self.takes_version, self.takes_version[places]]),
        )

    def hide(self, spelled: pl.Series) -> _Texts:
        """Return the texts with those out of sight that are in `spelled`."""
        hidden = self.text.is_in(spelled.implode())
        if not hidden.any():
            return self
        text = pl.select(pl.when(hidden).then(pl.lit("\x00") + self.text).otherwise(self.text)).to_series()
        return self._replace(text=text)


def read_lookup(folder: Path, name: str, columns: list[str] | None = None) -> pl.DataFrame:
    """Return a table of a release's `lookup/`; raises ReleaseCorrupt where it cannot be read."""
    try:
        return pl.read_parquet(folder / f"{name}.parquet", columns=columns).rechunk()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ReleaseCorrupt(
            f"{folder / name}.parquet cannot be read: {error}",
            hint="Build the release anew: resolver seed, or resolver seed starter.",
        ) from error


class ReadyTexts:
    """Reads the texts and answers of a release's `lookup/` as a plan sees them.

    Columns by answer: `outcome`, `reason`, `retired_from`, and `genes`. How a text matched is put together of two
    parts: `leads` at `lead_of` (identifier ensembl:) and `own` at `own_of` (the accession), the last of which is empty.
    `takes_version` tells of each text whether one with a version behind it is taken for it.
    """

    def __init__(self, folder: Path, plan: Plan, rule: CellRule) -> None:
        self._folder = folder
        self._plan = plan
        self._answers = answers = self._read_answers()
        self._texts = self._read_texts(rule, answers)
        self.takes_version = self._texts.takes_version if not plan.missing else np.zeros(0, dtype=np.bool_)
        self.outcome, self.reason, self.genes = answers["outcome"], answers["reason"], answers["genes"]
        self.retired_from = answers["retired_from"].str.replace_all(UNIT, plan.separator, literal=True)
        self._number_matches()

    @property
    def text(self) -> pl.Series:
        """The texts that can be found, each once."""
        return self._texts.text

    def list_arrays(self) -> dict[str, NDArray[Any]]:
        """Return what loops look up: by text its answer and how it matched, by answer its kind and its set of genes.

        Sets are numbered: none, each gene by its own number, and behind those the sets of several, whose genes are
        listed in `several_gene` with the number of their set in `several_place`, counted from the first of them.
        """
        answer_of = self._texts.answer
        kinds, kind_of = _find_kinds(self._answers)
        number = self.genes.list.len()
        several = np.flatnonzero((number > 1).to_numpy())
        highest = (
            read_lookup(self._folder, "genes", ["gene"])["gene"].to_numpy().max(initial=0)
        )  # no gene has the number 0
        set_of = self.genes.list.first().fill_null(0).to_numpy().astype(np.int64)
        set_of[several] = int(highest) + 1 + np.arange(len(several))
        return {
            # One place at least, so that arrays can be looked up before it is known that no text is ready.
            "answer_of": answer_of if len(answer_of) else np.zeros(1, dtype=np.uint32),
            "match_of": self.match_of,
            "lead_of": self.lead_of.astype(np.uint32),
            "own_of": self.own_of.astype(np.uint32),
            "kinds": np.frombuffer(orjson.dumps([list(kind) for kind in kinds]), dtype=np.uint8),
            "kind_of": kind_of,
            "set_of": set_of,
            "several_place": np.repeat(np.arange(len(several)), number.to_numpy().take(several)),
            "several_gene": self.genes.gather(pl.Series(several)).explode().drop_nulls().to_numpy(),
        }

    def matched_as(self, codes: NDArray[np.int32]) -> pl.Series:
        """Return how each text, by its place, led to its gene; empty for a negative place."""
        known = codes >= 0
        places = np.maximum(codes, 0)
        leads = self.leads.gather(pl.Series(np.where(known, self.lead_of[places], 0)))
        own = self.own.gather(pl.Series(np.where(known, self.own_of[places], len(self.own) - 1)))
        return pl.select(pl.concat_str([leads, own])).to_series()

    def find_match(self, curies: Iterable[str]) -> NDArray[np.int32]:
        """Return the places of the texts that are led to their gene by one of these identifiers alone."""
        wanted = pl.Series([f"identifier {curie}" for curie in curies], dtype=pl.String)
        by_identifier = np.flatnonzero((self.match_of > 0) & (self.match_of < FIRST_KIND)).astype(np.int32)
        held: NDArray[np.bool_] = self.matched_as(by_identifier).is_in(wanted.implode()).to_numpy()
        found: NDArray[np.int32] = by_identifier[held]
        return found

    def _number_matches(self) -> None:
        """Prepare `matched_as` and `match_of`: a lead and the text itself, joined for the rows that are written."""
        texts, answers = self._texts, self._answers
        kinds = ("", *(kind.value for kind in MatchKind))
        kind_of = _number(answers["kind"].fill_null(""), kinds)
        is_said = (answers["matched_as"].is_not_null() & (answers["matched_as"] != "")).to_numpy()
        said = answers["matched_as"].filter(pl.Series(is_said))
        said = said.str.replace_all(UNIT, self._plan.separator, literal=True)
        leads = ["", *(f"{kind} " for kind in kinds[1:]), *(f"identifier {prefix}:" for prefix in BY_PREFIX)]
        self.leads = pl.concat([pl.Series(leads), said]).rechunk()
        said_at = np.cumsum(is_said) - 1 + len(leads)
        identifier = kinds.index(MatchKind.IDENTIFIER)
        kind = kind_of[texts.answer]
        names_prefix = (kind == identifier) & ~np.isin(texts.prefix, _NUMBERED_AT)
        lead = np.where(names_prefix, len(kinds) + texts.prefix.astype(np.int64), kind)
        override = is_said[texts.answer]
        self.lead_of = np.where(override, said_at[texts.answer], lead)
        self.own = pl.concat([texts.text, pl.Series([""])]).rechunk()
        self.own_of = np.where(override | (kind == 0), len(texts.text), texts.own)
        plain = np.where(kind == identifier, texts.prefix.astype(np.int64) + 1, kind + FIRST_KIND - 2)
        words = said.str.extract("^identifier ([^:]+):").fill_null(said.str.extract("^([a-z_]+) ")).fill_null("")
        told = np.zeros(len(is_said), dtype=np.uint8)
        told[is_said] = _number(words, MATCHES)
        self.match_of: NDArray[np.uint8] = np.where(override, told[texts.answer], np.where(kind == 0, 0, plain)).astype(
            np.uint8
        )
        if not len(texts.answer):
            self.lead_of = self.own_of = np.zeros(1, dtype=np.int64)
            self.match_of = np.zeros(1, dtype=np.uint8)

    def _read_answers(self) -> pl.DataFrame:
        """Return all answers, changed as the plan asks; `usable` says of which the plan's answer is known."""
        answers = read_lookup(self._folder, "answers")
        options, number = self._plan.options, pl.col("genes").list.len()
        answers = answers.with_columns(usable=(number < 2) | pl.lit(options.on_many is OnMany.LIST))
        if options.to_species is None:
            return answers
        answers = answers.with_columns(usable=number < 2, gene=pl.col("genes").list.first())
        answers = answers.join(self._read_conversion(options.to_species), on="gene", how="left", maintain_order="left")
        is_lost = pl.col("gene").is_not_null() & pl.col("converted").is_null()
        many = pl.col("converted").list.len() > 1
        kept = pl.col("converted")
        if options.on_many is OnMany.FIRST:
            kept = kept.list.head(1)
        elif options.on_many is OnMany.NA:
            kept = pl.when(many).then(pl.lit([], dtype=pl.List(pl.UInt32))).otherwise(kept)
        is_left_out = many & pl.lit(options.on_many in {OnMany.EXPLODE, OnMany.ERROR})
        nothing = pl.lit(None, dtype=pl.String)
        return answers.with_columns(
            usable=pl.col("usable") & ~is_left_out.fill_null(value=False),
            genes=kept.fill_null(pl.lit([], dtype=pl.List(pl.UInt32))),
            outcome=pl.when(is_lost).then(pl.lit(Outcome.NOT_FOUND.value)).otherwise(pl.col("outcome")),
            reason=pl.when(is_lost).then(pl.lit(Reason.NO_ORTHOLOG.value)).otherwise(pl.col("reason")),
            kind=pl.when(is_lost).then(nothing).otherwise(pl.col("kind")),
            matched_as=pl.when(is_lost).then(nothing).otherwise(pl.col("matched_as")),
            retired_from=pl.when(is_lost).then(pl.lit("")).otherwise(pl.col("retired_from")),
        )

    def _read_conversion(self, taxon: int) -> pl.DataFrame:
        """Return (gene, converted): each gene of the species itself, and the orthologs of each of the other."""
        genes = read_lookup(self._folder, "genes", ["gene", "taxon"])
        own = genes.filter(pl.col("taxon") == taxon).select("gene", other="gene")
        linked = read_lookup(self._folder, "orthologs").join(
            genes.filter(pl.col("taxon") != taxon).select("gene"), on="gene"
        )
        both = pl.concat([own, linked.select("gene", "other")])
        return both.group_by("gene", maintain_order=True).agg(converted="other")

    def _read_texts(self, rule: CellRule, answers: pl.DataFrame) -> _Texts:
        """Return the texts whose answer under the plan is ready, each once."""
        species = self._plan.options.species
        variant = "both" if species is None else SPECIES[species].name
        texts = read_lookup(self._folder, "texts", ["text", "prefix", variant])
        answer, prefix = texts[variant].to_numpy(), _number(texts["prefix"], _PREFIXES)
        kept = answers["usable"].to_numpy()[answer] & self._are_read_alike(texts, answer, prefix, answers)
        if not kept.all():
            texts, answer, prefix = texts.filter(pl.Series(kept)), answer[kept], prefix[kept]
        # A text of UniProt's shape may be a symbol too, but with a version it is none.
        is_plain = (answers["kind"] == MatchKind.IDENTIFIER.value).fill_null(value=False).to_numpy()[answer]
        takes_version = np.isin(prefix, _VERSIONED_AT) & ((prefix != _UNIPROT_AT) | is_plain)
        own = np.arange(len(answer))
        return self._in_other_spellings(_Texts(texts["text"].rechunk(), prefix, answer, own, takes_version), rule)

    def _are_read_alike(
        self, texts: pl.DataFrame, answer: NDArray[np.uint32], prefix: NDArray[np.uint8], answers: pl.DataFrame
    ) -> NDArray[np.bool_]:
        """Tell of each text whether it is read as when the answers were made, which a stated namespace may change."""
        alike = np.ones(len(answer), dtype=np.bool_)
        stated = self._plan.options.namespaces
        if stated:
            # Asked in all namespaces, these may have been taken for something else.
            is_sure = answers["kind"].is_not_null().to_numpy()[answer] | ~np.isin(prefix, [_UNIPROT_AT, _SYMBOL_AT])
            alike &= np.isin(prefix, [_PREFIXES.index(one) for one in stated]) & is_sure
        if self._plan.missing:
            alike &= ~texts["text"].is_in(list(self._plan.missing)).to_numpy()
        return alike

    def _in_other_spellings(self, texts: _Texts, rule: CellRule) -> _Texts:
        """Add the ids as their authorities print them, and the bare numbers of the namespace that is decided."""
        at = [np.flatnonzero(texts.prefix == _PREFIXES.index(name)) for name in _PRINTED]
        printed = [
            name.upper() + texts.text.gather(pl.Series(of_it)).str.slice(len(name))
            for name, of_it in zip(_PRINTED, at, strict=True)
        ]
        texts = texts.extend(np.concatenate(at), printed)
        bare = [rule.numbers.prefix] if rule.numbers is not None else []
        for name in {*bare, *self._plan.options.namespaces}.intersection(NUMBERED):
            of_it = np.flatnonzero((texts.prefix == _PREFIXES.index(name)) & (texts.own == np.arange(len(texts.own))))
            numbers = texts.text.gather(pl.Series(of_it)).str.slice(len(name) + 1)
            # A number that is some gene's alias too is read as the column says.
            texts = texts.hide(numbers).extend(of_it, [numbers])
        return texts


def _find_kinds(answers: pl.DataFrame) -> tuple[list[Kind], NDArray[np.uint16]]:
    """Return the different kinds of answers, and of which each is; one kind at least."""
    told = answers.select("outcome", "reason", genes=pl.col("genes").list.len())
    different = told.unique(maintain_order=True).with_row_index("kind")
    kinds = [Kind(*row) for row in different.select("outcome", "reason", "genes").iter_rows()]
    of_each = told.join(different, on=["outcome", "reason", "genes"], how="left", maintain_order="left")["kind"]
    return kinds or [Kind(Outcome.NOT_FOUND.value, "", 0)], of_each.to_numpy().astype(np.uint16)


def _number(words: pl.Series, known: tuple[str, ...]) -> NDArray[np.uint8]:
    """Return the place of each word among those that are known."""
    numbers: NDArray[np.uint8] = (
        words.cast(pl.Enum([str(word) for word in known])).to_physical().cast(pl.UInt8).to_numpy()
    )
    return numbers

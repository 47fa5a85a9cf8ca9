"""The answers that a release holds ready, fitted to one plan: from a canonical text to the cells of a table.

`lookup/` of a release says what the resolver answers to each text under no option but a species. What a plan asks
besides (targets, orthologs, consensus, several genes) is applied here, to all answers at once. Texts whose answer
depends on more are left out: they are asked one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ..genes.ranking import MatchKind
from ..identifiers.namespaces import BY_PREFIX, NUMBERED, SYMBOL
from ..identifiers.species import SPECIES
from ..resolve.options import Consensus, OnMany
from ..resolve.outcome import Outcome, Reason
from ..resolve.table import UNIT
from .text_index import TextIndex

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .plan import CellRule, Plan
    from .targets import Target

_VERSIONED = ("ensembl", "refseq", "uniprot")
# What `match_of` numbers: how texts led to their genes, the namespace of an identifier or the kind of a name.
MATCHES = ("", *BY_PREFIX, *(kind.value for kind in MatchKind if kind is not MatchKind.IDENTIFIER))
# How HGNC and MGI print their ids.
_PRINTED = ("hgnc", "mgi")


class ReadyAnswers:
    """Texts and their answers under a plan.

    Arrays by text: `answer_of` (number of its answer), `match_of` (place in `MATCHES`), `takes_version`. Columns by
    text: `matched_as`. Columns by answer: `values` (a column for each target), `outcome`, `reason`, `retired_from`, and
    arrays `outcome_of` (place among `Outcome`), `reason_of` (place in `reasons`), `genes_of` (how many genes it has).
    """

    reasons = ("", *(reason.value for reason in Reason))

    def __init__(self, folder: Path, plan: Plan, rule: CellRule) -> None:
        self._folder = folder
        self._plan = plan
        answers = self._read_answers()
        texts = self._read_texts(rule, answers)
        self.index = TextIndex(texts["text"])
        self.answer_of: NDArray[np.uint32] = _at_least_one(texts["answer"].to_numpy())
        self.match_of: NDArray[np.uint8] = _at_least_one(_number(texts["match"], MATCHES))
        self.takes_version: NDArray[np.bool_] = _at_least_one(texts["takes_version"].to_numpy())
        self.matched_as = texts["matched_as"].rechunk()
        self.outcome = answers["outcome"]
        self.outcome_of: NDArray[np.uint8] = _number(answers["outcome"], tuple(Outcome))
        self.reason = answers["reason"]
        self.reason_of: NDArray[np.uint8] = _number(answers["reason"], self.reasons)
        self.retired_from = answers["retired_from"].str.replace_all(UNIT, plan.separator, literal=True)
        self.genes_of: NDArray[np.uint32] = answers["genes"].list.len().to_numpy()
        self.values = tuple(self._list_values(answers["genes"], target) for target in plan.targets)

    def _read(self, name: str, columns: list[str] | None = None) -> pl.DataFrame:
        return pl.read_parquet(self._folder / f"{name}.parquet", columns=columns).rechunk()

    def _read_answers(self) -> pl.DataFrame:
        """Return all answers, changed as the plan asks; `usable` says of which the plan's answer is known."""
        answers = self._read("answers")
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
        genes = self._read("genes", ["gene", "taxon"])
        own = genes.filter(pl.col("taxon") == taxon).select("gene", other="gene")
        linked = self._read("orthologs").join(genes.filter(pl.col("taxon") != taxon).select("gene"), on="gene")
        both = pl.concat([own, linked.select("gene", "other")])
        return both.group_by("gene", maintain_order=True).agg(converted="other")

    def _read_texts(self, rule: CellRule, answers: pl.DataFrame) -> pl.DataFrame:
        """Return (text, prefix, answer, matched_as, takes_version), each text once."""
        species = self._plan.options.species
        variant = "both" if species is None else SPECIES[species].name
        texts = self._read("texts", ["text", "prefix", variant]).rename({variant: "answer"})
        texts = texts.with_columns(pl.col("prefix").cast(pl.String))
        told = answers.select("kind", "usable", said="matched_as").with_row_index("answer")
        texts = texts.join(told, on="answer", how="left", maintain_order="left").filter("usable")
        texts = self._in_namespaces(texts)
        is_number = pl.col("prefix").is_in(NUMBERED)
        curie = pl.when(is_number).then(pl.col("text")).otherwise(pl.col("prefix") + ":" + pl.col("text"))
        own = pl.when(pl.col("prefix") == SYMBOL.prefix).then(pl.col("text")).otherwise(curie)
        matched = (
            pl.when(pl.col("said").is_not_null())
            .then(pl.col("said").str.replace_all(UNIT, self._plan.separator, literal=True))
            .when(pl.col("kind").is_not_null())
            .then(pl.col("kind") + " " + own)
            .otherwise(pl.lit(""))
        )
        # A text of UniProt's shape may be a symbol too, but with a version it is none.
        is_plain = (pl.col("prefix") != "uniprot") | (pl.col("kind") == MatchKind.IDENTIFIER.value).fill_null(
            value=False
        )
        told_texts = texts.select(
            "text",
            "prefix",
            "answer",
            matched_as=matched,
            match=pl.when(pl.col("kind") == MatchKind.IDENTIFIER.value)
            .then(pl.col("prefix"))
            .otherwise(
                pl.coalesce(
                    "kind",
                    pl.col("said").str.extract("^identifier ([^:]+):"),
                    pl.col("said").str.extract("^([a-z_]+) "),
                    pl.lit(""),
                )
            ),
            takes_version=pl.col("prefix").is_in(_VERSIONED) & is_plain,
        )
        return self._in_other_spellings(told_texts, rule)

    def _in_namespaces(self, texts: pl.DataFrame) -> pl.DataFrame:
        """Leave out what a plan reads otherwise: other namespaces, words for an empty cell."""
        stated = self._plan.options.namespaces
        if stated:
            # Asked in all namespaces, these may have been taken for something else.
            is_sure = pl.col("kind").is_not_null() | ~pl.col("prefix").is_in(["uniprot", SYMBOL.prefix])
            texts = texts.filter(pl.col("prefix").is_in(stated) & is_sure)
        if self._plan.missing:
            texts = texts.filter(~pl.col("text").is_in(list(self._plan.missing)))
        return texts

    def _in_other_spellings(self, texts: pl.DataFrame, rule: CellRule) -> pl.DataFrame:
        """Add the ids as their authorities print them, and the bare numbers of the namespace that is decided."""
        parts = [texts]
        for prefix in _PRINTED:
            printed = texts.filter(pl.col("prefix") == prefix)
            parts.append(printed.with_columns(text=prefix.upper() + pl.col("text").str.slice(len(prefix))))
        bare = [rule.numbers.prefix] if rule.numbers is not None else []
        for prefix in {*bare, *self._plan.options.namespaces}.intersection(NUMBERED):
            numbers = texts.filter(pl.col("prefix") == prefix)
            numbers = numbers.with_columns(text=pl.col("text").str.slice(len(prefix) + 1))
            # A number that is some gene's alias too is read as the column says.
            parts = [part.join(numbers, on="text", how="anti", maintain_order="left") for part in parts] + [numbers]
        return pl.concat(parts)

    def _list_values(self, genes: pl.Series, target: Target) -> pl.Series:
        """Return for each answer the values of its genes, joined, each once."""
        listed = self._read_values(target)
        alone = listed.group_by("gene", maintain_order=True).agg(pl.col("value").str.join(self._plan.separator))
        number = self._read("genes", ["gene"])["gene"].to_numpy().max(initial=0) + 1
        by_gene = pl.DataFrame({"gene": np.arange(number, dtype=np.uint32)})
        by_gene = by_gene.join(alone, on="gene", how="left", maintain_order="left")
        first = by_gene["value"].rechunk().gather(genes.list.first()).fill_null("")
        several = pl.DataFrame({"answer": np.arange(len(genes), dtype=np.uint32), "gene": genes})
        several = several.filter(pl.col("gene").list.len() > 1).explode("gene")
        if not several.height:
            return first
        joined = (
            several.join(listed, on="gene", how="left", maintain_order="left")
            .group_by("answer", maintain_order=True)
            .agg(pl.col("value").drop_nulls().unique(maintain_order=True))
            .select("answer", pl.col("value").list.join(self._plan.separator))
        )
        places = np.arange(len(genes))
        places[joined["answer"].to_numpy()] = len(genes) + np.arange(joined.height)
        return pl.concat([first, joined["value"]]).rechunk().gather(pl.Series(places))

    def _read_values(self, target: Target) -> pl.DataFrame:
        """Return (gene, value) of one target, best first."""
        if target.prefix is None:
            genes = self._read("genes")
            if target.member == "species":
                names = {taxon: species.name for taxon, species in SPECIES.items()}
                return genes.select("gene", value=pl.col("taxon").replace_strict(names, return_dtype=pl.String))
            return genes.select("gene", value=target.member).drop_nulls()
        xrefs = self._read("xrefs").filter(pl.col("prefix") == target.prefix)
        if target.levels:
            xrefs = xrefs.filter(pl.col("level").cast(pl.String).is_in(target.levels))
        consensus = self._plan.options.consensus
        if consensus is not Consensus.ANY:
            xrefs = xrefs.filter(pl.col(consensus.value))
        listed = xrefs.select("gene", value="identifier")
        return listed.unique("gene", keep="first", maintain_order=True) if self._plan.best else listed


def _at_least_one(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values, or a zero where a plan leaves no text ready, so that a place can be looked up always."""
    return values if len(values) else np.zeros(1, dtype=values.dtype)


def _number(words: pl.Series, known: tuple[str, ...]) -> NDArray[np.uint8]:
    """Return the place of each word among those that are known."""
    numbers: NDArray[np.uint8] = (
        words.cast(pl.Enum([str(word) for word in known])).to_physical().cast(pl.UInt8).to_numpy()
    )
    return numbers

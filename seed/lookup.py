"""The release's answers to canonical texts, as tables: what a conversion of millions of rows joins with.

`lookup/` holds what the resolver answers to every text that is written as its authority writes it. The plain ones
follow from the tables; for all others the resolver itself is asked, so that there is one place that decides.

    texts     text, prefix → its answer with both species, with human alone, with mouse alone
    answers   outcome, reason, how it matched, what it was retired from, and the genes
    genes     what a gene is called
    xrefs     a gene's identifiers as they are shown, best first, with who agrees
    orthologs a gene's orthologs, best supported first
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from resolver.genes.ranking import NAME_KINDS, MatchKind
from resolver.identifiers.model import Level
from resolver.identifiers.names import fold_name
from resolver.identifiers.namespaces import BY_PREFIX, NAMESPACES, NUMBERED, SYMBOL, XREF_GROUPS
from resolver.identifiers.recognize import recognize
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.resolve.options import DEFAULT, Options
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.resolver import Resolver
from resolver.resolve.table import VARIANTS, Cells, describe_answer
from resolver.store import reference_tables as tables
from resolver.store.gene_reader import GeneReader

if TYPE_CHECKING:
    from pathlib import Path

    from resolver.store.release import Release

    from .load import Rows

_PLAIN_PREFIXES = ("ncbigene", "ensembl", "hgnc", "mgi", "uniprot", "refseq", "omim")
_NAMED = tuple(kind.value for kind in NAME_KINDS if kind is not MatchKind.FULL_NAME)
_ANSWER = ("outcome", "reason", "kind", "matched_as", "retired_from", "genes")
_TAXA: dict[str, int | None] = dict(zip(VARIANTS, (None, HUMAN, MOUSE), strict=True))
_PREFIXES = pl.Enum([namespace.prefix for namespace in NAMESPACES])
_LEVELS = pl.Enum([level.value for level in Level])
_CURIE = pl.col("prefix") + ":" + pl.col("accession")
# As it is asked without saying the namespace: a number needs its prefix.
_TEXT = pl.when(pl.col("prefix").is_in(NUMBERED)).then(_CURIE).otherwise(pl.col("accession"))


def write_lookup(folder: Path, rows: Rows, release: Release) -> list[Path]:
    """Write the tables into `folder`, and return their paths; `release` is the draft that the resolver answers from.

    Cost: set-based for what is plain; some ten microseconds for each text that the resolver is asked.
    """
    folder.mkdir()
    parts = {"genes": _genes(rows), "xrefs": _xrefs(rows), "orthologs": _orthologs(rows)}
    parts["texts"], parts["answers"] = _texts(rows, Resolver(GeneReader(release)))
    paths = []
    for name, frame in sorted(parts.items()):
        path = folder / f"{name}.parquet"
        frame.write_parquet(path, compression="zstd", row_group_size=262_144)
        paths.append(path)
    return paths


def _genes(rows: Rows) -> pl.DataFrame:
    columns = ("curie", "symbol", "name", "taxon", "gene_type")
    return rows[tables.Gene].select(pl.col("id").cast(pl.UInt32).alias("gene"), *columns).sort("gene")


def _orthologs(rows: Rows) -> pl.DataFrame:
    linked = rows[tables.Ortholog].sort("gene_id", "rank")
    return linked.select(pl.col("gene_id", "other_id").cast(pl.UInt32)).rename({"gene_id": "gene", "other_id": "other"})


def _xrefs(rows: Rows) -> pl.DataFrame:
    """Return (gene, prefix, level, identifier, majority, all), as documents list them, best first."""
    identifiers = rows[tables.Identifier]
    shown = pl.col("accession")
    for prefix in XREF_GROUPS:
        lead, trail = BY_PREFIX[prefix].display.split("{}")
        shown = pl.when(pl.col("prefix") == prefix).then(lead + pl.col("accession") + trail).otherwise(shown)
    listed = identifiers.filter(
        (pl.col("place") == 0)
        & ~pl.col("alternate")
        & (pl.col("relation") != Level.PHENOTYPE.value)
        & pl.col("prefix").is_in(XREF_GROUPS)
    )
    listed = listed.join(_agreement(identifiers, rows[tables.Evidence]), on=["gene_id", "prefix", "accession"])
    agreed, voters = pl.col("agreed"), pl.col("voters")
    return listed.sort("gene_id", "prefix", "rank").select(
        pl.col("gene_id").cast(pl.UInt32).alias("gene"),
        pl.col("prefix").cast(_PREFIXES),
        pl.col("relation").cast(_LEVELS).alias("level"),
        shown.alias("identifier"),
        (2 * agreed > voters).alias("majority"),
        (agreed == voters).alias("all"),
    )


def _agreement(identifiers: pl.DataFrame, evidence: pl.DataFrame) -> pl.DataFrame:
    """Return (gene_id, prefix, accession, agreed, voters), counted as `resolver.resolve.evidence` does for one gene."""
    organizations = evidence.select(
        evidence_id="id",
        organizations=pl.col("sources")
        .str.split(",")
        .list.eval(pl.element().str.split(".").list.first())
        .list.unique(),
    )
    stated = identifiers.select("gene_id", "prefix", "accession", "relation", "evidence_id").join(
        organizations, on="evidence_id"
    )
    speakers = (
        stated.explode("organizations")
        .group_by("gene_id", "prefix", "relation")
        .agg(speakers=pl.col("organizations").unique())
    )
    contested = stated.filter((pl.col("prefix") != "homologene") & (pl.len().over("prefix", "accession") > 1)).select(
        "gene_id", "prefix", "accession", "organizations"
    )
    rivals = (
        contested.join(contested, on=["prefix", "accession"], suffix="_other")
        .filter(pl.col("gene_id") != pl.col("gene_id_other"))
        .explode("organizations_other")
        .group_by("gene_id", "prefix", "accession")
        .agg(rivals=pl.col("organizations_other").unique())
    )
    joined = stated.join(speakers, on=["gene_id", "prefix", "relation"]).join(
        rivals, on=["gene_id", "prefix", "accession"], how="left"
    )
    voters = (
        pl.when(pl.col("rivals").is_null() | (pl.col("relation") == Level.PHENOTYPE.value))
        .then(pl.col("speakers"))
        .otherwise(pl.col("speakers").list.set_union("rivals"))
    )
    return joined.select(
        "gene_id", "prefix", "accession", agreed=pl.col("organizations").list.len(), voters=voters.list.len()
    )


def _texts(rows: Rows, resolver: Resolver) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (text, prefix, one answer number for each variant), and the answers."""
    taxa = rows[tables.Gene].select(pl.col("id").cast(pl.UInt32).alias("gene"), "taxon")
    spellings = _spellings(rows[tables.Name])
    plain, doubtful = _plain_identifiers(rows)
    located = plain.join(taxa, on="gene")
    retired, followed = _plain_retirements(rows)
    everywhere = pl.concat([doubtful, followed, _uniprot_shaped(rows[tables.Name])]).unique(["text", "prefix"])
    stated, asked = [], []
    for variant, taxon in _TAXA.items():
        named, ambiguous = _plain_names(spellings, rows[tables.Name], taxon)
        fits = pl.lit(value=True) if taxon is None else pl.col("taxon") == taxon
        known = [_resolved(located.filter(fits)), _elsewhere(located.filter(~fits)), *named, retired]
        stated += [frame.with_columns(variant=pl.lit(variant)) for frame in known]
        asked.append(pl.concat([everywhere, ambiguous]).unique().with_columns(variant=pl.lit(variant)))
    stated.append(_ask(pl.concat(asked).sort("prefix", "text"), resolver))
    told = pl.concat([frame.select("text", "prefix", "variant", *_ANSWER) for frame in stated], how="vertical_relaxed")
    answers = told.select(*_ANSWER).unique()
    answers = answers.sort(*_ANSWER[:5], pl.col("genes").cast(pl.List(pl.String)).list.join(","), nulls_last=True)
    answers = answers.with_row_index("answer")
    numbered = told.join(answers, on=_ANSWER, nulls_equal=True)
    # A symbol that has the shape of an accession was asked under both, with one answer.
    numbered = numbered.sort("prefix", descending=True).unique(["text", "variant"], keep="first")
    texts = numbered.pivot("variant", index=["text", "prefix"], values="answer").sort("prefix", "text")
    texts = texts.select("text", pl.col("prefix").cast(_PREFIXES), *VARIANTS)
    return texts, answers.drop("answer")


def _resolved(found: pl.DataFrame) -> pl.DataFrame:
    """Return the answers to texts that lead to one gene."""
    return found.select(
        "text",
        "prefix",
        "kind",
        "matched_as",
        outcome=pl.lit(Outcome.RESOLVED.value),
        reason=pl.lit(""),
        retired_from=pl.lit(""),
        genes=pl.concat_list("gene"),
    )


def _elsewhere(found: pl.DataFrame) -> pl.DataFrame:
    """Return the answers to texts that lead to genes of the other species alone."""
    return found.select("text", "prefix", **_no_gene(Outcome.NOT_FOUND, Reason.WRONG_SPECIES, pl.lit("")))


def _no_gene(outcome: Outcome, reason: Reason, retired_from: pl.Expr) -> dict[str, pl.Expr]:
    return {
        "outcome": pl.lit(outcome.value),
        "reason": pl.lit(reason.value),
        "kind": pl.lit(None, dtype=pl.String),
        "matched_as": pl.lit(None, dtype=pl.String),
        "retired_from": retired_from,
        "genes": pl.lit([], dtype=pl.List(pl.UInt32)),
    }


def _plain_identifiers(rows: Rows) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the identifiers that lie on one gene and name nothing else, and the texts of all others.

    The condition is that of `resolver.resolve.findings.find_plain_match`.
    """
    names = rows[tables.Name].select(pl.col("folded").unique())
    identifiers = (
        rows[tables.Identifier]
        .filter(pl.col("prefix").is_in(_PLAIN_PREFIXES))
        .with_columns(
            alone=pl.len().over("prefix", "accession") == 1,
            text=_TEXT,
            folded=pl.when(pl.col("prefix") == "uniprot").then(pl.col("accession").str.to_lowercase()),
        )
    )
    is_named = pl.col("folded").is_in(names["folded"].implode()).fill_null(value=False)
    is_plain = (
        pl.col("alone")
        & (pl.col("place") == 0)
        & ~pl.col("relation").is_in([Level.GROUP.value, Level.PHENOTYPE.value])
        & ~is_named
    )
    plain = identifiers.filter(is_plain).select(
        "text",
        "prefix",
        kind=pl.lit(MatchKind.IDENTIFIER.value),
        matched_as=pl.lit(None, dtype=pl.String),
        gene=pl.col("gene_id").cast(pl.UInt32),
    )
    return plain, identifiers.filter(~is_plain).select("text", "prefix").unique()


def _spellings(names: pl.DataFrame) -> pl.DataFrame:
    """Return (folded, text, plain): symbols and aliases as they are spelled, and whether they can be nothing else."""
    spelled = (
        names.filter(pl.col("kind").is_in(_NAMED))
        .select("folded", text=pl.concat_list("text", pl.col("spellings").str.split("\n")))
        .explode("text")
        .filter((pl.col("text") != "") & (pl.col("text").str.strip_chars() == pl.col("text")))
        .unique()
    )
    is_text = pl.col("text").map_elements(_is_only_text, return_dtype=pl.Boolean)
    return spelled.with_columns(plain=is_text, prefix=pl.lit(SYMBOL.prefix))


def _plain_names(
    spellings: pl.DataFrame, names: pl.DataFrame, taxon: int | None
) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    """Return the answers to spellings of one gene, or of none, of the species, and the spellings of several."""
    ours = names if taxon is None else names.filter(pl.col("taxon") == taxon)
    best = (
        ours.with_columns(number=pl.col("gene_id").n_unique().over("folded"))
        .sort("folded", "ladder")
        .unique("folded", keep="first", maintain_order=True)
        .select("folded", "number", "kind", "spellings", said="text", gene=pl.col("gene_id").cast(pl.UInt32))
    )
    found = spellings.join(best, on="folded", how="left")
    spelled_so = (pl.col("said") == pl.col("text")) | pl.col("spellings").str.split("\n").list.contains(pl.col("text"))
    said = pl.when(~spelled_so).then(pl.col("kind") + " " + pl.col("said"))
    is_alone = pl.col("plain") & (pl.col("number") == 1)
    is_elsewhere = pl.col("plain") & pl.col("number").is_null()
    alone = found.filter(is_alone).with_columns(matched_as=said)
    others = found.filter(~(is_alone | is_elsewhere)).select("text", "prefix")
    return [_resolved(alone), _elsewhere(found.filter(is_elsewhere))], others


def _uniprot_shaped(names: pl.DataFrame) -> pl.DataFrame:
    """Return the names that have the shape of a UniProt accession in capitals, so that each such text has an answer."""
    shape = BY_PREFIX["uniprot"].forms[0].pattern
    shaped = names.select(text=pl.col("folded").str.to_uppercase(), prefix=pl.lit("uniprot")).unique()
    return shaped.filter(pl.col("text").str.contains(f"^(?:{shape})$"))


def _is_only_text(spelling: str) -> bool:
    """Tell whether a spelling is read as a symbol or name alone, under the folding that it is stored under."""
    if not spelling.isascii():
        return False
    readings = recognize(spelling).readings
    if len(readings) != 1 or not readings[0].is_text or readings[0].is_withdrawn:
        return False
    return fold_name(readings[0].identifier.accession) == fold_name(spelling) and not readings[0].notes


def _plain_retirements(rows: Rows) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the identifiers that were retired without an heir, and the texts of those that have one."""
    retirements = rows[tables.Retirement].with_columns(
        prefix=pl.col("retired").str.split(":").list.first(),
        accession=pl.col("retired").str.replace("^[^:]*:", ""),
        ends=(pl.col("successor") == "").all().over("retired"),
    )
    placed = rows[tables.Identifier].select("prefix", "accession").unique()
    gone = retirements.join(placed, on=["prefix", "accession"], how="anti").with_columns(text=_TEXT)
    ended = _no_gene(Outcome.RETIRED, Reason.RETIRED_NO_SUCCESSOR, pl.col("retired"))
    plain = gone.filter("ends").select("text", "prefix", **ended)
    return plain.unique(), gone.filter(~pl.col("ends")).select("text", "prefix").unique()


def _ask(asked: pl.DataFrame, resolver: Resolver) -> pl.DataFrame:
    """Return what the resolver answers to each text in a variant."""
    options = {variant: DEFAULT if taxon is None else Options(species=taxon) for variant, taxon in _TAXA.items()}
    columns: list[list[object]] = [[], [], [], [], []]
    for text, variant in asked.select("text", "variant").iter_rows():
        cells = describe_answer(resolver.answer(recognize(text), options[variant], offer=False))
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    told = [
        pl.Series(name, column, dtype=pl.List(pl.UInt32) if name == "genes" else pl.String)
        for name, column in zip(Cells._fields, columns, strict=True)
    ]
    return asked.with_columns(*told, kind=pl.lit(None, dtype=pl.String))

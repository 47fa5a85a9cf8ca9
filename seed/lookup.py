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

from resolver.genes.ranking import MATCH_TIERS, NAME_KINDS, MatchKind
from resolver.identifiers.model import Level
from resolver.identifiers.names import fold_name
from resolver.identifiers.namespaces import BY_PREFIX, NAMESPACES, NUMBERED, SYMBOL, XREF_GROUPS
from resolver.identifiers.recognize import recognize
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.resolve.options import DEFAULT, Options
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.resolver import Resolver
from resolver.resolve.table import UNIT, VARIANTS, Cells, describe_answer
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
        frame.write_parquet(path, compression="zstd", row_group_size=131_072)
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
    return listed.sort("prefix", "gene_id", "rank").select(
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
    plain, doubtful = _plain_identifiers(rows)
    located = plain.join(taxa, on="gene")
    retired, followed = _plain_retirements(rows)
    named, ambiguous = _plain_names(rows[tables.Name])
    shaped = _uniprot_shaped(rows[tables.Name])
    identifiers = pl.concat([doubtful, followed]).unique().sort("prefix", "text")
    is_sure = pl.col("prefix") != "uniprot"
    followed_up, twice = _in_each_species(_ask(identifiers.filter(is_sure), VARIANTS[0], resolver), taxa)
    stated = [named, followed_up]
    for variant, taxon in _TAXA.items():
        fits = pl.lit(value=True) if taxon is None else pl.col("taxon") == taxon
        known = [_resolved(located.filter(fits)), _elsewhere(located.filter(~fits)), retired]
        stated += [frame.with_columns(variant=pl.lit(variant)) for frame in known]
        asked = [identifiers.filter(~is_sure), shaped, ambiguous.filter(pl.col("variant") == variant)]
        asked += [] if taxon is None else [twice]
        texts = pl.concat([frame.select("text", "prefix") for frame in asked]).unique().sort("prefix", "text")
        stated.append(_ask(texts, variant, resolver))
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
    """Return the identifiers that lie on one gene and name nothing else, and the texts of all others."""
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


def _in_each_species(answered: pl.DataFrame, taxa: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the answers to identifiers in every variant, made of those with both species, and the texts to ask again.

    An identifier has one interpretation, so that a species leaves its one gene or takes it away; where it has several,
    what is left has to be judged again.
    """
    number = pl.col("genes").list.len()
    single = answered.filter(number == 1).with_columns(gene=pl.col("genes").list.first()).join(taxa, on="gene")
    parts = [answered]
    for variant, taxon in _TAXA.items():
        if taxon is not None:
            same = pl.concat([answered.filter(number == 0), single.filter(pl.col("taxon") == taxon)], how="diagonal")
            lost = _elsewhere(single.filter(pl.col("taxon") != taxon))
            parts += [frame.with_columns(variant=pl.lit(variant)) for frame in (same, lost)]
    columns = ("text", "prefix", "variant", *_ANSWER)
    return pl.concat([part.select(columns) for part in parts], how="vertical_relaxed"), answered.filter(number > 1)


def _plain_names(names: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the answers to spellings in each variant, as far as they are plain, and (text, prefix, variant) to ask.

    Plain is a spelling that can be nothing but a name, and names at most one gene of each species. The better kind of
    name wins; two approved symbols are both the answer; two weaker names of a kind are left to the resolver.
    """
    spellings = _spellings(names)
    human, mouse = (_spelled(spellings, names.filter(pl.col("taxon") == taxon)) for taxon in (HUMAN, MOUSE))
    told, asked = [], []
    for variant, found in (("human", human), ("mouse", mouse)):
        is_alone, is_elsewhere = pl.col("number") == 1, pl.col("number").is_null()
        parts = [_resolved(found.filter("plain", is_alone)), _elsewhere(found.filter("plain", is_elsewhere))]
        told += [part.with_columns(variant=pl.lit(variant)) for part in parts]
        rest = found.filter(~(pl.col("plain") & (is_alone | is_elsewhere)))
        asked.append(rest.select("text", "prefix", variant=pl.lit(variant)))
    both = human.join(mouse, on=["folded", "text", "prefix", "plain"], suffix="_mouse")
    at_most_one = (pl.col("number").fill_null(1) == 1) & (pl.col("number_mouse").fill_null(1) == 1)
    rung, rung_mouse = pl.col("ladder").fill_null(99), pl.col("ladder_mouse").fill_null(99)
    is_plain, is_pair = pl.col("plain") & at_most_one, (rung == rung_mouse) & (rung == MATCH_TIERS[MatchKind.SYMBOL])
    columns = ("gene", "kind", "matched_as")
    parts = [
        _resolved(both.filter(is_plain & (rung < rung_mouse))),
        _resolved(
            both.filter(is_plain & (rung > rung_mouse)).with_columns(
                pl.col(f"{name}_mouse").alias(name) for name in columns
            )
        ),
        _pairs(both.filter(is_plain & is_pair)),
    ]
    told += [part.with_columns(variant=pl.lit("both")) for part in parts]
    rest = both.filter(~(is_plain & ((rung != rung_mouse) | is_pair)))
    asked.append(rest.select("text", "prefix", variant=pl.lit("both")))
    wanted = ("text", "prefix", "variant", *_ANSWER)
    return pl.concat([part.select(wanted) for part in told], how="vertical_relaxed"), pl.concat(asked)


def _spelled(spellings: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return the spellings with what they name in one species: how many genes, and the best name of them."""
    best = (
        names.with_columns(number=pl.col("gene_id").n_unique().over("folded"))
        .sort("folded", "ladder")
        .unique("folded", keep="first", maintain_order=True)
        .select("folded", "number", "ladder", "kind", "spellings", said="text", gene=pl.col("gene_id").cast(pl.UInt32))
    )
    found = spellings.join(best, on="folded", how="left")
    is_so = (pl.col("said") == pl.col("text")) | pl.col("spellings").str.split("\n").list.contains(pl.col("text"))
    said = pl.when(~is_so).then(pl.col("kind") + " " + pl.col("said"))
    return found.with_columns(matched_as=said, is_so=is_so)


def _pairs(both: pl.DataFrame) -> pl.DataFrame:
    """Return the answers to approved symbols of a gene of each species: the one spelled so first, then human."""
    symbol = f"{MatchKind.SYMBOL.value} "
    human = symbol + pl.when("is_so").then("text").otherwise("said")
    mouse = symbol + pl.when("is_so_mouse").then("text").otherwise("said_mouse")
    mouse_first = pl.col("is_so_mouse") & ~pl.col("is_so")
    matched = pl.when(human == mouse).then(human).when(mouse_first).then(mouse + UNIT + human)
    return both.select(
        "text",
        "prefix",
        outcome=pl.lit(Outcome.RESOLVED.value),
        reason=pl.lit(""),
        kind=pl.lit(None, dtype=pl.String),
        matched_as=matched.otherwise(human + UNIT + mouse),
        retired_from=pl.lit(""),
        genes=pl.when(mouse_first)
        .then(pl.concat_list("gene_mouse", "gene"))
        .otherwise(pl.concat_list("gene", "gene_mouse")),
    )


def _uniprot_shaped(names: pl.DataFrame) -> pl.DataFrame:
    """Return the names that have the shape of a UniProt accession in capitals, so that each such text has an answer."""
    shape = BY_PREFIX["uniprot"].forms[0].pattern
    shaped = names.select(text=pl.col("folded").str.to_uppercase(), prefix=pl.lit("uniprot")).unique()
    return shaped.filter(pl.col("text").str.contains(f"^(?:{shape})$"))


def _is_only_text(spelling: str) -> bool:
    """Tell whether a spelling is read as a symbol or name alone, under the folding that it is stored under."""
    if not spelling.isascii():
        return False
    interpretations = recognize(spelling).interpretations
    if len(interpretations) != 1 or not interpretations[0].is_text or interpretations[0].is_withdrawn:
        return False
    return fold_name(interpretations[0].identifier.accession) == fold_name(spelling) and not interpretations[0].notes


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


def _ask(asked: pl.DataFrame, variant: str, resolver: Resolver) -> pl.DataFrame:
    """Return what the resolver answers to each text in a variant."""
    taxon = _TAXA[variant]
    options = DEFAULT if taxon is None else Options(species=taxon)
    columns: list[list[object]] = [[], [], [], [], []]
    for text in asked["text"]:
        cells = describe_answer(resolver.answer(recognize(text), options, with_suggestions=False))
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    told = [
        pl.Series(name, column, dtype=pl.List(pl.UInt32) if name == "genes" else pl.String)
        for name, column in zip(Cells._fields, columns, strict=True)
    ]
    nothing = pl.lit(None, dtype=pl.String)
    return asked.select("text", "prefix", *told, variant=pl.lit(variant), kind=nothing)

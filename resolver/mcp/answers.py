"""Shorten the objects that every interface shows to the shapes of the tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..convert.targets import list_target_names, read_targets
from ..errors import BadOption
from . import shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from ..convert.targets import Target
    from ..resolve.resolver import Resolver

DEFAULT_TARGETS = ("ncbigene", "ensembl", "hgnc", "mgi", "uniprot", "omim")
# Identifiers of one gene in one namespace; a few genes have hundreds of transcripts.
MOST_IDENTIFIERS = 60
MOST_STEPS = 50
_ALL = "all"


def choose_targets(wanted: Sequence[str] | None) -> tuple[Target, ...]:
    """Return the namespaces that were requested, each at its levels; `all` is every namespace at every level.

    Raises UnknownNamespace for another word.
    """
    words = [word for text in wanted or DEFAULT_TARGETS for word in text.split(",")]
    if _ALL in {word.strip().lower() for word in words}:
        names = list_target_names()
        # Of a namespace with levels, the levels: `ensembl` alone is its genes.
        words = [name for name in names if not any(other.startswith(f"{name}.") for other in names)]
    targets = tuple(target for target in read_targets(words) if target.prefix is not None)
    if not targets:
        raise BadOption(
            "`to` names no namespace", hint=f"Choose from {', '.join(list_target_names())}; symbols always come."
        )
    return targets


def describe_release(resolver: Resolver) -> shapes.ReleaseId:
    """Return the id and title of the release."""
    return shapes.ReleaseId(id=resolver.release.id, title=resolver.release.title)


def shorten_answer(shown: dict[str, Any], targets: Sequence[Target]) -> shapes.Answer:
    """Return the answer that REST shows as `shown`, with the identifiers of these namespaces."""
    genes = shown["genes"] if shown["converted"] is None else shown["converted"]
    return shapes.Answer(
        query=shown["query"],
        outcome=shown["outcome"],
        reason=shown["reason"],
        hint=shown["hint"],
        genes=[_shorten_gene(gene, targets) for gene in genes],
        also=[shapes.ShortGene(**_pick(gene, shapes.ShortGene)) for gene in shown["also"]],
        suggestions=list_suggestions(shown),
    )


def list_suggestions(shown: dict[str, Any]) -> list[shapes.Suggestion]:
    """Return the suggestions of an answer; an object without any has none."""
    return [shapes.Suggestion(**_pick(one, shapes.Suggestion)) for one in shown.get("suggestions", ())]


def _shorten_gene(gene: dict[str, Any], targets: Sequence[Target]) -> shapes.Gene:
    identifiers: dict[str, list[str]] = {}
    not_shown: dict[str, int] = {}
    for target in targets:
        listed = gene["xrefs"].get(target.prefix, ())
        found = [one["identifier"] for one in listed if not target.levels or one.get("level") in target.levels]
        if found:
            identifiers[target.name] = found[:MOST_IDENTIFIERS]
        if len(found) > MOST_IDENTIFIERS:
            not_shown[target.name] = len(found) - MOST_IDENTIFIERS
    matched_as, notes = _describe_match(gene)
    return shapes.Gene(
        **_pick(gene, shapes.ShortGene),
        name=gene["name"],
        gene_type=gene["gene_type"],
        matched_as=matched_as,
        notes=notes,
        identifiers=identifiers,
        not_shown=not_shown,
        orthologs=[shapes.Ortholog(**_pick(one, shapes.Ortholog)) for one in gene.get("orthologs", ())],
    )


def _describe_match(gene: dict[str, Any]) -> tuple[str, list[str]]:
    if "via" in gene:
        via = gene["via"]
        return " ".join(filter(None, (via["how"], "of", via["symbol"], via["gene"], via["cardinality"]))), []
    matched = gene["matched_as"]
    notes = list(matched["notes"])
    if matched["version_status"] in {"older", "newer"}:
        known, requested = matched["version_known"], matched["version_requested"]
        notes.append(f"version {requested} was requested; the release knows version {known}")
    return f"{matched['kind']} {matched['value']}", notes


def shorten_orthologs(shown: dict[str, Any], release: shapes.ReleaseId) -> shapes.Orthologs:
    """Return what `GET /orthologs` shows, or the answer of a miss."""
    is_miss = shown["outcome"] in {"not_found", "unrecognized"}
    return shapes.Orthologs(
        query=shown["query"],
        outcome=shown["outcome"],
        reason=shown["reason"],
        hint=shown["hint"],
        genes=[
            shapes.GeneWithOrthologs(
                **_pick(gene, shapes.ShortGene),
                name=gene["name"],
                orthologs=[shapes.PairedOrtholog(**_pick(one, shapes.PairedOrtholog)) for one in gene["orthologs"]],
            )
            for gene in ([] if is_miss else shown["genes"])
        ],
        suggestions=list_suggestions(shown),
        release=release,
    )


def shorten_past(shown: dict[str, Any], release: shapes.ReleaseId) -> shapes.Past:
    """Return what `GET /history` shows, or the answer of a miss."""
    records = [
        shapes.Record(**{**_pick(one, shapes.Record), "retired_identifiers": one["retired_identifiers"][:MOST_STEPS]})
        for one in shown.get("records", ())
    ]
    return shapes.Past(
        query=shown["query"],
        state=shown.get("state", "unknown"),
        hint=shown["hint"],
        records=records,
        suggestions=list_suggestions(shown),
        release=release,
    )


def shorten_check(shown: dict[str, Any]) -> shapes.Checked:
    """Return what `POST /check` shows for one query."""
    findings = []
    for one in shown["findings"]:
        evidence = one["evidence"] or {}
        seen = {"url": evidence.get("url"), "seen_at": evidence.get("seen_at")}
        findings.append(shapes.Finding(**{**_pick(one, shapes.Finding), **seen}))
    return shapes.Checked(**{**_pick(shown, shapes.Checked), "findings": findings})


def _pick(shown: dict[str, Any], shape: type[BaseModel]) -> dict[str, Any]:
    """Return the members of an object that a shape has."""
    return {name: shown[name] for name in shape.model_fields if name in shown}

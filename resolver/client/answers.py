"""The answer of a service to one query, with the attributes of `resolver.Answer`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ..genes.marks import Mark
from ..genes.model import GeneRecord, OrthologLink, RetirementRecord
from ..genes.ranking import MatchKind
from ..genes.verdicts import Verdict
from ..identifiers.brief import one_line
from ..identifiers.species import SPECIES
from ..resolve.outcome import ConvertedGene, DamageReport, MatchedAs, Outcome, Reason, Suggestion

if TYPE_CHECKING:
    from collections.abc import Callable

# What makes an answer a problem; the other members are those of the answer.
_OF_PROBLEM = ("type", "title", "status", "detail", "code", "instance")
_UNKNOWN = 0  # the number of a gene in its release, which an answer does not show


class MatchedGene(NamedTuple):
    """A gene, how the query matched it, and its orthologs; `document` is all that the answer shows of it."""

    gene: GeneRecord
    matched_as: MatchedAs
    orthologs: tuple[OrthologLink, ...]
    document: dict[str, Any]

    def __repr__(self) -> str:
        return one_line(self, _name(self.gene), "by", self.matched_as.kind, self.matched_as.value)


class ReleaseName(NamedTuple):
    """The release that answered."""

    id: str
    title: str


class ClientAnswer:
    """The answer of a service to one query.

    A member that `fields` left out raises AttributeError.
    """

    def __init__(self, shown: dict[str, Any]) -> None:
        self._shown = shown

    def __repr__(self) -> str:
        genes = self._shown.get("genes", ()) if self._shown.get("converted") is None else self._shown["converted"]
        named = ", ".join(str(gene.get("symbol", gene.get("curie"))) for gene in genes[:4])
        query = repr(str(self._shown.get("query", ""))[:60])
        return one_line(self, query, self._shown.get("outcome"), self._shown.get("reason"), named)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClientAnswer) and self._shown == other._shown

    __hash__ = None  # type: ignore[assignment]  # it wraps a dictionary

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the JSON object of the REST service."""
        return self._shown

    @property
    def query(self) -> str:
        """The query as it was sent."""
        return str(self._get("query"))

    @property
    def outcome(self) -> Outcome:
        """The outcome."""
        return Outcome(self._get("outcome"))

    @property
    def reason(self) -> Reason | None:
        """Why the outcome is not simply `resolved`."""
        return _or_none(Reason, self._get("reason"))

    @property
    def hint(self) -> str | None:
        """What to do next."""
        hint: str | None = self._get("hint")
        return hint

    @cached_property
    def genes(self) -> tuple[MatchedGene, ...]:
        """The genes that the query matches."""
        return tuple(_read_match(gene) for gene in self._get("genes"))

    @cached_property
    def other_matches(self) -> tuple[MatchedGene, ...]:
        """The genes that the query matches in a weaker tier."""
        return tuple(_read_match(gene) for gene in self._get("other_matches"))

    @cached_property
    def related(self) -> tuple[MatchedGene, ...]:
        """The genes that the query is linked to without matching them."""
        return tuple(_read_match(gene) for gene in self._get("related"))

    @cached_property
    def converted(self) -> tuple[ConvertedGene, ...] | None:
        """The genes of the species that was requested with `to_species`; None if none was."""
        listed = self._get("converted")
        return None if listed is None else tuple(self._read_converted(gene) for gene in listed)

    @cached_property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """What a miss may have meant; it is never applied automatically."""
        return tuple(Suggestion(one["identifier"], _read_gene(one), one["why"]) for one in self._get("suggestions"))

    @property
    def damage(self) -> DamageReport | None:
        """What a spreadsheet did to the query."""
        damage = self._get("damage")
        return None if damage is None else DamageReport(damage["kind"], damage["explanation"], damage["repaired"])

    @cached_property
    def history(self) -> tuple[RetirementRecord, ...]:
        """The steps from a retired identifier to its successors."""
        return tuple(RetirementRecord(**{**step, "sources": tuple(step["sources"])}) for step in self._get("history"))

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """The stale identifiers among the one that was queried and the xrefs of its genes."""
        return tuple(
            Mark(one["curie"], Verdict(one["verdict"]), tuple(one["successors"]), one["since"], one["source"])
            for one in self._get("marks")
        )

    @property
    def release(self) -> ReleaseName:
        """The release that the answer comes from."""
        return ReleaseName(**self._get("release"))

    @property
    def has_several_genes(self) -> bool:
        """Whether several genes are left: of the species that the answer was converted to, if it was."""
        listed = self._get("converted") if self._shown.get("converted") is not None else self._get("genes")
        return len(listed) > 1

    def _get(self, member: str) -> Any:  # noqa: ANN401  (members of an answer have any type)
        try:
            return self._shown[member]
        except KeyError:
            raise AttributeError(f"the answer has no {member}: add it to fields, or request all fields") from None

    def _read_converted(self, shown: dict[str, Any]) -> ConvertedGene:
        gene, via = _read_gene(shown), shown["via"]
        of = next((one.gene for one in self.genes if one.gene.curie == via["gene"]), None)
        link = None
        if via["how"] == "ortholog":
            link = OrthologLink(gene, via["cardinality"], via["support"], tuple(via["sources"]))
        return ConvertedGene(gene, GeneRecord(_UNKNOWN, 0, via["gene"], via["symbol"]) if of is None else of, link)


def read_answer(shown: dict[str, Any]) -> ClientAnswer:
    """Return an answer from its JSON object, or from the problem that a miss is."""
    return ClientAnswer(strip_problem(shown))


def strip_problem(shown: dict[str, Any]) -> dict[str, Any]:
    """Return the members of an answer, without those that make it a problem."""
    if "status" not in shown:
        return shown
    return {name: value for name, value in shown.items() if name not in _OF_PROBLEM}


def _read_gene(shown: dict[str, Any]) -> GeneRecord:
    return GeneRecord(_UNKNOWN, shown.get("taxon", 0), shown.get("curie", ""), shown.get("symbol", ""))


def _read_match(shown: dict[str, Any]) -> MatchedGene:
    matched = shown.get("matched_as", {})
    matched_as = MatchedAs(
        MatchKind(matched.get("kind", MatchKind.IDENTIFIER)),
        matched.get("value", ""),
        matched.get("level"),
        matched.get("version_requested"),
        matched.get("version_known"),
        matched.get("case_corrected", False),
        tuple(matched.get("notes", ())),
    )
    orthologs = tuple(
        OrthologLink(_read_gene(one), one["cardinality"], one["support"], tuple(one["sources"]))
        for one in shown.get("orthologs", ())
    )
    return MatchedGene(_read_gene(shown), matched_as, orthologs, shown)


def _or_none(make: Callable[[Any], Reason], value: Any) -> Reason | None:  # noqa: ANN401
    return None if value is None else make(value)


def _name(gene: GeneRecord) -> str:
    species = SPECIES.get(gene.taxon)
    return f"{gene.symbol} ({'' if species is None else species.name + ', '}{gene.curie})"

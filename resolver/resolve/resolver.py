"""The one function behind every door: text in, answer out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

import orjson

from ..errors import SeveralGenes
from ..genes.marks import NO_MARKS
from ..genes.ranking import MATCH_TIERS, MatchKind
from ..identifiers.damage import DamageKind, find_damage
from ..identifiers.names import make_encodable
from ..identifiers.namespaces import NUMBERED
from ..identifiers.recognize import recognize
from ..identifiers.species import SPECIES
from .findings import find_matches, find_plain_match
from .many import Answers
from .misses import describe_damage, explain_miss
from .options import DEFAULT, OnMany, Options, as_text, read_options, require_many, require_one
from .outcome import (
    Answer,
    ConvertedGene,
    DamageReport,
    GeneAnswer,
    MatchedGene,
    Outcome,
    Reason,
    VersionStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..genes.marks import Marks
    from ..identifiers.model import Recognition
    from ..store.gene_reader import GeneReader
    from ..store.release import Release
    from .findings import Findings
    from .options import Stated


class Resolver:
    """Resolves texts against one release; safe to share between threads.

    `marks` tell which identifiers are stale by now; whoever follows the ledger sets others.
    """

    def __init__(self, reader: GeneReader, marks: Marks = NO_MARKS) -> None:
        self.reader = reader
        self.marks = marks

    @property
    def release(self) -> Release:
        """The release that answers."""
        return self.reader.release

    def resolve(self, text: object, options: Options = DEFAULT, **stated: Unpack[Stated]) -> Answer:
        """Return the answer to one text: identifier of any namespace, symbol or name. A number is read as its digits.

        What is `stated` goes on top of `options`: `species="mouse"`, `namespace="omim"`, `to_species="human"`,
        `on_many="first"` … (`resolver.resolve.options` lists them). Never raises for what the text is, but SeveralGenes
        where `on_many="error"` is asked; UnknownSpecies, UnknownNamespace and BadOption for what is stated;
        TypeError for a list.
        """
        if stated:
            options = read_options(stated, options)
        if not isinstance(text, str):
            require_one(text)
            text = as_text(text)
        return self.answer(recognize(make_encodable(text), options.namespaces), options)

    def resolve_many(
        self, questions: Iterable[object], options: Options = DEFAULT, **stated: Unpack[Stated]
    ) -> Answers:
        """Return an iterator of answers, one for each question, in order, duplicates too: what `resolve` gives.

        But for two things: a bare number is read as what most of the list's numbers are, where these tell, and says so;
        and with `on_many="explode"` a text that leads to several genes has an answer for each of them. The iterator
        counts outcomes and reasons as it goes. Memory grows with the texts, not with the answers.
        Raises TypeError for a single text.
        """
        require_many(questions)
        return Answers(self, questions, read_options(stated, options) if stated else options)

    def search(self, text: str, *, species: str | int | None = None, limit: int = 20) -> dict[str, Any]:
        """Return the genes that have a symbol or name that begins with `text`: the object of `GET /search`.

        Raises BadOption where `text` is empty or `limit` is not from 1 to 100, and UnknownSpecies.
        """
        from .search import describe_found, search

        options = read_options({"species": species})
        return _plain(describe_found(search(self.reader, text, taxon=options.species, limit=limit), self.reader))

    def gene(self, curie: str) -> dict[str, Any]:
        """Return the document of the gene with this CURIE: the object of `GET /gene`; of a miss, that of its answer."""
        from .look import describe_document, find_document

        return _plain(describe_document(find_document(self, curie)))

    def history(self, text: str, *, namespace: str | None = None) -> dict[str, Any]:
        """Return the past of an identifier or symbol: the object of `GET /history`; of a miss, that of its answer."""
        from .past import describe_past, look_back

        return _plain(describe_past(look_back(self, text, read_options({"from": namespace}))))

    def orthologs(self, text: str, *, species: str | int | None = None, namespace: str | None = None) -> dict[str, Any]:
        """Return genes with their orthologs: the object of `GET /orthologs`; of a miss, that of its answer.

        `species` is that of the gene, not of the ortholog.
        """
        from .pairs import describe_pairs, find_pairs

        return _plain(describe_pairs(find_pairs(self, text, read_options({"from": namespace, "species": species}))))

    def links(
        self,
        text: str,
        *,
        to: str | list[str] | None = None,
        species: str | int | None = None,
        namespace: str | None = None,
    ) -> dict[str, Any]:
        """Return the page of a gene at its source as `url`, and the `choices`: the object of `resolver go --json`.

        `to` names the namespaces whose page is wanted, best first; without it the page is that of the gene's own CURIE.
        """
        from .look import describe_destination, find_destination

        options = read_options({"from": namespace, "species": species, "to": to})
        return _plain(describe_destination(find_destination(self, text, options)))

    def answer(self, recognition: Recognition, options: Options, *, offer: bool = True) -> Answer:
        """Return the answer to a text that is recognized already; without `offer` a miss comes without suggestions."""
        if options is DEFAULT and (plain := find_plain_match(recognition.interpretations, self.reader)) is not None:
            return Answer(
                recognition.text,
                recognition.interpretations,
                Outcome.RESOLVED,
                self.reader,
                genes=(plain,),
                known_marks=self.marks,
            )
        findings = find_matches(recognition.interpretations, self.reader)
        if not findings.matches:
            return self._miss(recognition, options, findings, offer=offer)
        genes = findings.select(recognition.interpretations)
        species = options.species
        if species is not None:
            elsewhere, genes = genes, [found for found in genes if found.gene.taxon == species]
            if not genes:
                return self._wrong_species(recognition, options, elsewhere, findings)
        top = genes if len(genes) == 1 else _on_top_rung(genes)
        outcome, reason = _judge(top, findings)
        others = [] if len(genes) == len(top) else [found for found in genes if found not in top]
        if findings.weaker:
            weaker = findings.list_weaker()
            others = others + [found for found in weaker if species is None or found.gene.taxon == species]
        answer = Answer(
            recognition.text,
            recognition.interpretations,
            outcome,
            self.reader,
            reason,
            _describe_choice(top, outcome, reason, others, findings),
            tuple([GeneAnswer(found.gene, found.matched_as, self.reader) for found in top]),
            tuple(others),
            findings.list_related() if findings.related else (),
            tuple(findings.history),
            options=options,
            known_marks=self.marks,
        )
        if len(recognition.interpretations) > 1 and recognition.interpretations[0].identifier.prefix in NUMBERED:
            answer = self._with_date(answer, recognition)
        if options.to_species is not None:
            answer = self._convert(answer, options.to_species)
        return _apply_policy(answer, options.on_many) if is_many(answer) else answer

    def _miss(self, recognition: Recognition, options: Options, findings: Findings, *, offer: bool) -> Answer:
        damage = None if findings.history or findings.related else find_damage(recognition.text)
        report = None
        if damage is not None and damage.lossless:
            repaired = recognize(damage.spellings[0], options.namespaces)
            note = f"read as {damage.spellings[0]}: {damage.explanation}"
            interpretations = tuple(
                interpretation._replace(notes=(note, *interpretation.notes))
                for interpretation in repaired.interpretations
            )
            read_as = repaired._replace(text=recognition.text, interpretations=interpretations)
            recognition, findings = read_as, find_matches(interpretations, self.reader)
            report = DamageReport(damage.kind.value, damage.explanation, damage.spellings[0])
            if findings.matches:
                return self.answer(recognition, options)._replace(damage=report)
        miss = explain_miss(recognition, findings, self.reader, offer=offer, is_free=not options.namespaces)
        return Answer(
            query=recognition.text,
            interpretations=recognition.interpretations,
            outcome=miss.outcome,
            reason=miss.reason,
            hint=miss.hint,
            related=findings.list_related(),
            history=tuple(findings.history),
            suggestions=miss.suggestions,
            damage=miss.damage or report,
            converted=() if options.to_species is not None else None,
            options=options,
            reader=self.reader,
            known_marks=self.marks,
        )

    def _wrong_species(
        self, recognition: Recognition, options: Options, genes: list[MatchedGene], findings: Findings
    ) -> Answer:
        asked = SPECIES[options.species or 0].name
        named = ", ".join(f"{found.gene.symbol} ({SPECIES[found.gene.taxon].name})" for found in genes[:3])
        hint = f"It names {named}, not a {asked} gene. Ask with to_species={asked} for its ortholog."
        return Answer(
            query=recognition.text,
            interpretations=recognition.interpretations,
            outcome=Outcome.NOT_FOUND,
            reason=Reason.WRONG_SPECIES,
            hint=hint,
            other_matches=tuple(found for found in findings.list_weaker() if found.gene.taxon == options.species),
            related=tuple(genes),
            history=tuple(findings.history),
            converted=() if options.to_species is not None else None,
            options=options,
            reader=self.reader,
            known_marks=self.marks,
        )

    def _with_date(self, answer: Answer, recognition: Recognition) -> Answer:
        """Tell of a bare number that it may also be what a spreadsheet made of a symbol."""
        damage = find_damage(recognition.text)
        if damage is None or damage.kind is not DamageKind.DATE_SERIAL:
            return answer
        report, suggestions = describe_damage(recognition.text, damage, self.reader)
        if not suggestions:
            return answer
        hint = f"{answer.hint or ''} {report.explanation}".strip()
        return answer._replace(damage=report, suggestions=suggestions, hint=hint)

    def _convert(self, answer: Answer, taxon: int) -> Answer:
        """Add the genes of one species: those of the answer that are of it, and the orthologs of the others."""
        converted: dict[int, ConvertedGene] = {
            found.gene.id: ConvertedGene(found.gene, found.gene, None)
            for found in answer.genes
            if found.gene.taxon == taxon
        }
        for found in answer.genes:
            if found.gene.taxon != taxon:
                for link in found.orthologs:
                    converted.setdefault(link.gene.id, ConvertedGene(link.gene, found.gene, link))
        if converted:
            return answer._replace(converted=tuple(converted.values()))
        named = ", ".join(found.gene.symbol for found in answer.genes)
        hint = f"No source names a {SPECIES[taxon].name} ortholog of {named}; the gene itself is listed as related."
        return answer._replace(
            outcome=Outcome.NOT_FOUND,
            reason=Reason.NO_ORTHOLOG,
            hint=hint,
            genes=(),
            related=(*(MatchedGene(found.gene, found.matched_as) for found in answer.genes), *answer.related),
            converted=(),
        )


def _plain(described: dict[str, Any]) -> dict[str, Any]:
    """Return an object as JSON has it: lists for tuples, texts for the members of an enum."""
    decoded: dict[str, Any] = orjson.loads(orjson.dumps(described))
    return decoded


def _on_top_rung(genes: list[MatchedGene]) -> list[MatchedGene]:
    """Return the genes on the best rung; in each species those in the very capitals that were typed, if any are."""
    rung = MATCH_TIERS[genes[0].matched_as.kind]
    top = [found for found in genes if MATCH_TIERS[found.matched_as.kind] == rung]
    exact = {found.gene.taxon for found in top if not found.matched_as.case_corrected}
    return [found for found in top if not found.matched_as.case_corrected or found.gene.taxon not in exact]


def _judge(top: list[MatchedGene], findings: Findings) -> tuple[Outcome, Reason | None]:
    if len(top) == 1 and not findings.history:
        return Outcome.RESOLVED, None
    prefixes = {findings.interpretations_of[found.gene.id].identifier.prefix for found in top}
    is_retired = [found.gene.id in findings.roots for found in top]
    if len(prefixes) > 1 and MATCH_TIERS[top[0].matched_as.kind] == 0:
        return Outcome.AMBIGUOUS, Reason.SEVERAL_READINGS
    has_rivals = len({found.gene.taxon for found in top}) < len(top)
    if all(is_retired):
        # One identifier that was split has several successors, and its history says so; several records that had one symbol
        # are several interpretations of it.
        if has_rivals and len({findings.roots[found.gene.id] for found in top}) > 1:
            return Outcome.AMBIGUOUS, Reason.SEVERAL_GENES
        return Outcome.RETIRED, None
    if has_rivals or _are_strangers(top, findings):
        return Outcome.AMBIGUOUS, Reason.SEVERAL_GENES
    return Outcome.RESOLVED, None


def _are_strangers(top: list[MatchedGene], findings: Findings) -> bool:
    """Tell whether a weak name leads to a gene of each species, and the two are no orthologs: one of them is chance."""
    if len(top) != 2 or MATCH_TIERS[top[0].matched_as.kind] <= MATCH_TIERS[MatchKind.SYMBOL]:
        return False
    orthologs = findings.reader.find_orthologs(top[0].gene.id)
    return top[1].gene.id not in {link.gene.id for link in orthologs}


def _describe_choice(
    top: list[MatchedGene], outcome: Outcome, reason: Reason | None, others: list[MatchedGene], findings: Findings
) -> str | None:
    if reason is Reason.SEVERAL_READINGS:
        certain = " or ".join(dict.fromkeys(found.matched_as.value for found in top))
        return f"Several kinds of number fit; say which one is meant: {certain}."
    if outcome is Outcome.AMBIGUOUS:
        choices = ", ".join(f"{found.gene.symbol} ({found.gene.curie})" for found in top[:5])
        return f"{len(top)} genes answer to this; ask for one of them: {choices}."
    if outcome is Outcome.RETIRED:
        return f"Retired; use {', '.join(dict.fromkeys(found.matched_as.value for found in top))}."
    matched_as = top[0].matched_as
    if matched_as.version_asked is not None and matched_as.version_known is not None:
        asked, known = matched_as.version_asked, matched_as.version_known
        versions = f"Version {asked} was asked; this release knows version {known}"
        if matched_as.version_status is VersionStatus.OLDER:
            return f"{versions}, so that the one asked is outdated."
        if matched_as.version_status is VersionStatus.NEWER:
            return f"{versions}, which is older: publish a newer release."
    if findings.dead_ends:
        retired, now = ", ".join(findings.dead_ends), matched_as.value
        return f"Taken for {now}; {retired} had this number too, and was retired without a successor."
    if MATCH_TIERS[matched_as.kind] > MATCH_TIERS[MatchKind.SYMBOL]:
        notes = []
        if others:
            notes.append("Also a name of other genes: see other_matches.")
        if findings.reader.release.is_partial:
            notes.append(
                "This release holds a part of the genes: one outside of it may have a better claim to the name."
            )
        return " ".join(notes) or None
    return None


def is_many(answer: Answer) -> bool:
    """Tell whether an answer leads to several genes: of the species that it was converted to, where it was."""
    return len(answer.genes if answer.converted is None else answer.converted) > 1


def _apply_policy(answer: Answer, on_many: OnMany) -> Answer:
    """Do with several genes what was asked; what is left out stands in `other_matches`.

    Where the answer was converted to a species, the policy is about the genes of that species.
    """
    genes = answer.genes if answer.converted is None else answer.converted
    if on_many in {OnMany.LIST, OnMany.EXPLODE}:
        return answer
    if on_many is OnMany.ERROR:
        choices = ", ".join(f"{found.gene.symbol} ({found.gene.curie})" for found in genes[:5])
        hint = answer.hint or "Say which species is meant, or choose another policy with on_many."
        raise SeveralGenes(
            f"{answer.query[:80]!r} leads to {len(genes)} genes: {choices}",
            hint=hint,
            answer=answer._replace(hint=hint, options=replace(answer.options, fields=None)),
        )
    kept = 1 if on_many is OnMany.FIRST else 0
    if answer.converted is not None:
        return answer._replace(converted=answer.converted[:kept])
    left_out = tuple(MatchedGene(found.gene, found.matched_as) for found in answer.genes[kept:])
    return answer._replace(genes=answer.genes[:kept], other_matches=left_out + answer.other_matches)

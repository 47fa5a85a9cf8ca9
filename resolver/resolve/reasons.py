"""What each reason of a miss means, and what to do about it: in words, for reports and pages, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .outcome import Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


class Advice(NamedTuple):
    """What a reason, or an outcome, means, and the next step."""

    meaning: str
    next_step: str


ADVICE: Mapping[Reason, Advice] = {
    Reason.MALFORMED: Advice(
        "does not have the format of any identifier, symbol or name",
        "Correct the text: where a character was lost or added, the right one is suggested.",
    ),
    Reason.UNKNOWN_NAMESPACE: Advice(
        "has a prefix that is not known", "Leave the prefix out, or write one of those that are known."
    ),
    Reason.NOT_IN_RELEASE: Advice(
        "is not in the release that answered: a typo, or an identifier that the release does not contain",
        "Check how old the release is (resolver info), publish a newer one (resolver seed), or check the spelling.",
    ),
    Reason.WRONG_SPECIES: Advice(
        "matches only a gene of the other species",
        "Leave the species out, or request the orthologs of that species.",
    ),
    Reason.RETIRED_NO_SUCCESSOR: Advice(
        "was retired, and its authority reports no successor",
        "Look at its history, or find the gene by its symbol.",
    ),
    Reason.PHENOTYPE_NOT_GENE: Advice(
        "is the MIM number of a phenotype, not of a gene",
        "Resolve it alone: the genes that are linked to the phenotype are listed.",
    ),
    Reason.OUT_OF_SCOPE: Advice(
        "identifies something that is not a gene of human or mouse",
        "Map it to a gene where it comes from, and convert that.",
    ),
    Reason.SPREADSHEET_DAMAGE: Advice(
        "was turned into a date or a number by a spreadsheet",
        "Repair the table with “resolver repair”, decide with --set what may have been several, and convert the copy.",
    ),
    Reason.NO_ORTHOLOG: Advice(
        "matches a gene without a reported ortholog in the requested species",
        "Look it up in another source of orthologs.",
    ),
    Reason.SEVERAL_ORTHOLOGS: Advice(
        "matches a gene that has orthologs in the requested species, but none one to one",
        "Choose among them with “resolver orthologs”, or convert with all orthologs.",
    ),
    Reason.SEVERAL_GENES: Advice(
        "matches several genes equally well",
        "Specify the species, or use the identifier of the gene.",
    ),
    Reason.SEVERAL_READINGS: Advice(
        "is a number that several namespaces contain", "Specify the namespace, or write its prefix before the number."
    ),
}
OUTCOMES: Mapping[Outcome, Advice] = {
    Outcome.RESOLVED: Advice("matches one gene, or one in each species", ""),
    Outcome.AMBIGUOUS: Advice("matches several genes, none of which is preferred", "Specify one of them."),
    Outcome.RETIRED: Advice("was retired; successors are listed if there are any", "Use the successor."),
    Outcome.NOT_FOUND: Advice("is readable, and matches no gene", "See the reasons."),
    Outcome.UNRECOGNIZED: Advice("could not be read, or is empty", "See the reasons."),
}

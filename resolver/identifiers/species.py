"""The two species, and the words that people use for them."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UnknownSpecies
from .brief import suggest_near

HUMAN = 9606
MOUSE = 10090


@dataclass(frozen=True, slots=True)
class Species:
    """A taxon with its names; `words` are the other spellings that a query may use."""

    taxon: int
    name: str
    scientific_name: str
    words: tuple[str, ...]


SPECIES: dict[int, Species] = {
    HUMAN: Species(HUMAN, "human", "Homo sapiens", ("hsa", "hs", "homo_sapiens", "hsapiens", "h. sapiens")),
    MOUSE: Species(MOUSE, "mouse", "Mus musculus", ("mmu", "mm", "mus_musculus", "mmusculus", "m. musculus")),
}
_BY_WORD: dict[str, int] = {
    word: species.taxon
    for species in SPECIES.values()
    for word in (str(species.taxon), species.name, species.scientific_name.lower(), *species.words)
}


def get_taxon(word: str) -> int:
    """Return the NCBI taxon id that `human`, `Mus musculus`, `9606`, `mmu` … means.

    Raises UnknownSpecies, naming what is accepted.
    """
    taxon = _BY_WORD.get(word.strip().lower().removeprefix("ncbitaxon:"))
    if taxon is None:
        raise UnknownSpecies(
            f"unknown species {word!r}",
            hint=f"{suggest_near(word, _BY_WORD)}Use human (9606) or mouse (10090), or omit the species to search "
            "both.",
        )
    return taxon

"""Options that several commands share. Their help comes from `resolver.resolve.options`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..identifiers.namespaces import XREF_GROUPS
from ..identifiers.species import SPECIES
from ..resolve.options import OPTIONS
from ..resolve.options import Consensus as Agreement
from ..resolve.options import OnMany as Several
from ..resolve.options import Orthologs as Which
from ..resolve.options import Policy as Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_HELP = {option.name: f"{option.help[0].upper()}{option.help[1:]}." for option in OPTIONS}
_NAMESPACES = (*XREF_GROUPS, "symbol")
SPECIES_NAMES = tuple(species.name for species in SPECIES.values())


def complete_one(words: Iterable[str]) -> Callable[[str], list[str]]:
    """Return a function that completes a value which is one of the words."""
    known = tuple(words)

    def complete(incomplete: str) -> list[str]:
        return [word for word in known if word.startswith(incomplete.lower())]

    return complete


def complete_list(words: Iterable[str]) -> Callable[[str], list[str]]:
    """Return a function that completes the last one of several words, which commas separate."""
    known = tuple(words)

    def complete(incomplete: str) -> list[str]:
        head, comma, last = incomplete.rpartition(",")
        taken = head.lower().split(",")
        return [f"{head}{comma}{word}" for word in known if word.startswith(last.lower()) and word not in taken]

    return complete


def _list_choices(name: str, words: Iterable[str]) -> str:
    """Return the help of an option with its choices."""
    return f"{_HELP[name]} Choices: {', '.join(words)}."


Species = Annotated[
    str | None,
    typer.Option("--species", help=_HELP["species"], autocompletion=complete_one((*SPECIES_NAMES, "any", "auto"))),
]
ToSpecies = Annotated[
    str | None,
    typer.Option(
        "--to-species",
        help=_list_choices("to_species", SPECIES_NAMES),
        autocompletion=complete_one(SPECIES_NAMES),
    ),
]
To = Annotated[
    str | None,
    typer.Option("--to", help=_list_choices("to", XREF_GROUPS), autocompletion=complete_list(XREF_GROUPS)),
]
From = Annotated[
    str | None,
    typer.Option("--from", help=_list_choices("from", _NAMESPACES), autocompletion=complete_one(_NAMESPACES)),
]
Fields = Annotated[str | None, typer.Option("--fields", help=f"{_HELP['fields']} Requires --json.")]
OnMany = Annotated[
    str,
    typer.Option("--on-many", help=_list_choices("on_many", Several), autocompletion=complete_one(Several)),
]
Policy = Annotated[str, typer.Option("--policy", help=_HELP["policy"], autocompletion=complete_one(Rule))]
Orthologs = Annotated[
    str, typer.Option("--orthologs", help=_list_choices("orthologs", Which), autocompletion=complete_one(Which))
]
Consensus = Annotated[str, typer.Option("--consensus", help=_HELP["consensus"], autocompletion=complete_one(Agreement))]

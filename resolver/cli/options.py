"""The options that several commands have; what each does is said once, in `resolver.resolve.options`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..resolve.options import OPTIONS

_DOES = {option.name: f"{option.description[0].upper()}{option.description[1:]}." for option in OPTIONS}

Species = Annotated[str | None, typer.Option("--species", help=_DOES["species"])]
ToSpecies = Annotated[str | None, typer.Option("--to-species", help=_DOES["to_species"])]
To = Annotated[str | None, typer.Option("--to", help=_DOES["to"])]
From = Annotated[str | None, typer.Option("--from", help=_DOES["from"])]
Fields = Annotated[str | None, typer.Option("--fields", help=f"With --json: {_DOES['fields']}")]
OnMany = Annotated[str, typer.Option("--on-many", help=_DOES["on_many"])]
Consensus = Annotated[str, typer.Option("--consensus", help=_DOES["consensus"])]

"""Options that several commands share. Their help comes from `resolver.resolve.options`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..resolve.options import OPTIONS

_HELP = {option.name: f"{option.help[0].upper()}{option.help[1:]}." for option in OPTIONS}

Species = Annotated[str | None, typer.Option("--species", help=_HELP["species"])]
ToSpecies = Annotated[str | None, typer.Option("--to-species", help=_HELP["to_species"])]
To = Annotated[str | None, typer.Option("--to", help=_HELP["to"])]
From = Annotated[str | None, typer.Option("--from", help=_HELP["from"])]
Fields = Annotated[str | None, typer.Option("--fields", help=f"{_HELP['fields']} Requires --json.")]
OnMany = Annotated[str, typer.Option("--on-many", help=_HELP["on_many"])]
Policy = Annotated[str, typer.Option("--policy", help=_HELP["policy"])]
Consensus = Annotated[str, typer.Option("--consensus", help=_HELP["consensus"])]

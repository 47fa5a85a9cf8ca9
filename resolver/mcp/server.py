"""The MCP server: its tools, and its transports.

The SDK reads the signatures and docstrings of the tools when the server is made, and publishes them: they are written
for a language model, which sees nothing else. Annotations are evaluated here, since the SDK evaluates them too.
"""

from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from ..convert.targets import DEFAULT_TARGETS as DEFAULT_COLUMNS
from ..convert.targets import list_target_names
from ..errors import InputError, ResolverError
from ..resolve.encode import answer_object
from ..resolve.options import DEFAULT, read_options
from ..version import __version__
from . import shapes
from .answers import (
    DEFAULT_TARGETS,
    choose_targets,
    describe_release,
    shorten_answer,
    shorten_check,
    shorten_orthologs,
    shorten_past,
)
from .tables import MAX_TEXT_ROWS, convert_path, convert_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..app.live import LiveChecks
    from ..resolve.resolver import Resolver

MAX_QUERIES, MAX_CHECKED, MAX_QUERY = 200, 50, 400

_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_QUERIES_NETWORK = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=True)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)

Text = Annotated[str, Field(max_length=MAX_QUERY)]
Query = Annotated[
    str,
    Field(
        description="an identifier of any namespace, a gene symbol or a gene name, such as P13232, ENSG00000104432, "
        "omim:146660, IL-7 or interleukin 7",
        min_length=1,
        max_length=MAX_QUERY,
    ),
]
Species = Annotated[
    Literal["human", "mouse"] | None,
    Field(description="species of the queried genes; without it a symbol such as TP53 matches genes of both"),
]
Namespace = Annotated[
    str | None,
    Field(description="namespace of the queried identifiers, such as omim or ncbigene; needed for bare numbers only"),
]
Columns = Annotated[
    list[str] | None,
    Field(
        description=f"columns to add: {', '.join(list_target_names())} (default: {DEFAULT_COLUMNS})",
        examples=[["symbol", "ensembl"]],
    ),
]
Column = Annotated[str | None, Field(description="name of the column of identifiers (default: detected by content)")]
OnMany = Annotated[
    Literal["list", "first", "likely", "explode", "na"],
    Field(
        description="if a cell matches several genes: list all in the cell; the first; the likely one with its reason; "
        "explode into one row for each; na: leave the cell empty"
    ),
]
Best = Annotated[bool, Field(description="add only the best identifier of each gene, not all of them")]
InPlace = Annotated[bool, Field(description="replace the identifiers by the one namespace in `to`, and add no columns")]

_ABOUT = (
    "Maps identifiers of human and mouse genes (NCBI Gene/Entrez, Ensembl, HGNC, MGI, UniProt, RefSeq, OMIM, CCDS, "
    "HomoloGene, Vega), symbols and names to all the others, from a local release: no network access. Every answer has "
    "an outcome. resolved: one gene, or one of each species. ambiguous: several genes; show them to the user and never "
    "pick one yourself. retired: the identifier was replaced; `genes` are those of its successor. not_found and "
    "unrecognized: `reason` and `hint` say why, `suggestions` what may have been meant; do not guess an identifier. "
    "Spreadsheet damage such as 2-Sep is reported, not repaired, unless it is certain. Cite the release id."
)
_LIVE_OFF = " The tool refresh is absent: live checks are off. The user can switch them on with resolver mcp --live."
_NO_FOLDER = " Files cannot be converted: the user can open a folder with resolver mcp --folder FOLDER."


class Tools:
    """The tools. Names, parameters, descriptions and results of the public methods are what a client sees."""

    def __init__(self, find_resolver: "Callable[[], Resolver]", live: "LiveChecks | None", folder: Path | None) -> None:
        self._find_resolver = find_resolver
        self._live = live
        self._folder = folder

    def resolve(
        self,
        identifiers: Annotated[
            list[Text],
            Field(
                description="identifiers of any namespaces, symbols or names; they may be mixed",
                min_length=1,
                max_length=MAX_QUERIES,
                examples=[["P13232", "IL-7", "ENSG00000104432", "omim:146660"]],
            ),
        ],
        to: Annotated[
            list[str] | None,
            Field(
                description=f"namespaces to return: {', '.join(list_target_names()[5:])}, or all (default: "
                f"{', '.join(DEFAULT_TARGETS)}). ensembl alone is Ensembl genes",
                examples=[["ensembl", "uniprot"]],
            ),
        ] = None,
        species: Species = None,
        namespace: Namespace = None,
        to_species: Annotated[
            Literal["human", "mouse"] | None,
            Field(description="return genes of this species; genes of the other one are mapped through orthologs"),
        ] = None,
    ) -> shapes.Resolved:
        """Map gene identifiers, symbols or names to their genes and to identifiers of other namespaces.

        Use it for up to 200 queries at once; there is one answer for each, in order. Examples: identifiers=["P13232"]
        gives gene IL7 with its Entrez, Ensembl, HGNC, UniProt and OMIM identifiers; identifiers=["TP53"],
        to_species="mouse" gives Trp53. A bare number such as 3574 may be of several namespaces: prefix it
        (ncbigene:3574) or set `namespace`. Several `genes` with outcome ambiguous mean that nobody picked one.
        """
        with _as_tool_error():
            resolver = self._find_resolver()
            targets = choose_targets(to)
            prefixes = list(dict.fromkeys(str(target.prefix) for target in targets))
            options = read_options(
                {"to": prefixes, "species": species, "from": namespace, "to_species": to_species}, DEFAULT
            )
            answers = resolver.resolve_many(identifiers, options)
            shown = [shorten_answer(answer_object(answer), targets) for answer in answers]
            outcomes = {str(outcome): number for outcome, number in answers.outcomes.items() if number}
            return shapes.Resolved(answers=shown, outcomes=outcomes, release=describe_release(resolver))

    def orthologs(self, identifier: Query, species: Species = None, namespace: Namespace = None) -> shapes.Orthologs:
        """List the mouse orthologs of a human gene, or the human orthologs of a mouse gene, with their support.

        `support` counts the organizations that report the pair, `cardinality` is 1:1, 1:n, n:1 or n:m. `species` is
        that of the queried gene, not of the ortholog. Example: identifier="ENSG00000104432" gives mouse Il7. To map
        many genes to the other species use resolve with to_species.
        """
        with _as_tool_error():
            resolver = self._find_resolver()
            shown = resolver.orthologs(identifier, species=species, namespace=namespace)
            return shorten_orthologs(shown, describe_release(resolver))

    def history(self, identifier: Query, namespace: Namespace = None) -> shapes.Past:
        """Report whether an identifier or symbol is current, what replaced it, and what was merged into it.

        Example: identifier="ncbigene:60454" is retired, with the successor ncbigene:6622 (SNCA) and the date. A
        previous symbol such as PARK4 has a record for each gene that had it. It is the history that the local release
        contains; for the state of today use refresh, if there is such a tool.
        """
        with _as_tool_error():
            resolver = self._find_resolver()
            return shorten_past(resolver.history(identifier, namespace=namespace), describe_release(resolver))

    def convert(
        self,
        table: Annotated[
            str,
            Field(
                description=f"a table as text with a header: CSV, TSV or NDJSON, up to {MAX_TEXT_ROWS:,} rows",
                min_length=1,
                examples=["gene,padj\nIL7,0.01\nP04637,0.2\n"],
            ),
        ],
        to: Columns = None,
        column: Column = None,
        species: Species = None,
        namespace: Namespace = None,
        on_many: OnMany = "list",
        best: Best = False,
        in_place: InPlace = False,
        format: Annotated[  # noqa: A002  (the name that the option has everywhere)
            Literal["csv", "tsv", "ndjson"] | None,
            Field(description="format of the result (default: that of the table)"),
        ] = None,
    ) -> shapes.Converted:
        r"""Add gene identifiers of other namespaces to a table, row for row, and return the table with counts.

        Added are the columns `to` and outcome, reason, matched_as, retired_from and also, which say how each row was
        found. Example: table="gene,padj\nIL7,0.01\n", to=["ncbigene","ensembl"]. No row is dropped. Report
        `warning`, `next_step` and the outcomes to the user. For a plain list of identifiers use resolve.
        """
        with _as_tool_error():
            specified = _specify(to, column, species, namespace, on_many, best=best, in_place=in_place) | {
                "format": format or ""
            }
            return convert_text(self._find_resolver(), table, specified)

    def convert_file(
        self,
        file: Annotated[
            str, Field(description="path of a CSV, TSV, XLSX, Parquet or NDJSON file, relative to the open folder")
        ],
        output: Annotated[
            str, Field(description="path of the file to write, in the format of its suffix; it must not exist yet")
        ],
        to: Columns = None,
        column: Column = None,
        species: Species = None,
        namespace: Namespace = None,
        on_many: OnMany = "list",
        best: Best = False,
        in_place: InPlace = False,
    ) -> shapes.Converted:
        """Add gene identifiers to a table file in the folder that the user opened, and write a new file beside it.

        Example: file="genes.csv", output="genes.converted.csv", to=["ensembl"]. The result has counts, not the table.
        Files are never overwritten, and no path leads out of the folder.
        """
        with _as_tool_error():
            if self._folder is None:
                raise InputError("no folder is open to this server", hint="resolver mcp --folder FOLDER opens one.")
            specified = _specify(to, column, species, namespace, on_many, best=best, in_place=in_place)
            return convert_path(self._find_resolver(), self._folder, file, output, specified)

    async def refresh(
        self,
        identifiers: Annotated[
            list[Text],
            Field(description="identifiers to check", min_length=1, max_length=MAX_CHECKED, examples=[["NM_000880.4"]]),
        ],
        timeout_s: Annotated[
            float, Field(description="seconds to wait; what is open then is not_checked", ge=1, le=120)
        ] = 30,
    ) -> shapes.Refreshed:
        """Query the source databases (NCBI, Ensembl, UniProt, HGNC, MGI, OMIM) whether identifiers are current today.

        It uses the network, and takes seconds. Each finding has a verdict: current; replaced, with `use_now`; retired;
        moved_gene: it identifies another gene; version_behind; not_checked, with the obstacle. not_checked says nothing
        about the identifier. It changes nothing: replace identifiers only as `use_now` says, and only if it has one.
        """
        with _as_tool_error():
            if self._live is None:
                raise InputError("live checks are off", hint="resolver mcp --live switches them on.")
            resolver = self._find_resolver()
            checked = await self._live.check_answers(resolver.resolve_many(identifiers), timeout_s)
            shown = [shorten_check(one.to_dict()) for one in checked]
            verdicts: dict[str, int] = {}
            for finding in (finding for one in shown for finding in one.findings):
                verdicts[finding.verdict] = verdicts.get(finding.verdict, 0) + 1
            return shapes.Refreshed(checked=shown, verdicts=verdicts, release=describe_release(resolver))


def make_server(
    find_resolver: "Callable[[], Resolver]", live: "LiveChecks | None" = None, folder: Path | None = None
) -> MCPServer[None]:
    """Return the server; it has `refresh` only with `live`, and `convert_file` only with a `folder`."""
    tools = Tools(find_resolver, live, folder)

    @asynccontextmanager
    async def run(_: MCPServer[None]) -> "AsyncIterator[None]":
        try:
            yield
        finally:
            if live is not None:
                await live.aclose()

    server = MCPServer[None](
        "gene-xref-resolver",
        title="Gene Xref Resolver",
        version=__version__,
        instructions=_ABOUT + ("" if live else _LIVE_OFF) + ("" if folder else _NO_FOLDER),
        log_level="WARNING",
        lifespan=run,
    )
    offered: list[tuple[str, Callable[..., Any], ToolAnnotations]] = [
        ("Resolve gene identifiers", tools.resolve, _READS),
        ("Convert a table of genes", tools.convert, _READS),
        ("List orthologs", tools.orthologs, _READS),
        ("History of an identifier", tools.history, _READS),
    ]
    if folder is not None:
        offered.insert(2, ("Convert a table file", tools.convert_file, _WRITES))
    if live is not None:
        offered.append(("Check identifiers at their sources", tools.refresh, _QUERIES_NETWORK))
    for title, tool, annotations in offered:
        server.add_tool(tool, title=title, annotations=annotations)
    return server


def serve(server: MCPServer[None], port: int | None) -> None:
    """Serve on standard input and output until it closes; with a port, HTTP on the loopback address."""
    if port is None:
        server.run("stdio")
    else:
        # Stateless: no session has anything to remember, so a client may come back after a restart.
        server.run("streamable-http", host="127.0.0.1", port=port, stateless_http=True, json_response=True)


def _specify(
    to: list[str] | None,
    column: str | None,
    species: str | None,
    namespace: str | None,
    on_many: str,
    *,
    best: bool,
    in_place: bool,
) -> dict[str, str]:
    """Return the options of a conversion as text; empty ones count as not specified."""
    return {
        "to": ",".join(to or ()),
        "column": column or "",
        "species": species or "",
        "from": namespace or "",
        "on_many": on_many,
        "best": "true" if best else "",
        "in_place": "true" if in_place else "",
    }


@contextmanager
def _as_tool_error() -> Iterator[None]:
    """Report an error of ours as the result of the tool: what is wrong, and what to do."""
    try:
        yield
    except ResolverError as error:
        raise ToolError(" ".join(filter(None, (f"{str(error).rstrip('.')}.", error.hint)))) from error

"""`resolver mcp` as a client of the SDK sees it: a real process on stdio or HTTP, on the embedded release."""

from __future__ import annotations

import csv
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio.from_thread
import httpx
import pytest

from resolver.app.resolver import LocalResolver
from resolver.mcp.answers import MOST_IDENTIFIERS
from resolver.store.release import get_current_release
from tests.serving import end, environment_of, free_port
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import played
from tests.upstreams.world import World

# The SDK takes seconds to load: tests load it, their collection does not.
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("mcp") is None,
    reason="the MCP SDK is not installed: pip install 'gene-xref-resolver[mcp]'",
)


class Session:
    """A client of a server, for tests without an event loop of their own."""

    def __init__(self, portal: anyio.from_thread.BlockingPortal, client: Any) -> None:
        self._portal = portal
        self.client = client

    def tools(self) -> dict[str, Any]:
        """Return the tools by name."""
        return {tool.name: tool for tool in self._portal.call(self.client.list_tools).tools}

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return the structured result of a tool; fails if it is an error."""
        result = self._portal.call(self.client.call_tool, tool, arguments)
        assert not result.is_error, result.content
        assert json.loads(result.content[0].text) == result.structured_content  # for clients that read text only
        return dict(result.structured_content)

    def refuse(self, tool: str, **arguments: Any) -> str:
        """Return the message of a tool that refuses its arguments."""
        result = self._portal.call(self.client.call_tool, tool, arguments)
        assert result.is_error, result.structured_content
        return str(result.content[0].text)


@contextmanager
def connected(server: Any) -> Iterator[Session]:
    from mcp import Client

    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(server)) as client,
    ):
        yield Session(portal, client)


@contextmanager
def on_stdio(data_dir: Path, *options: str, variables: dict[str, str] | None = None) -> Iterator[Session]:
    """Give a session with a process that runs `resolver mcp`."""
    from mcp import StdioServerParameters

    environment = environment_of(data_dir, variables)
    arguments = ["-m", "resolver", "mcp", *options]
    with connected(StdioServerParameters(command=sys.executable, args=arguments, env=environment)) as session:
        yield session


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def session(data_dir: Path, folder: Path) -> Iterator[Session]:
    """Give a session with a server that has a folder, and no live checks."""
    with on_stdio(data_dir, "--folder", str(folder)) as opened:
        yield opened


def test_every_tool_and_parameter_describes_itself_with_an_example(session: Session) -> None:
    tools = session.tools()
    assert sorted(tools) == ["convert", "convert_file", "history", "orthologs", "resolve"]
    for tool in tools.values():
        assert "Example" in tool.description, tool.name
        assert tool.output_schema["type"] == "object"
        for name, parameter in tool.input_schema["properties"].items():
            assert parameter.get("description"), f"{tool.name}.{name}"
    assert "resolver mcp --live" in session.client.instructions


def test_resolve_returns_the_genes_and_identifiers_of_the_release(session: Session, resolver: LocalResolver) -> None:
    found = session.call("resolve", identifiers=["P13232", "IL-7", "nonsense77"], to=["ensembl", "refseq.protein"])
    assert [answer["outcome"] for answer in found["answers"]] == ["resolved", "resolved", "not_found"]
    (gene,) = found["answers"][0]["genes"]
    xrefs = resolver.resolve("P13232").to_dict()["genes"][0]["xrefs"]
    assert gene["curie"] == "hgnc:6023"
    assert gene["matched_as"] == "identifier uniprot:P13232"
    assert gene["identifiers"] == {
        "ensembl": ["ENSG00000104432"],
        "refseq.protein": [one["identifier"] for one in xrefs["refseq"] if one["level"] == "protein"],
    }
    assert [one["symbol"] for one in gene["orthologs"]] == ["Il7"]
    assert found["outcomes"] == {"resolved": 2, "not_found": 1}
    assert found["release"]["id"] == resolver.release.id


def test_options_of_resolve_are_those_of_every_interface(session: Session) -> None:
    (mapped,) = session.call("resolve", identifiers=["TP53"], species="human", to_species="mouse")["answers"]
    assert [gene["symbol"] for gene in mapped["genes"]] == ["Trp53"]
    (read,) = session.call("resolve", identifiers=["146660"], namespace="omim")["answers"]
    assert [gene["symbol"] for gene in read["genes"]] == ["IL7"]
    (damaged,) = session.call("resolve", identifiers=["2-Sep"])["answers"]
    assert damaged["reason"] == "spreadsheet_damage"
    assert {"SEPTIN2"} <= {one["symbol"] for one in damaged["suggestions"]}


def test_what_is_left_out_of_a_long_list_is_counted(session: Session, resolver: LocalResolver) -> None:
    (answer,) = session.call("resolve", identifiers=["TTN"], species="human", to=["all"])["answers"]
    gene = answer["genes"][0]
    xrefs = resolver.resolve("TTN", species="human").to_dict()["genes"][0]["xrefs"]
    shown = sum(map(len, gene["identifiers"].values())) + sum(gene["not_shown"].values())
    assert shown == sum(map(len, xrefs.values()))
    assert max(map(len, gene["identifiers"].values())) <= MOST_IDENTIFIERS


def test_orthologs_and_history_have_their_evidence(session: Session) -> None:
    (gene,) = session.call("orthologs", identifier="ENSG00000104432")["genes"]
    (ortholog,) = gene["orthologs"]
    assert (ortholog["curie"], ortholog["cardinality"], ortholog["in_same_group"]) == ("mgi:96561", "1:1", True)
    assert session.call("orthologs", identifier="nonsense77")["outcome"] == "not_found"
    past = session.call("history", identifier="ncbigene:60454")
    assert past["state"] == "retired"
    assert past["records"][0]["successors"][0]["curie"] == "ncbigene:6622"
    assert session.call("history", identifier="nonsense77")["state"] == "unknown"


def test_convert_returns_a_table_of_text_with_its_counts(session: Session) -> None:
    found = session.call(
        "convert", table="gene,padj\nIL7,0.01\nP04637,0.2\nnonsense77,1\n", to=["ncbigene"], species="human"
    )
    rows = list(csv.DictReader(found["table"].splitlines()))
    assert [row["ncbigene"] for row in rows] == ["3574", "7157", ""]
    assert found["outcomes"] == [{"resolved": 2, "not_found": 1}]
    assert found["identifier_columns"] == ["gene"]
    as_tsv = session.call("convert", table="gene\nIL7\n", to=["hgnc"], column="gene", format="tsv", best=True)
    assert as_tsv["table"].splitlines()[0].split("\t")[:2] == ["gene", "hgnc"]


def test_a_file_of_the_folder_is_converted_beside_it(session: Session, folder: Path) -> None:
    (folder / "genes.csv").write_text("gene\nIL7\nTP53\n")
    found = session.call("convert_file", file="genes.csv", output="out.tsv", to=["ensembl"], species="human")
    assert found["output"] == "out.tsv"
    assert found["table"] is None
    rows = list(csv.DictReader((folder / "out.tsv").read_text().splitlines(), delimiter="\t"))
    assert [row["ensembl"] for row in rows] == ["ENSG00000104432", "ENSG00000141510"]
    again = session.refuse("convert_file", file="genes.csv", output="out.tsv")
    assert "exists already" in again
    assert (folder / "genes.csv").read_text() == "gene\nIL7\nTP53\n"


def test_no_path_leads_out_of_the_folder(session: Session, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("gene\nIL7\n")
    (folder / "link.csv").symlink_to(secret)
    (folder / "there").symlink_to(tmp_path)
    (folder / "own.csv").write_text("gene\nIL7\n")
    for file in (str(secret), "../secret.csv", "link.csv", "there/secret.csv", ".", "a\0b"):
        message = session.refuse("convert_file", file=file, output="stolen.csv")
        assert "not in the folder" in message or "not a path" in message
    for output in ("../out.csv", str(tmp_path / "out.csv"), "there/out.csv"):
        assert "not in the folder" in session.refuse("convert_file", file="own.csv", output=output)
    assert not (folder / "stolen.csv").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.csv"]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("resolve", {"identifiers": []}, "identifiers"),
        ("resolve", {"identifiers": ["IL7"] * 201}, "200"),
        ("resolve", {"identifiers": ["x" * 401]}, "400"),
        ("resolve", {"identifiers": ["IL7"], "to": ["nowhere"]}, "Available: gene, symbol"),
        ("resolve", {"identifiers": ["IL7"], "namespace": "nowhere"}, "Available: ncbigene"),
        ("resolve", {"identifiers": ["IL7"], "species": "yeast"}, "'human' or 'mouse'"),
        ("convert", {"table": "a,b\n1,2\n"}, "column=a"),
        ("convert", {"table": "gene\nTP53\n", "column": "x"}, "Available: gene"),
        ("convert", {"table": "gene\n" + "TP53\n" * 2002}, "convert_file"),
        ("convert", {"table": "gene,x\nTP53," + "y" * (256 << 10) + "\n"}, "256 KiB"),
        ("convert_file", {"file": "missing.csv", "output": "x.csv"}, "cannot be read"),
        ("convert_file", {"file": "own.csv", "output": "x.doc"}, "Formats:"),
        ("history", {"identifier": ""}, "at least 1 character"),
    ],
)
def test_a_refused_call_is_an_error_with_the_remedy(
    session: Session, folder: Path, tool: str, arguments: dict[str, Any], says: str
) -> None:
    (folder / "own.csv").write_text("gene\nIL7\n")
    assert says in session.refuse(tool, **arguments)


def test_refresh_reports_what_the_source_databases_say_today(sample_dir: Path) -> None:
    with played(World(ReleaseFacts(get_current_release(sample_dir).database))) as upstreams:
        upstreams.world.merge("uniprot:P13232", "uniprot:A6QL63")
        addresses = {f"RESOLVER_{name.upper()}": url for name, url in upstreams.settings.items()}
        with on_stdio(sample_dir, "--live", variables=addresses) as session:
            assert "convert_file" not in session.tools()
            found = session.call("refresh", identifiers=["P13232", "ENSG00000104432"])
            assert "50" in session.refuse("refresh", identifiers=["IL7"] * 51)
    replaced, current = (one["findings"][0] for one in found["checked"])
    assert (replaced["verdict"], replaced["use_now"]) == ("replaced", ["uniprot:A6QL63"])
    assert replaced["url"].startswith(upstreams.base)
    assert current["verdict"] == "current"
    assert found["verdicts"] == {"replaced": 1, "current": 1}


def test_the_same_tools_are_served_by_http_on_this_machine_only(data_dir: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "resolver", "mcp", "--port", str(port)]
    process = subprocess.Popen(command, env=environment_of(data_dir), stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/mcp"
    try:
        for _ in range(900):
            assert process.poll() is None
            try:
                foreign = httpx.post(address, headers={"host": "example.org"}, json={}, timeout=30)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        assert foreign.status_code == 421
        with connected(address) as session:
            assert sorted(session.tools()) == ["convert", "history", "orthologs", "resolve"]
            (answer,) = session.call("resolve", identifiers=["P13232"])["answers"]
            assert answer["genes"][0]["symbol"] == "IL7"
    finally:
        end(process)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--folder", "nowhere"), "there is no folder nowhere"),
        (("--folder", ".", "--port", "8765"), "--folder cannot be combined with --port"),
    ],
)
def test_a_wrong_start_is_reported_in_a_sentence(data_dir: Path, options: tuple[str, ...], says: str) -> None:
    command = [sys.executable, "-m", "resolver", "mcp", *options]
    ended = subprocess.run(
        command, env=environment_of(data_dir), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert ended.returncode == 2
    assert says in ended.stderr
    assert ended.stdout == ""

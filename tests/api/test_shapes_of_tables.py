"""Tables of every layout over REST: a body, a form and a job get the same table, in the service and in a process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from resolver.jobs.runner import Jobs
from resolver.resolve.resolver import Resolver
from tests.api.conversions import await_end, serving

HUMAN = {"species": "human"}
SYMBOLS = (
    "TP53 IL7 BRCA1 MYC EGFR KRAS ERBB2 BRCA2 PTEN CDK4 RB1 CDKN2A ATM CHEK2 MDM2 NRAS HRAS BRAF PIK3CA AKT1 MTOR JAK2"
)


class Shape(NamedTuple):
    """A table: its name, the lines above its rows, its rows and options; and what its converted rows contain."""

    name: str
    head: str
    rows: str
    options: dict[str, str]
    contains: str


SHAPES = {
    "the species of unambiguous cells": Shape(
        "a.tsv", "gene\tx\n", "".join(f"{one}\t1\n" for one in SYMBOLS.split()), {}, "TP53\t1\tTP53\tresolved"
    ),
    "a first line that is data": Shape("a.txt", "", "TP53\nENSG00000104432\n", HUMAN, "ENSG00000104432\tIL7\tresolved"),
    "missing values": Shape("a.tsv", "gene\tx\n", "TP53\t1\nNA\t2\n---\t3\n", HUMAN, "NA\t2\t\t"),
    "parts of cells": Shape(
        "a.tsv", "gene\tx\n", "TP53;IL7\t1\nBRCA1 - MYC\t2\nEGFR*\t3\n", HUMAN, "BRCA1 - MYC\t2\tBRCA1;MYC\tresolved"
    ),
    "columns that are read together": Shape(
        "a.tsv",
        "gene_id\tgene_name\n",
        "ENSG00000141510\tTP53\nNA\tMYC\n",
        {"column": "gene_id,gene_name"} | HUMAN,
        "NA\tMYC\tMYC\tresolved",
    ),
    "in place": Shape(
        "a.tsv",
        "gene_id\tx\n",
        "ENSG00000141510\t1\nnowhere1\t2\n",
        {"in_place": "true"} | HUMAN,
        "TP53\t1\nnowhere1\t2\n",
    ),
    "GCT": Shape(
        "a.gct",
        "#1.2\n2\t1\nNAME\tDescription\ts\n",
        "ENSG00000141510\tna\t1\nENSG00000104432\tna\t2\n",
        HUMAN,
        "ENSG00000104432\tna\t2\tIL7\tresolved",
    ),
    "GMT": Shape("a.gmt", "", "A\thttp://x\tENSG00000141510\tMUM1\nB\tna\tP13232\n", HUMAN, "B\tna\tIL7\n"),
    "comments": Shape(
        "a.tsv", "# one\n\n# two\ngene\tx\n", "TP53\t1\n# between\nIL7\t2\n", HUMAN, "# between\nIL7\t2\tIL7\tresolved"
    ),
    "numbers alone": Shape("a.txt", "", "7157\n3574\n3845\n1956\n", HUMAN, "3574\tIL7\tresolved"),
    "the fuller of two columns": Shape(
        "a.tsv", "gene_id\tgene_name\n", "ENSG00000141510\tTP53\n\tIL7\n\tMYC\n", HUMAN, "\tIL7\tIL7\tresolved"
    ),
    "a row for each gene": Shape(
        "a.tsv",
        "gene\tx\n",
        "IL7\t1\nMYC\t2\n",
        {"on_many": "explode"},
        "IL7\t1\tIL7\tresolved\t\tsymbol IL7\t\t\nIL7\t1\tIl7",
    ),
    "names of columns": Shape(
        "a.csv", "m,ENSG00000104432\n", "A,1\n", {"header_row": "true"} | HUMAN, "m,IL7\nA,1\n"
    ),
    "no sure column": Shape("a.tsv", "sample\tage\n", "S1\t31\nS2\t44\n", {}, "Select one, such as column=sample"),
}  # fmt: skip


@pytest.fixture(scope="module")
def opened(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Jobs]]:
    with serving(resolver, tmp_path_factory.mktemp("jobs")) as both:
        yield both


def _as_text(answer: httpx.Response) -> str:
    """Return the converted table, or what the problem says."""
    if answer.status_code == 200:
        return answer.text
    return _describe(answer.json())


def _describe(problem: dict[str, Any]) -> str:
    return f"{problem['detail']} {problem['hint']}"


@pytest.mark.parametrize("many", [1, 600], ids=["small", "large"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_body_a_form_and_a_job_get_the_same_table(opened: tuple[httpx.Client, Jobs], shape: str, many: int) -> None:
    client, _ = opened
    name, head, rows, options, contains = SHAPES[shape]
    sent, options = (head + rows * many).encode(), {"to": "symbol"} | options
    if shape == "no sure column" and many > 1:
        contains = "a few classes"
    named = {"content-disposition": f'attachment; filename="{name}"'}
    body = _as_text(client.post("/convert", params=options, content=sent, headers=named))
    assert contains in body
    assert _as_text(client.post("/convert", data=options, files={"file": (name, sent)})) == body
    job = await_end(
        client, client.post("/convert/jobs", params=options, content=sent, headers=named).headers["location"]
    )
    done = _as_text(client.get(job["links"]["result"])) if job["state"] == "done" else _describe(job["error"])
    assert done == body
    if head and job["state"] == "done" and shape not in {"a row for each gene"}:
        assert body.count("\n") == sent.count(b"\n")
    assert not re.search(r"--[a-z]", body)

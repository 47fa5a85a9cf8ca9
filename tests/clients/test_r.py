"""The client for R, run by Rscript against a service, over each transport that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.api.app import create_app
from resolver.app.resolver import LocalResolver
from tests.serving import served

SOURCE = Path(__file__).parents[2] / "clients" / "r" / "geneXref.R"


def _run(script: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("R is not installed: no Rscript (Debian: apt-get install r-base-core r-cran-jsonlite)")
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    command = [program, "--vanilla", "-e", script]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)


def _has(package: str) -> bool:
    return _run(f'cat(requireNamespace("{package}", quietly = TRUE))').stdout == "TRUE"


@pytest.fixture(scope="module", params=["socket", "curl", "httr2"])
def opening(request: pytest.FixtureRequest, resolver: LocalResolver) -> Iterator[str]:
    """Return the lines of R that open a service."""
    for package in ("jsonlite", *([] if request.param == "socket" else [request.param])):
        if not _has(package):
            pytest.skip(f"the R package {package} is not installed")
    with served(create_app(lambda: resolver)) as client:
        yield (
            f'source("{SOURCE}")\n'
            'same <- function(a, b) if (!identical(a, b)) { print(a); print(b); stop("differs") }\n'
            f'x <- gene_xref("{client.base_url}", transport = "{request.param}")\n'
        )


def _check(opening: str, script: str) -> str:
    done = _run(opening + script + '\ncat("done")')
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("done")
    return done.stderr


def test_identifiers_are_resolved_in_order(opening: str) -> None:
    _check(opening, """
        ids <- c("P13232", "IL-7", "nonsense!!", NA, "P13232", "MUM1", "ncbigene:60454")
        found <- resolve_ids(ids, to = c("ENTREZID", "UNIPROT", "ENSEMBL"), x = x)
        same(nrow(found), 7L)
        same(found$query[c(1, 4)], c("P13232", ""))
        same(found$outcome[c(1, 3, 6, 7)], c("resolved", "unrecognized", "ambiguous", "retired"))
        same(found$symbol[c(1, 2, 3, 6)], c("IL7", "IL7", NA, "IRF4;PWWP3A"))
        same(found$ENTREZID[1:2], c("3574", "3574"))
        same(found$ENSEMBL[1], "ENSG00000104432")
        same(found$n_genes, c(1L, 1L, 0L, 0L, 1L, 2L, 1L))
        stopifnot(grepl("6622", found$hint[7]), startsWith(found$UNIPROT[1], "P13232;"))
        same(resolve_ids(3574, from = "ncbigene", x = x)$symbol, "IL7")
        same(resolve_ids(character(), x = x)$query, character())
        both <- gene_xref(x$url, species = NULL, transport = x$transport)
        same(resolve_ids("IL7", x = both)$symbol, "IL7;Il7")
        same(resolve_ids("MUM1", x = x, on_many = "first")$symbol, "IRF4")
    """)  # fmt: skip


def test_batches_are_joined_with_progress(opening: str) -> None:
    _check(opening, """
        few <- gene_xref(x$url, batch = 30L, transport = x$transport)
        seen <- integer()
        ids <- rep(c("TP53", "IL7"), 50)
        found <- resolve_ids(ids, x = few, progress = function(done, total) seen <<- c(seen, done))
        same(found$symbol, ids)
        same(seen, c(30L, 60L, 90L, 100L))
    """)  # fmt: skip


def test_keys_are_mapped_as_annotation_dbi_does(opening: str) -> None:
    _check(opening, """
        keys <- c("TP53", "IL7", "nosuchgene")
        same(map_ids(x, keys, column = "ENTREZID", keytype = "SYMBOL"), c(TP53 = "7157", IL7 = "3574", nosuchgene = NA))
        same(map_ids(x, "7157", "SYMBOL", "ENTREZID"), c(`7157` = "TP53"))
        same(map_ids(x, "ENSG00000104432", "UNIPROT", "ENSEMBL"), c(ENSG00000104432 = "P13232"))
        many <- map_ids(x, keys, column = "REFSEQ", keytype = "SYMBOL", multiVals = "list")
        same(names(many), keys)
        stopifnot("NM_000880" %in% many$IL7, length(many$IL7) > 5, is.na(many$nosuchgene))
        same(names(map_ids(x, keys, "REFSEQ", "SYMBOL", multiVals = "filter")), "nosuchgene")
        same(unname(map_ids(x, keys, "REFSEQ", "SYMBOL", multiVals = "asNA")), c(NA_character_, NA, NA))
        same(map_ids(x, keys, "REFSEQ", "SYMBOL", multiVals = function(one) one[[1]])[["IL7"]], "NM_000880")
        stopifnot("PBGF" %in% map_ids(x, "IL7", "ALIAS", "SYMBOL", multiVals = "list")[[1]])
        same(unname(map_ids(x, "P13232", "GENENAME")), "interleukin 7")
        same(unname(map_ids(x, "ENST00000263851", "ENSEMBLPROT", "ENSEMBLTRANS")), "ENSP00000263851")
        mouse <- gene_xref(x$url, species = "mouse", transport = x$transport)
        same(unname(map_ids(mouse, "Trp53", "MGI", "SYMBOL")), "MGI:98834")
    """)  # fmt: skip


def test_tables_are_converted_row_for_row(opening: str) -> None:
    _check(opening, r"""
        table <- data.frame(gene = factor(c("TP53", "MUM1", NA)), n = c(100000, NA, 0.5), note = c('a,"b"', "é\nx", ""))
        found <- convert_table(table, column = "gene", to = c("ncbigene", "symbol"), x = x)
        same(found[names(table)], table)
        same(found$ncbigene, c("7157", "3662;84939", NA))
        same(found$outcome, c("resolved", "ambiguous", "empty"))
        many <- convert_table(table, column = "gene", to = "symbol", x = x, on_many = "explode")
        same(many$symbol, c("TP53", "IRF4", "PWWP3A", NA))
        same(many$n, c(100000, NA, NA, 0.5))
        detected <- convert_table(data.frame(p = c(0.1, 0.2), id = c("P13232", "P04637")), x = x)
        same(detected$symbol, c("IL7", "TP53"))
    """)  # fmt: skip


def test_errors_say_what_to_do(opening: str) -> None:
    _check(opening, """
        failed <- function(call) tryCatch({ call; "" }, error = conditionMessage)
        stopifnot(grepl("Available|Select|column", failed(convert_table(data.frame(a = "IL7"), column = "b", x = x))))
        stopifnot(grepl("unknown namespace", failed(resolve_ids("IL7", from = "kegg", x = x))))
        stopifnot(grepl("ENTREZID", failed(map_ids(x, "IL7", "PFAM", "SYMBOL"))))
        stopifnot(grepl("gene_xref", failed(map_ids("x", "IL7", "SYMBOL"))))
        nobody <- gene_xref("http://127.0.0.1:9", attempts = 1L, transport = x$transport)
        stopifnot(grepl("no reply from http://127.0.0.1:9", suppressWarnings(failed(resolve_ids("IL7", x = nobody)))))
    """)  # fmt: skip

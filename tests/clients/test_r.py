"""The client for R, run by Rscript against a service, over each transport that is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from resolver.api.app import create_app
from resolver.app.resolver import LocalResolver
from tests.clients.r import has_package, run_r
from tests.serving import free_port, served


@pytest.fixture(scope="module", params=["socket", "curl", "httr2"])
def opening(request: pytest.FixtureRequest, resolver: LocalResolver) -> Iterator[str]:
    """Return the lines of R that open a service."""
    for package in ("jsonlite", *([] if request.param == "socket" else [request.param])):
        if not has_package(package):
            pytest.skip(f"the R package {package} is not installed")
    with served(create_app(lambda: resolver)) as client:
        yield (
            f'source("{client.base_url}/clients/geneXref.R")\n'
            'same <- function(a, b) if (!identical(a, b)) { print(a); print(b); stop("differs") }\n'
            'has <- function(text, part) if (!grepl(part, text, fixed = TRUE)) { print(text); stop("lacks ", part) }\n'
            'failed <- function(call) tryCatch({ call; "" }, error = conditionMessage)\n'
            'said <- function(call) { printed <- ""; withCallingHandlers(call, message = function(m) '
            '{ printed <<- paste0(printed, conditionMessage(m)); invokeRestart("muffleMessage") }); printed }\n'
            f'x <- gene_xref("{client.base_url}", transport = "{request.param}")\n'
        )


def _check(opening: str, script: str) -> str:
    done = run_r(opening + script + '\ncat("done")')
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("done")
    return done.stderr


def test_identifiers_are_resolved_in_order(opening: str) -> None:
    _check(opening, """
        ids <- c("P13232", "IL-7", "nonsense!!", NA, "P13232", "MUM1", "ncbigene:60454")
        found <- resolve_ids(ids, to = c("ENTREZID", "UNIPROT", "ENSEMBL"), x = x)
        same(nrow(found), 7L)
        same(found$query[c(1, 4)], c("P13232", NA))
        same(found$outcome[c(1, 3, 4, 6, 7)], c("resolved", "unrecognized", "empty", "ambiguous", "retired"))
        same(found$matched_as[c(1, 4, 6)], c("identifier uniprot:P13232", NA, "previous_symbol MUM1"))
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


def test_batches_of_different_identifiers_are_joined_with_progress(opening: str) -> None:
    _check(opening, """
        few <- gene_xref(x$url, batch = 3L, transport = x$transport)
        seen <- integer()
        ids <- rep(c("TP53", "IL7", "BRCA1", NA, "BRCA2", "EGFR", "ERBB2", "KRAS"), 50)
        found <- resolve_ids(ids, x = few, progress = function(done, total) seen <<- c(seen, done, total))
        same(found$symbol, ids)
        same(seen, c(3L, 7L, 6L, 7L, 7L, 7L))
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
        targets <- c("ENSEMBLPROT", "GENENAME", "CURIE")
        named <- convert_table(table[1L, , drop = FALSE], column = "gene", to = targets, x = x)
        same(named$name, "tumor protein p53")
        same(named$gene_2, "hgnc:11998")
        stopifnot(grepl("ENSP00000269305", named$ensembl.protein))
        detected <- convert_table(data.frame(p = c(0.1, 0.2), id = c("P13232", "P04637")), x = x)
        same(detected$symbol, c("IL7", "TP53"))
    """)  # fmt: skip


def test_a_key_of_several_genes_is_never_answered_with_one_of_them(opening: str) -> None:
    _check(opening, """
        keys <- c("MUM1", "TP53", "QARS", NA, "TP53", "nosuchgene")
        report <- said(found <- map_ids(x, keys, "SYMBOL", "SYMBOL"))
        expected <- c(MUM1 = NA, TP53 = "TP53", QARS = NA, NA, TP53 = "TP53", nosuchgene = NA)
        names(expected)[4] <- NA
        same(found, expected)
        has(report, "2 of 4 different keys match several genes: MUM1 (IRF4, PWWP3A), QARS (EPRS1, QARS1). They are NA.")
        has(report, "multiVals")
        same(map_ids(x, "MUM1", "SYMBOL", "SYMBOL", multiVals = "list"), list(MUM1 = c("IRF4", "PWWP3A")))
        same(map_ids(x, "MUM1", "SYMBOL", "SYMBOL", multiVals = function(one) length(one)), c(MUM1 = 2L))
        same(unname(map_ids(x, "MUM1", "SYMBOL", "SYMBOL", multiVals = "asNA")), NA_character_)
        filtered <- map_ids(x, c("MUM1", "TP53", "IL7"), "SYMBOL", "SYMBOL", multiVals = "filter")
        same(filtered, c(TP53 = "TP53", IL7 = "IL7"))
        same(map_ids(x, "MUM1", "SYMBOL", "SYMBOL", on_many = "first"), c(MUM1 = "IRF4"))
        same(said(found <- map_ids(x, "MUM1", "SPECIES", "SYMBOL")), "")  # both genes have this value
        same(found, c(MUM1 = "human"))
        report <- said(found <- map_ids(x, c("TP53", "nosuchgene"), "REFSEQ", "SYMBOL"))
        same(found, c(TP53 = "NM_000546", nosuchgene = NA))
        stopifnot(grepl("1:many", report), grepl("1 of 2 different keys", report), !grepl("several genes", report))
        same(said(map_ids(x, c("TP53", "IL7"), "ENTREZID", "SYMBOL")), "")
    """)  # fmt: skip


def test_each_key_keeps_its_values_if_the_service_is_to_explode_them(opening: str) -> None:
    _check(opening, """
        for (call in list(
          quote(map_ids(x, c("MUM1", "TP53"), "SYMBOL", "SYMBOL", on_many = "explode")),
          quote(resolve_ids(c("MUM1", "TP53"), x = x, on_many = "explode")),
          quote(select_ids(x, c("MUM1", "TP53"), "SYMBOL", on_many = "explode"))
        )) stopifnot(grepl("explode", failed(eval(call))), grepl("convert_table", failed(eval(call))))
        .gx_transports[[x$transport]] <- function(...) list(status = 200L, headers = list(), text = '{"answers":[]}')
        stopifnot(grepl("0 answers for 2 keys", failed(map_ids(x, c("MUM1", "TP53"), "SYMBOL"))))
    """)  # fmt: skip


def test_orthologs_are_returned_for_another_species(opening: str) -> None:
    _check(opening, """
        same(map_ids(x, c("TP53", "IL7"), "SYMBOL", "SYMBOL", to_species = "mouse"), c(TP53 = "Trp53", IL7 = "Il7"))
        same(unname(map_ids(x, "TP53", "MGI", "SYMBOL", to_species = "mouse")), "MGI:98834")
        found <- resolve_ids(c("TP53", "MUM1"), to = c("MGI", "ENTREZID"), x = x, to_species = "mouse")
        same(found$symbol, c("Trp53", "Irf4;Pwwp3a"))
        same(found$MGI[1], "MGI:98834")
        same(found$species, c("mouse", "mouse"))
        same(found$matched_as, c("symbol TP53", "previous_symbol MUM1"))
        table <- data.frame(gene = c("TP53", "MUM1", "TP53"))
        converted <- convert_table(table, "gene", to = "symbol", x = x, to_species = "mouse")
        same(converted$symbol, resolve_ids(table$gene, x = x, to_species = "mouse")$symbol)
        mouse <- gene_xref(x$url, species = "mouse", transport = x$transport)
        same(map_ids(mouse, "Trp53", "SYMBOL", "SYMBOL", to_species = "human"), c(Trp53 = "TP53"))
    """)  # fmt: skip


def test_bare_numbers_are_reported_with_the_key_type_to_set(opening: str) -> None:
    _check(opening, """
        report <- said(found <- map_ids(x, c("7157", "TP53"), "SYMBOL"))
        same(found, c(`7157` = NA, TP53 = "TP53"))
        has(report, 'keytype = "ENTREZID"')
        has(report, 'paste0("ncbigene:", id)')
        same(unname(map_ids(x, c("ncbigene:7157", "TP53"), "SYMBOL")), c("TP53", "TP53"))
        stopifnot(grepl("ENTREZID", said(resolve_ids(c("7157", "TP53"), x = x))))
        same(resolve_ids("7157", from = "ENTREZID", x = x)$symbol, "TP53")
        same(map_ids(x, "NA", "SYMBOL", "SYMBOL"), c(`NA` = "XK"))
    """)  # fmt: skip


def test_several_columns_are_selected_with_a_row_for_each_combination(opening: str) -> None:
    _check(opening, """
        keys <- c("IL7", "MUM1", NA, "nosuchgene", "IL7")
        report <- said(found <- select_ids(x, keys, c("ENTREZID", "SYMBOL"), "SYMBOL"))
        same(found, data.frame(query = c("IL7", "MUM1", "MUM1", NA, "nosuchgene", "IL7"),
                               ENTREZID = c("3574", "3662", "84939", NA, NA, "3574"),
                               SYMBOL = c("IL7", "IRF4", "PWWP3A", NA, NA, "IL7")))
        stopifnot(grepl("1:many", report))
        two <- select_ids(x, "TP53", c("ENTREZID", "CCDS", "REFSEQ"), "SYMBOL")
        ccds <- map_ids(x, "TP53", "CCDS", "SYMBOL", multiVals = "list")[[1]]
        refseq <- map_ids(x, "TP53", "REFSEQ", "SYMBOL", multiVals = "list")[[1]]
        same(nrow(unique(two)), length(ccds) * length(refseq))
        same(unique(two$ENTREZID), "7157")
        same(dim(select_ids(x, character(), "ENTREZID", "SYMBOL")), c(0L, 2L))
        stopifnot(c("ENTREZID", "SYMBOL", "ALIAS", "MGI") %in% gx_columns(), "GENENAME" %in% gx_keytypes())
        for (column in gx_columns()) map_ids(x, "TP53", column, "SYMBOL", multiVals = "list")
        for (keytype in gx_keytypes()) map_ids(x, "TP53", "SYMBOL", keytype, multiVals = "list")
    """)  # fmt: skip


def test_row_names_are_converted_if_no_column_contains_identifiers(opening: str) -> None:
    _check(opening, """
        res <- data.frame(baseMean = c(1843.21, 57.4), padj = c(4.9e-17, NA))
        row.names(res) <- c("ENSG00000141510.17", "ENSG00000104432")
        report <- said(found <- convert_table(res, to = "symbol", x = x))
        same(found$symbol, c("TP53", "IL7"))
        same(found[names(res)], res)
        stopifnot(grepl("row names", report))
        same(said(named <- convert_table(res, column = "row.names", to = "symbol", x = x)), "")
        same(named, found)
        few <- data.frame(n = c(1.5, 2.5), row.names = c("MUM1", "TP53"))
        exploded <- convert_table(few, "row.names", "symbol", x, on_many = "explode")
        same(exploded$symbol, c("IRF4", "PWWP3A", "TP53"))
        same(exploded$n, c(1.5, 1.5, 2.5))
        said(exploded <- convert_table(res, to = "symbol", x = x, on_many = "explode"))
        same(exploded, found)
        for (on_many in c("list", "explode")) {
          lost <- failed(convert_table(data.frame(n = c(1.5, 2.5)), to = "symbol", x = x, on_many = on_many))
          stopifnot(grepl("no column contains identifiers", lost), grepl("column=n", lost), !grepl("row", lost))
          lost <- failed(convert_table(data.frame(gene = "TP53"), "gen", to = "symbol", x = x, on_many = on_many))
          same(lost, "column 'gen' not found. Did you mean 'gene'? Available: gene.")
        }
        same(convert_table(data.frame(gene = c("TP53", NA)), "gene", "symbol", x)$symbol, c("TP53", NA))
        stopifnot(grepl("as.data.frame", failed(convert_table("TP53", x = x))))
    """)  # fmt: skip


def test_a_second_conversion_has_columns_with_names_of_its_own(opening: str) -> None:
    _check(opening, """
        table <- data.frame(gene = c("TP53", "MUM1"))
        human <- convert_table(table, "gene", to = c("symbol", "ncbigene"), x = x)
        both <- convert_table(human, "gene", to = "symbol", x = x, to_species = "mouse", prefix = "mouse_")
        same(names(both)[1:7], names(human)[1:7])
        same(setdiff(names(both), names(human))[1:3], c("mouse_symbol", "mouse_outcome", "mouse_reason"))
        same(both$mouse_symbol, c("Trp53", "Irf4;Pwwp3a"))
        same(both$symbol, human$symbol)
        again <- convert_table(table, "gene", to = "symbol", x = x, suffix = ".now")
        same(names(again)[2:3], c("symbol.now", "outcome.now"))
        stopifnot(grepl("in_place", failed(convert_table(table, "gene", x = x, in_place = TRUE))))
    """)  # fmt: skip


def test_errors_say_what_to_do(opening: str) -> None:
    _check(opening, """
        stopifnot(grepl("Available|Select|column", failed(convert_table(data.frame(a = "IL7"), column = "b", x = x))))
        stopifnot(grepl("unknown namespace", failed(resolve_ids("IL7", from = "kegg", x = x))))
        stopifnot(grepl("ENTREZID", failed(map_ids(x, "IL7", "PFAM", "SYMBOL"))))
        stopifnot(grepl("gene_xref", failed(map_ids("x", "IL7", "SYMBOL"))))
        has(failed(map_ids(x, "IL7", c("SYMBOL", "OMIM"), "SYMBOL")), "column must be one name. select_ids()")
        has(failed(map_ids(x, "IL7", "SYMBOL", "SIMBOL")), 'keytype "SIMBOL" is unknown. Did you mean "SYMBOL"?')
        has(failed(map_ids(x, "IL7", "ENSMBL", "SYMBOL")), 'column "ENSMBL" is unknown. Did you mean "ENSEMBL"?')
        stopifnot(grepl("no option 'speces'", failed(map_ids(x, "IL7", "SYMBOL", speces = "mouse"))))
        stopifnot(grepl("http://", failed(gene_xref("127.0.0.1:8000"))))
    """)  # fmt: skip


def test_a_service_that_is_down_is_one_error_at_once(opening: str) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    printed = _check(opening, f"""
        nobody <- gene_xref("{address}", transport = x$transport)
        Sys.sleep <- function(...) stop("it waits for another attempt")
        has(failed(resolve_ids("IL7", x = nobody)), "no service at {address}: start it with resolver serve")
        stopifnot(startsWith(failed(convert_table(data.frame(a = "IL7"), x = nobody)), "no service at"))
    """)  # fmt: skip
    assert "arning" not in printed

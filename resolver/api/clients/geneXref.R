# Client of Gene Xref Resolver for R: one file, on base R and jsonlite. The service sends it too:
#
#   source("http://127.0.0.1:8000/clients/geneXref.R")
#   x <- gene_xref("http://127.0.0.1:8000", species = "human")
#   map_ids(x, keys = c("TP53", "IL7"), column = "ENSEMBL", keytype = "SYMBOL")
#   select_ids(x, keys = c("TP53", "IL7"), columns = c("ENTREZID", "UNIPROT"), keytype = "SYMBOL")
#   resolve_ids(c("P13232", "IL-7", "ENSG00000141510"), to = c("ENTREZID", "UNIPROT"), x = x)
#   convert_table(data.frame(gene = c("TP53", "IL7")), column = "gene", to = "ncbigene", x = x)
#
# Requests are sent with the package httr2 or curl, if one is installed, else over a socket of base R (http:// only).
# A busy service is waited for, as its Retry-After says. Errors of the service are R errors with its hint.

#' Describe a service and the species of the genes.
#'
#' species: "human", "mouse" or NULL for both. headers: a named character vector. attempts: how often a request is sent.
#' batch: how many identifiers are sent at once. transport: "httr2", "curl" or "socket"; NULL chooses.
gene_xref <- function(url = "http://127.0.0.1:8000", species = "human", headers = NULL, attempts = 5L,
                      timeout = 120, batch = 10000L, transport = NULL) {
  if (is.null(transport)) {
    installed <- Filter(function(name) requireNamespace(name, quietly = TRUE), c("httr2", "curl"))
    transport <- if (length(installed)) installed[[1L]] else "socket"
  }
  if (!transport %in% names(.gx_transports)) {
    stop("transport: there is no ", transport, ". Use httr2, curl or socket.", call. = FALSE)
  }
  if (!grepl("^https?://.", url)) stop("url must begin with http:// or https://, not ", url, ".", call. = FALSE)
  if (transport == "socket" && !startsWith(url, "http://")) {
    stop("https:// needs the package httr2 or curl. Install one of them.", call. = FALSE)
  }
  structure(
    list(url = sub("/+$", "", url), species = species, headers = headers, attempts = attempts, timeout = timeout,
         batch = batch, transport = transport),
    class = "gene_xref"
  )
}

print.gene_xref <- function(x, ...) {
  cat("Gene Xref Resolver at", x$url, "for", if (is.null(x$species)) "human and mouse" else x$species, "\n")
  invisible(x)
}

#' List the columns and the key types, with the names of AnnotationDbi where it has them.
gx_columns <- function(x = NULL) c(names(.gx_namespaces), names(.gx_members))
gx_keytypes <- function(x = NULL) c(names(.gx_namespaces), "SYMBOL", "ALIAS", "GENENAME")

#' Map keys to one column, with the arguments of AnnotationDbi::mapIds.
#'
#' multiVals: "first" (the default), "list", "filter", "asNA", "CharacterList" (needs IRanges), or a function that takes
#' the values of a key. "first" is the first value of one gene: a key that matches several genes is NA, and a message
#' names it. Returns a named character vector ("list" and a function that returns several values: a list); NA for a key
#' without a value. keytype NULL lets the service detect what each key is. Unlike mapIds, keys without a match are no
#' error. Options of the REST API by `...`: to_species = "mouse" maps to orthologs, on_many = "likely" chooses one gene.
map_ids <- function(x, keys, column, keytype = NULL, ...,
                    multiVals = c("first", "list", "filter", "asNA", "CharacterList")) {
  if (length(column) != 1L) stop("column must be one name. select_ids() takes several.", call. = FALSE)
  if (!is.function(multiVals)) multiVals <- match.arg(multiVals)
  if (identical(multiVals, "CharacterList") && !requireNamespace("IRanges", quietly = TRUE)) {
    stop("multiVals = \"CharacterList\" needs the package IRanges. Install it, or use \"list\".", call. = FALSE)
  }
  wanted <- .gx_column(column)
  found <- .gx_resolve(x, keys, .gx_keytype(keytype), list(wanted), ...)
  by_gene <- lapply(found$answers, function(one) lapply(one$genes, .gx_values, wanted))
  values <- lapply(by_gene, function(genes) if (length(listed <- unique(unlist(genes)))) listed else NA_character_)
  differ <- vapply(by_gene, function(genes) length(genes) > 1L && length(unique(lapply(genes, sort))) > 1L, TRUE)
  is_single <- lengths(values) == 1L & !differ
  .gx_report(found$answers[differ], found$count, is.null(keytype), if (!is.function(multiVals)) multiVals)
  dropped <- sum(!is_single & !differ)
  if (dropped && identical(multiVals, "first")) {
    message("'map_ids()' returned 1:many mapping between keys and columns: the first of several values of one gene ",
            "for ", dropped, " of ", found$count, " different keys. multiVals = \"list\" shows all.")
  }
  named <- function(listed) stats::setNames(listed[found$at], found$labels)
  first <- vapply(values, `[[`, "", 1L)
  if (is.function(multiVals)) return(sapply(named(values), multiVals))
  switch(multiVals,
    list = named(values),
    CharacterList = IRanges::CharacterList(named(values)),
    first = named(replace(first, differ, NA_character_)),
    filter = named(first)[is_single[found$at]],
    asNA = named(replace(first, !is_single, NA_character_))
  )
}

#' Map keys to several columns, as AnnotationDbi::select does.
#'
#' Returns a data.frame of text with the column query and one for each of `columns`: a row for each combination of the
#' values of each gene, and one with NA for a key without a gene. Keys that match several genes have rows for each.
select_ids <- function(x, keys, columns, keytype = NULL, ...) {
  wanted <- lapply(stats::setNames(columns, columns), .gx_column)
  found <- .gx_resolve(x, keys, .gx_keytype(keytype), wanted, ...)
  blocks <- lapply(found$answers, function(one) {
    genes <- if (length(one$genes)) one$genes else list(list())
    lapply(genes, function(gene) {
      cells <- lapply(wanted, function(column) {
        values <- unique(.gx_values(gene, column))
        if (length(values)) values else NA_character_
      })
      repeats <- prod(lengths(cells))  # all combinations; the first column varies slowest
      lapply(cells, function(values) {
        repeats <<- repeats / length(values)
        rep(rep(values, each = repeats), length.out = prod(lengths(cells)))
      })
    })
  })
  blocks <- blocks[found$at]
  column <- function(name) lapply(blocks, function(genes) unlist(lapply(genes, `[[`, name)))
  cells <- lapply(stats::setNames(columns, columns), column)
  rows <- if (length(cells)) lengths(cells[[1L]]) else rep(1L, length(blocks))
  if (any(rows > 1L)) message("'select_ids()' returned 1:many mapping between keys and columns")
  .gx_report(Filter(.gx_is_number, found$answers), found$count, is.null(keytype))
  data.frame(query = rep(found$labels, rows), lapply(cells, function(one) as.character(unlist(one))),
             stringsAsFactors = FALSE, check.names = FALSE)
}

#' Resolve identifiers of any namespace, symbols and names.
#'
#' Returns a data.frame with a row for each identifier, in order, duplicates too: query, outcome, reason, hint, n_genes,
#' gene, symbol, species, matched_as, and a column for each of `to`. Several values are joined by `separator`; NA means
#' none. matched_as is how the query matched: an alias, a previous symbol or a retired identifier is accepted, and
#' visible here. from: the namespace of the identifiers (NULL: detected). Options of the REST API by `...`.
resolve_ids <- function(ids, to = NULL, from = NULL, x = gene_xref(), separator = ";", progress = NULL, ...) {
  wanted <- lapply(stats::setNames(to, to), .gx_column)
  namespace <- if (length(from) == 1L && toupper(from) %in% gx_keytypes()) .gx_keytype(from) else from
  found <- .gx_resolve(x, ids, namespace, wanted, fields = c("hint", "matched_as"), progress = progress, ...)
  .gx_report(Filter(.gx_is_number, found$answers), found$count, is.null(from))
  join <- function(values) if (length(values)) paste(unique(values), collapse = separator) else NA_character_
  column <- function(read) vapply(found$answers, read, "")[found$at]
  member <- function(name) column(function(one) join(unlist(lapply(one$genes, `[[`, name))))
  text <- function(name) column(function(one) if (is.null(one[[name]])) NA_character_ else one[[name]])
  shown <- data.frame(
    query = found$labels, outcome = text("outcome"), reason = text("reason"), hint = text("hint"),
    n_genes = vapply(found$answers, function(one) length(one$genes), 1L)[found$at], gene = member("curie"),
    symbol = member("symbol"), species = member("species"),
    matched_as = column(function(one) {
      join(vapply(one$matched, function(gene) paste(gene$matched_as$kind, gene$matched_as$value), ""))
    }),
    stringsAsFactors = FALSE
  )
  for (name in names(wanted)) {
    shown[[name]] <- column(function(one) join(unlist(lapply(one$genes, .gx_values, wanted[[name]]))))
  }
  shown
}

#' Convert a data.frame, or a DataFrame of Bioconductor such as DESeqResults: the same rows with new columns of text.
#'
#' column: the name of the column of identifiers, or "row.names" (NULL: detected by content; the row names if no column
#' contains identifiers). to: the columns to add (NULL: symbol, ncbigene, ensembl, uniprot). prefix, suffix: added to
#' the names of the new columns. The other options of POST /convert by `...`, such as to_species = "mouse",
#' from = "omim" or on_many = "explode", which returns a row for each gene.
convert_table <- function(table, column = NULL, to = NULL, x = gene_xref(), ..., prefix = "", suffix = "") {
  rows <- if (isS4(table)) as.data.frame(table, optional = TRUE) else table
  if (!is.data.frame(rows)) stop("table is not a data.frame. as.data.frame() makes one.", call. = FALSE)
  options <- .gx_options(list(column = column, to = .gx_join(.gx_targets(to)), species = x$species), ...,
                         reserved = c("format", "header", "delimiter", "header_row", "in_place", "dry_run"))
  sent <- lapply(stats::setNames(rows, names(rows)), .gx_texts)
  is_named <- nrow(rows) > 0L && !identical(row.names(rows), as.character(seq_len(nrow(rows))))
  with_names <- if (is_named && !"row.names" %in% names(sent)) c(sent, list(row.names = .gx_texts(row.names(rows))))
  if (!is.null(with_names) && "row.names" %in% column) sent <- with_names
  convert <- function(sent) .gx_convert(x, sent, options)
  answer <- if (is.null(with_names) || !is.null(column)) {
    convert(sent)
  } else {
    tryCatch(convert(sent), gx_problem = function(problem) {
      converted <- convert(with_names)
      message("No column contains identifiers: the row names are converted.")
      converted
    })
  }
  converted <- if (identical(answer$origin, seq_len(nrow(rows)))) table else table[answer$origin, , drop = FALSE]
  added <- answer$added
  if (nzchar(prefix) || nzchar(suffix)) {
    plain <- sub("_[0-9]+$", "", names(added))  # the service numbers the names that the table has already
    plain <- paste0(prefix, ifelse(plain %in% names(rows), plain, names(added)), suffix)
    names(added) <- make.unique(c(names(rows), plain), sep = "_")[length(rows) + seq_along(plain)]
  }
  for (name in names(added)) converted[[name]] <- added[[name]]
  if (nzchar(answer$warning)) warning(answer$warning, call. = FALSE)
  converted
}

# --- Columns --------------------------------------------------------------------------------------------------------

# The columns and key types of identifiers: the namespace, and the level of its identifiers in a column.
.gx_namespaces <- list(
  ENTREZID = c("ncbigene", ""), ENSEMBL = c("ensembl", "gene"), ENSEMBLTRANS = c("ensembl", "transcript"),
  ENSEMBLPROT = c("ensembl", "protein"), UNIPROT = c("uniprot", ""), REFSEQ = c("refseq", ""), OMIM = c("omim", ""),
  MGI = c("mgi", ""), HGNC = c("hgnc", ""), HOMOLOGENE = c("homologene", ""), CCDS = c("ccds", ""), VEGA = c("vega", "")
)
# The columns that are members of a gene.
.gx_members <- list(
  SYMBOL = "symbol", GENENAME = "name", GENETYPE = "gene_type", SPECIES = "species", CURIE = "curie", ALIAS = "names"
)

.gx_column <- function(name) {
  name <- .gx_choose(if (identical(name, "ncbigene")) "ENTREZID" else name, gx_columns(), "column")
  member <- .gx_members[[name]]
  if (!is.null(member)) return(list(member = member))
  list(member = "xrefs", group = .gx_namespaces[[name]][[1L]], level = .gx_namespaces[[name]][[2L]])
}

# Return the names that the service has for columns of gx_columns(); others stay as they are.
.gx_targets <- function(to) {
  if (is.null(to)) return(NULL)
  vapply(trimws(unlist(strsplit(to, ",", fixed = TRUE))), function(name) {
    known <- toupper(name)
    if (known %in% names(.gx_namespaces)) {
      found <- .gx_namespaces[[known]]
      return(if (found[[2L]] %in% c("transcript", "protein")) paste(found, collapse = ".") else found[[1L]])
    }
    if (known == "CURIE") return("gene")
    if (known %in% setdiff(names(.gx_members), "ALIAS")) .gx_members[[known]] else name
  }, character(1L), USE.NAMES = FALSE)
}

.gx_keytype <- function(name) {
  if (is.null(name)) return(NULL)
  name <- .gx_choose(if (identical(name, "ncbigene")) "ENTREZID" else name, gx_keytypes(), "keytype")
  if (name %in% names(.gx_namespaces)) .gx_namespaces[[name]][[1L]] else "symbol"
}

# Return the one of `known` that is meant, in any capitals.
.gx_choose <- function(name, known, what) {
  if (length(name) != 1L || !is.character(name)) stop(what, " must be one name.", call. = FALSE)
  if (toupper(name) %in% known) return(toupper(name))
  far <- utils::adist(toupper(name), known)
  near <- if (min(far) <= 2L) paste0(" Did you mean \"", known[which.min(far)], "\"?")
  stop(what, " \"", name, "\" is unknown.", near, " Available: ", paste(known, collapse = ", "), ".", call. = FALSE)
}

.gx_values <- function(gene, wanted) {
  if (wanted$member == "names") return(unlist(c(gene$symbol, gene$names$previous_symbol, gene$names$alias)))
  if (wanted$member != "xrefs") return(gene[[wanted$member]])
  unlist(lapply(gene$xrefs[[wanted$group]], function(xref) {
    if (!nzchar(wanted$level) || identical(xref$level, wanted$level)) xref$identifier
  }))
}

.gx_is_number <- function(answer) identical(answer$reason, "several_readings")

# Name the keys that match several genes, what becomes of them in `map_ids()`, and how to choose.
.gx_report <- function(answers, total, is_detected, multi_vals = NULL) {
  if (!length(answers)) return(invisible())
  few <- function(listed, most) c(utils::head(listed, most), if (length(listed) > most) "...")
  shown <- vapply(answers, function(one) {
    symbols <- vapply(one$genes, function(gene) if (is.null(gene$symbol)) gene$curie else gene$symbol, "")
    paste0(one$key, " (", paste(few(symbols, 4L), collapse = ", "), ")")
  }, "")
  message(
    length(answers), " of ", total, " different keys match several genes: ", paste(few(shown, 5L), collapse = ", "), ".",
    if (!is.null(multi_vals)) {
      switch(multi_vals, first = , asNA = " They are NA.", filter = " They are left out.")
    },
    if (is_detected && any(vapply(answers, .gx_is_number, TRUE))) {
      " Numbers are identifiers of several namespaces: set keytype = \"ENTREZID\", or write paste0(\"ncbigene:\", id)."
    },
    if (!is.null(multi_vals) && !multi_vals %in% c("list", "CharacterList")) {
      " multiVals = \"list\" shows all values, on_many = \"likely\" chooses one gene."
    }
  )
}

# --- Requests -------------------------------------------------------------------------------------------------------

# Resolve the different ids. Returns their answers and their `count`, which answer each id has (`at`), and the `labels`.
# The genes of an answer are those that it was converted to, if `to_species` is an option; `matched` the matched ones.
.gx_resolve <- function(x, ids, from, wanted, fields = NULL, progress = NULL, ...) {
  if (!inherits(x, "gene_xref")) stop("x is not a service. Make one with gene_xref().", call. = FALSE)
  groups <- unique(unlist(lapply(wanted, `[[`, "group")))
  members <- c("curie", "symbol", "species", unlist(lapply(wanted, `[[`, "member")), if (length(groups)) "xrefs")
  options <- .gx_options(list(from = from, species = x$species, to = .gx_join(groups)), ...,
                         reserved = c("fields", "to", "explain", "receipt"))
  if ("explode" %in% options$on_many) {
    stop("on_many = \"explode\" would return several answers for a key. Use select_ids() or convert_table().",
         call. = FALSE)
  }
  options$fields <- .gx_join(unique(c("outcome", "reason", fields, members)))
  texts <- .gx_texts(ids)
  is_empty <- !nzchar(trimws(texts))
  keys <- unique(texts[!is_empty])
  answers <- list()
  for (part in split(keys, (seq_along(keys) - 1L) %/% x$batch)) {
    sent <- .gx_send(x, "/resolve", options, jsonlite::toJSON(part, auto_unbox = FALSE), "application/json")
    listed <- jsonlite::fromJSON(sent$text, simplifyVector = FALSE)$answers
    if (length(listed) != length(part)) {
      stop("the service returned ", length(listed), " answers for ", length(part), " keys.", call. = FALSE)
    }
    answers <- c(answers, listed)
    if (is.function(progress)) progress(length(answers), length(keys))
  }
  answers <- Map(function(one, key) {
    one$key <- key
    one$matched <- one$genes
    if ("converted" %in% names(one)) one$genes <- one$converted
    one
  }, answers, keys, USE.NAMES = FALSE)
  if (any(is_empty)) answers <- c(answers, list(list(outcome = "empty", genes = list(), matched = list())))
  texts[is.na(ids)] <- NA_character_
  list(answers = answers, at = ifelse(is_empty, length(answers), match(texts, keys)), labels = texts, count = length(keys))
}

# Send a table and return the rows that came back: the number of the row of each, and the columns that were added.
.gx_convert <- function(x, sent, options) {
  options <- c(options, format = "csv", header = "true", delimiter = "comma")
  count <- length(sent[[1L]])
  send <- function(table, options) .gx_send(x, "/convert", options, .gx_csv(table), "text/csv")
  is_exploded <- "explode" %in% options$on_many
  if (is_exploded) {
    # Rows are found again by a last column of their numbers, once the column of identifiers is known.
    planned <- jsonlite::fromJSON(send(sent, c(options, dry_run = "true"))$text, simplifyVector = FALSE)$plan
    options$column <- vapply(planned$columns, function(one) paste0("#", one$position), "")
    sent <- c(sent, list(row = as.character(seq_len(count))))
  }
  answer <- send(sent, options)
  read <- utils::read.csv(text = answer$text, colClasses = "character", check.names = FALSE, na.strings = character(),
                          encoding = "UTF-8", strip.white = FALSE)
  origin <- if (is_exploded) as.integer(read[[length(sent)]]) else seq_len(nrow(read))
  if (!setequal(origin, seq_len(count))) stop("the service returned other rows than it was sent.", call. = FALSE)
  added <- lapply(read[, -seq_along(sent), drop = FALSE], function(cells) replace(cells, !nzchar(cells), NA_character_))
  list(origin = origin, added = added, warning = answer$warning)
}

# Return options with those of the caller; `reserved` ones are the client's.
.gx_options <- function(options, ..., reserved) {
  own <- list(...)
  if (length(own) && (is.null(names(own)) || any(!nzchar(names(own))))) stop("options must have names.", call. = FALSE)
  if (length(taken <- intersect(names(own), reserved))) {
    stop(taken[[1L]], " is not an option of the client for R.", call. = FALSE)
  }
  options[names(own)] <- own
  options
}

# Send a request until it is answered: a busy service is waited for. Returns the text, and a warning of the service.
.gx_send <- function(x, path, options, body, type) {
  pairs <- lapply(names(options), function(name) {
    values <- if (is.logical(options[[name]])) tolower(options[[name]]) else as.character(options[[name]])
    paste0(name, "=", vapply(enc2utf8(values), utils::URLencode, "", reserved = TRUE))
  })
  url <- paste0(x$url, path, "?", paste(unlist(pairs), collapse = "&"))
  body <- enc2utf8(as.character(body))
  headers <- c("content-type" = type, "user-agent" = "gene-xref-resolver R", x$headers)
  for (attempt in seq_len(x$attempts)) {
    response <- tryCatch(
      suppressWarnings(.gx_transports[[x$transport]](url, body, headers, x$timeout)),
      error = function(error) list(status = 0L, headers = list(), text = conditionMessage(error))
    )
    if (response$status %in% 200:299) {
      warned <- response$headers[["x-resolver-warning"]]
      return(list(text = response$text, warning = if (is.null(warned)) "" else warned))
    }
    if (response$status == 0L && !.gx_listens(x$url)) {
      stop("no service at ", x$url, ": start it with resolver serve, or give another url to gene_xref().",
           call. = FALSE)
    }
    if (!response$status %in% c(0L, 408L, 429L, 502L, 503L, 504L) || attempt == x$attempts) break
    wait <- suppressWarnings(as.numeric(response$headers[["retry-after"]]))
    Sys.sleep(if (length(wait) && !is.na(wait)) wait else 0.5 * 2^(attempt - 1L))
  }
  if (response$status == 0L) stop("no reply from ", x$url, ": ", response$text, call. = FALSE)
  problem <- tryCatch(jsonlite::fromJSON(response$text), error = function(error) list())
  detail <- problem$detail
  if (is.null(detail)) detail <- paste("the service answered with the status", response$status)
  sentence <- paste0(detail, if (!grepl("[.?!:]$", detail)) ".", if (!is.null(problem$hint)) paste0(" ", problem$hint))
  stop(structure(class = c("gx_problem", "error", "condition"), list(message = sentence, call = NULL)))
}

# Return whether something accepts connections at an address: then a failed request is worth another attempt.
.gx_listens <- function(url) {
  parts <- regmatches(url, regexec("^(https?)://([^/:]+)(?::([0-9]+))?", url, perl = TRUE))[[1L]]
  if (!length(parts)) return(TRUE)
  port <- if (nzchar(parts[[4L]])) as.integer(parts[[4L]]) else if (parts[[2L]] == "https") 443L else 80L
  opened <- tryCatch(suppressWarnings(socketConnection(parts[[3L]], port, timeout = 5)), error = function(error) NULL)
  if (!is.null(opened)) close(opened)
  !is.null(opened)
}

.gx_transports <- list(
  httr2 = function(url, body, headers, timeout) {
    request <- httr2::req_headers(httr2::request(url), !!!as.list(headers))
    request <- httr2::req_body_raw(request, charToRaw(body), type = headers[["content-type"]])
    request <- httr2::req_error(httr2::req_timeout(request, timeout), is_error = function(response) FALSE)
    response <- httr2::req_perform(request)
    named <- as.list(httr2::resp_headers(response))
    names(named) <- tolower(names(named))
    list(status = httr2::resp_status(response), headers = named, text = httr2::resp_body_string(response, "UTF-8"))
  },
  curl = function(url, body, headers, timeout) {
    handle <- curl::new_handle(post = TRUE, postfields = body, timeout = timeout)
    do.call(curl::handle_setheaders, c(list(handle), as.list(headers)))
    response <- curl::curl_fetch_memory(url, handle)
    text <- rawToChar(response$content)
    Encoding(text) <- "UTF-8"
    list(status = response$status_code, headers = curl::parse_headers_list(response$headers), text = text)
  },
  socket = function(url, body, headers, timeout) {
    parts <- regmatches(url, regexec("^http://([^/:]+)(?::([0-9]+))?(/.*)$", url, perl = TRUE))[[1L]]
    port <- if (nzchar(parts[[3L]])) as.integer(parts[[3L]]) else 80L
    content <- charToRaw(body)
    opened <- socketConnection(parts[[2L]], port, open = "r+b", blocking = TRUE, timeout = timeout)
    on.exit(close(opened))
    lines <- c(paste("POST", parts[[4L]], "HTTP/1.0"), paste0("host: ", parts[[2L]], ":", port),
               paste0(names(headers), ": ", headers), paste0("content-length: ", length(content)), "connection: close")
    writeBin(c(charToRaw(paste0(paste(lines, collapse = "\r\n"), "\r\n\r\n")), content), opened)
    received <- list()
    repeat {
      part <- readBin(opened, raw(), 65536L)
      if (!length(part)) break
      received[[length(received) + 1L]] <- part
    }
    all <- do.call(c, received)
    ends <- which(all == as.raw(0x0a))
    end <- ends[ends > 3L & all[pmax(ends - 2L, 1L)] == as.raw(0x0a)][1L]
    head <- strsplit(rawToChar(all[seq_len(end)]), "\r\n", fixed = TRUE)[[1L]]
    fields <- regmatches(head[-1L], regexpr(":", head[-1L]), invert = TRUE)
    fields <- Filter(function(one) length(one) == 2L, fields)
    named <- lapply(fields, function(one) trimws(one[[2L]]))
    names(named) <- vapply(fields, function(one) tolower(one[[1L]]), "")
    content <- all[-seq_len(end)]
    if (identical(named[["transfer-encoding"]], "chunked")) content <- .gx_dechunk(content)
    text <- rawToChar(content)
    Encoding(text) <- "UTF-8"
    list(status = as.integer(strsplit(head[[1L]], " ")[[1L]][[2L]]), headers = named, text = text)
  }
)

# Return the content of a body in chunks, each of which begins with a line that says its size.
.gx_dechunk <- function(body) {
  ends <- which(body == as.raw(0x0a))
  parts <- list()
  at <- 1L
  repeat {
    end <- ends[ends >= at][1L]
    if (is.na(end)) stop("the answer ended early.")
    size <- strtoi(sub("[;\r].*$", "", rawToChar(body[at:(end - 1L)])), 16L)
    if (size == 0L) return(do.call(c, c(list(raw()), parts)))
    if (end + size > length(body)) stop("the answer ended early.")
    parts[[length(parts) + 1L]] <- body[end + seq_len(size)]
    at <- end + size + 3L
  }
}

# --- Texts ----------------------------------------------------------------------------------------------------------

.gx_join <- function(values) if (length(values)) paste(values, collapse = ",") else NULL

# Cells as texts: a whole number without exponent, nothing for NA.
.gx_texts <- function(values) {
  if (is.factor(values)) values <- as.character(values)
  texts <- if (is.numeric(values)) {
    vapply(values, function(one) format(one, scientific = FALSE, digits = 15, trim = TRUE), "")
  } else if (is.list(values)) {
    vapply(values, function(one) paste(as.character(one), collapse = ";"), "")
  } else {
    as.character(values)
  }
  texts[is.na(values)] <- ""
  enc2utf8(unname(texts))
}

.gx_csv <- function(columns) {
  quoted <- function(cells) paste0('"', gsub('"', '""', cells, fixed = TRUE), '"')
  lines <- if (length(columns[[1L]])) do.call(paste, c(unname(lapply(columns, quoted)), sep = ","))
  paste0(c(paste(quoted(names(columns)), collapse = ","), lines), "\r\n", collapse = "")
}

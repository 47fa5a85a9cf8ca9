# Client of Gene Xref Resolver for R: one file, on base R and jsonlite.
#
#   source("geneXref.R")
#   x <- gene_xref("http://127.0.0.1:8000", species = "human")
#   resolve_ids(c("P13232", "IL-7", "ENSG00000141510"), to = c("ENTREZID", "UNIPROT"), x = x)
#   map_ids(x, keys = c("TP53", "IL7"), column = "ENSEMBL", keytype = "SYMBOL", multiVals = "first")
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

#' Resolve identifiers of any namespace, symbols and names.
#'
#' Returns a data.frame with a row for each identifier, in order, duplicates too: query, outcome, reason, hint, n_genes,
#' gene, symbol, species, and a column for each of `to`. Several values are joined by `separator`; NA means none.
#' from: the namespace of the identifiers (NULL: detected). on_many, policy, consensus: as in the REST API, by `...`.
resolve_ids <- function(ids, to = NULL, from = NULL, x = gene_xref(), separator = ";", progress = NULL, ...) {
  wanted <- lapply(stats::setNames(to, to), .gx_column)
  groups <- unique(unlist(lapply(wanted, `[[`, "group")))
  answers <- .gx_resolve(x, ids, from, groups, names = any(vapply(wanted, function(one) one$member == "names", TRUE)),
                         progress = progress, ...)
  join <- function(values) if (length(values)) paste(unique(values), collapse = separator) else NA_character_
  member <- function(name) vapply(answers, function(one) join(.gx_pluck(one$genes, name)), "")
  text <- function(name) vapply(answers, function(one) if (is.null(one[[name]])) NA_character_ else one[[name]], "")
  found <- data.frame(
    query = .gx_texts(ids), outcome = text("outcome"), reason = text("reason"), hint = text("hint"),
    n_genes = vapply(answers, function(one) length(one$genes), 1L), gene = member("curie"), symbol = member("symbol"),
    species = member("species"), stringsAsFactors = FALSE
  )
  for (name in names(wanted)) {
    found[[name]] <- vapply(answers, function(one) join(.gx_values(one$genes, wanted[[name]])), "")
  }
  found
}

#' Map keys to one column, with the arguments of AnnotationDbi::mapIds.
#'
#' multiVals: "first" (the default), "list", "filter", "asNA", or a function that takes the values of a key. Returns a
#' named character vector ("list" and a function that returns several values: a list); NA for a key without a value.
#' keytype NULL lets the service detect what each key is. Unlike mapIds, keys without a match are no error.
map_ids <- function(x, keys, column, keytype = NULL, ..., multiVals = c("first", "list", "filter", "asNA")) {
  if (!inherits(x, "gene_xref")) stop("x is not a service. Make one with gene_xref().", call. = FALSE)
  if (!is.function(multiVals)) multiVals <- match.arg(multiVals)
  wanted <- .gx_column(column)
  from <- if (is.null(keytype)) NULL else .gx_column(keytype)$from
  answers <- .gx_resolve(x, keys, from, wanted$group, names = wanted$member == "names", ...)
  values <- lapply(answers, function(one) {
    listed <- unique(.gx_values(one$genes, wanted))
    if (length(listed)) listed else NA_character_
  })
  names(values) <- .gx_texts(keys)
  if (is.function(multiVals)) return(sapply(values, multiVals))
  counts <- lengths(values)
  switch(multiVals,
    list = values,
    first = vapply(values, `[[`, "", 1L),
    filter = vapply(values[counts == 1L], `[[`, "", 1L),
    asNA = vapply(values, function(one) if (length(one) == 1L) one else NA_character_, "")
  )
}

#' Convert a data.frame row for row: the same rows with new columns of text.
#'
#' column: the name of the column of identifiers (NULL: detected by content). to: the columns to add (NULL: symbol,
#' ncbigene, ensembl, uniprot). The other options of POST /convert by `...`, such as from = "omim", on_many = "explode".
convert_table <- function(table, column = NULL, to = NULL, x = gene_xref(), ...) {
  if (!is.data.frame(table)) stop("table is not a data.frame.", call. = FALSE)
  key <- "row of the table"
  sent <- as.data.frame(lapply(table, .gx_texts), stringsAsFactors = FALSE, optional = TRUE)
  names(sent) <- names(table)
  sent[[key]] <- if (nrow(table)) paste("row", seq_len(nrow(table))) else character()
  options <- list(column = column, to = .gx_join(to), species = x$species, ..., format = "csv", header = "true",
                  delimiter = "comma")
  body <- paste0(.gx_csv(sent), collapse = "")
  answer <- .gx_send(x, "/convert", options, body, "text/csv")
  read <- utils::read.csv(text = answer$text, colClasses = "character", check.names = FALSE, na.strings = character(),
                          encoding = "UTF-8", strip.white = FALSE)
  place <- match(key, names(read))
  origin <- as.integer(sub("^row ", "", read[[place]]))
  if (!setequal(origin, seq_len(nrow(table)))) stop("the service returned other rows than it was sent.", call. = FALSE)
  added <- read[, -seq_len(place), drop = FALSE]
  added[] <- lapply(added, function(cells) ifelse(nzchar(cells), cells, NA_character_))
  converted <- table[origin, , drop = FALSE]
  for (name in names(added)) converted[[name]] <- added[[name]]
  if (nzchar(answer$warning)) warning(answer$warning, call. = FALSE)
  converted
}

# --- Columns --------------------------------------------------------------------------------------------------------

# The names of AnnotationDbi's columns and keytypes: the namespace of a key, the group of xrefs, and the level in it.
.gx_columns <- list(
  ENTREZID = c("ncbigene", "ncbigene", ""), ENSEMBL = c("ensembl", "ensembl", "gene"),
  ENSEMBLTRANS = c("ensembl", "ensembl", "transcript"), ENSEMBLPROT = c("ensembl", "ensembl", "protein"),
  UNIPROT = c("uniprot", "uniprot", ""), REFSEQ = c("refseq", "refseq", ""), OMIM = c("omim", "omim", ""),
  MGI = c("mgi", "mgi", ""), HGNC = c("hgnc", "hgnc", ""), HOMOLOGENE = c("homologene", "homologene", ""),
  CCDS = c("ccds", "ccds", ""), VEGA = c("vega", "vega", "")
)
.gx_members <- list(
  SYMBOL = "symbol", GENENAME = "name", GENETYPE = "gene_type", SPECIES = "species", CURIE = "curie", ALIAS = "names"
)

.gx_column <- function(name) {
  known <- .gx_columns[[toupper(name)]]
  if (!is.null(known)) return(list(member = "xrefs", from = known[[1L]], group = known[[2L]], level = known[[3L]]))
  member <- .gx_members[[toupper(name)]]
  if (!is.null(member)) return(list(member = member, from = "symbol", group = NULL, level = ""))
  by_group <- Filter(function(one) one[[2L]] == tolower(name), .gx_columns)
  if (length(by_group)) return(list(member = "xrefs", from = tolower(name), group = tolower(name), level = ""))
  stop("there is no column ", name, ". Use one of ", paste(c(names(.gx_columns), names(.gx_members)), collapse = ", "),
       ".", call. = FALSE)
}

.gx_values <- function(genes, wanted) {
  unlist(lapply(genes, function(gene) {
    if (wanted$member == "names") return(unlist(c(gene$symbol, gene$names$previous_symbol, gene$names$alias)))
    if (wanted$member != "xrefs") return(gene[[wanted$member]])
    listed <- gene$xrefs[[wanted$group]]
    kept <- Filter(function(xref) !nzchar(wanted$level) || identical(xref$level, wanted$level), listed)
    vapply(kept, `[[`, "", "identifier")
  }))
}

.gx_pluck <- function(genes, name) unlist(lapply(genes, `[[`, name))

# --- Requests -------------------------------------------------------------------------------------------------------

.gx_resolve <- function(x, ids, from, groups, names = FALSE, progress = NULL, ...) {
  texts <- .gx_texts(ids)
  genes <- c("curie", "symbol", "name", "species", "gene_type", if (names) "names", if (length(groups)) "xrefs")
  fields <- c("query", "outcome", "reason", "hint", genes)
  options <- list(from = from, species = x$species, to = .gx_join(groups), fields = .gx_join(fields), ...)
  answers <- list()
  for (start in seq(1L, length.out = ceiling(length(texts) / x$batch), by = x$batch)) {
    part <- texts[start:min(start + x$batch - 1L, length(texts))]
    body <- jsonlite::toJSON(part, auto_unbox = FALSE)
    answer <- .gx_send(x, "/resolve", options, body, "application/json")
    answers <- c(answers, jsonlite::fromJSON(answer$text, simplifyVector = FALSE)$answers)
    if (is.function(progress)) progress(length(answers), length(texts))
  }
  answers
}

# Send a request until it is answered: a busy service is waited for. Returns the text, and a warning of the service.
.gx_send <- function(x, path, options, body, type) {
  options <- Filter(Negate(is.null), options)
  query <- paste(names(options), vapply(options, function(one) {
    utils::URLencode(enc2utf8(if (is.logical(one)) tolower(one) else as.character(one)), reserved = TRUE)
  }, ""), sep = "=", collapse = "&")
  url <- paste0(x$url, path, "?", query)
  headers <- c("content-type" = type, "user-agent" = "gene-xref-resolver R", x$headers)
  for (attempt in seq_len(x$attempts)) {
    response <- tryCatch(
      .gx_transports[[x$transport]](url, enc2utf8(as.character(body)), headers, x$timeout),
      error = function(error) list(status = 0L, headers = list(), text = conditionMessage(error))
    )
    if (response$status %in% 200:299) {
      warned <- response$headers[["x-resolver-warning"]]
      return(list(text = response$text, warning = if (is.null(warned)) "" else warned))
    }
    if (!response$status %in% c(0L, 408L, 429L, 502L, 503L, 504L) || attempt == x$attempts) break
    wait <- suppressWarnings(as.numeric(response$headers[["retry-after"]]))
    Sys.sleep(if (length(wait) && !is.na(wait)) wait else 0.5 * 2^(attempt - 1L))
  }
  if (response$status == 0L) stop("no reply from ", x$url, ": ", response$text, call. = FALSE)
  problem <- tryCatch(jsonlite::fromJSON(response$text), error = function(error) list())
  detail <- problem$detail
  if (is.null(detail)) detail <- paste("the service answered with the status", response$status)
  stop(detail, if (!is.null(problem$hint)) paste0(" ", problem$hint), call. = FALSE)
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
    if (!length(parts)) stop("only http:// works without the package httr2 or curl; install one of them.")
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

.gx_csv <- function(table) {
  quoted <- function(cells) paste0('"', gsub('"', '""', cells, fixed = TRUE), '"')
  lines <- if (nrow(table)) do.call(paste, c(unname(lapply(table, quoted)), sep = ",")) else character()
  paste0(c(paste(quoted(names(table)), collapse = ","), lines), "\r\n")
}

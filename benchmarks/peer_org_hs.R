# Answer lines of standard input, each a keytype, a tab and a query, with org.Hs.eg.db. Run by benchmarks/compare_peers.py.
begun <- proc.time()[["elapsed"]]
suppressMessages(library(org.Hs.eg.db))
loaded <- proc.time()[["elapsed"]] - begun
lines <- strsplit(readLines(file("stdin")), "\t")
types <- vapply(lines, `[`, "", 1)
queries <- vapply(lines, `[`, "", 2)
answers <- rep("", length(queries))
begun <- proc.time()[["elapsed"]]
for (type in intersect(unique(types), keytypes(org.Hs.eg.db))) {
  at <- which(types == type)
  found <- tryCatch(
    suppressMessages(mapIds(org.Hs.eg.db, queries[at], "SYMBOL", type, multiVals = "list")),
    error = function(problem) NULL # AnnotationDbi raises an error if no key of a call is known
  )
  if (!is.null(found)) answers[at] <- vapply(found, function(each) paste(each[!is.na(each)], collapse = "|"), "")
}
taken <- proc.time()[["elapsed"]] - begun
version <- paste("org.Hs.eg.db", packageVersion("org.Hs.eg.db"))
cat(sprintf("%s\t%.3f\t%.6f\n", version, loaded, taken))
cat(paste0(answers, "\t"), sep = "\n")

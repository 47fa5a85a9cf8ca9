"""The statements by which `gene_reader` reads a release; `json_each(?)` takes a JSON array of many values at once."""

PLACEMENTS = (
    "SELECT g.id, g.taxon, g.curie, g.symbol, i.relation, i.version, i.assignment_rank"
    " FROM identifier i CROSS JOIN gene g ON g.id = i.gene_id"
    " WHERE i.accession = ? AND i.prefix = ?"
)
NAMES = (
    "SELECT g.id, g.taxon, g.curie, g.symbol, n.kind, n.tier, n.text, n.spellings"
    " FROM name n CROSS JOIN gene g ON g.id = n.gene_id WHERE n.folded = ? ORDER BY n.tier, n.gene_id"
)
GENE = "SELECT id, taxon, curie, symbol FROM gene WHERE id = ?"
DOCUMENT = "SELECT document FROM gene_document WHERE id = ?"
DOCUMENTS = "SELECT d.id, d.document FROM json_each(?) queried CROSS JOIN gene_document d ON d.id = queried.value"
# For many at once; CROSS JOIN keeps SQLite from starting at the large table.
PLACED = (
    "SELECT i.prefix, i.accession, i.gene_id, i.relation, i.version, i.assignment_rank"
    " FROM json_each(?) queried CROSS JOIN identifier i ON i.accession = queried.value"
)
PLACED_LINES = (
    "SELECT group_concat(printf('%s,%s,%d,%s,%d', i.accession, i.prefix, i.gene_id, i.relation, i.assignment_rank),"
    " char(10)) FROM json_each(?) queried CROSS JOIN identifier i ON i.accession = queried.value"
)
GENES = "SELECT g.id, g.taxon, g.curie, g.symbol FROM json_each(?) queried CROSS JOIN gene g ON g.id = queried.value"
UNPLACED = "SELECT relation FROM unplaced WHERE accession = ? AND prefix = ?"
RETIRED_NAMES = "SELECT retired FROM retired_name WHERE folded = ? ORDER BY retired"
NAMES_OF = (
    "SELECT n.folded, g.id, g.taxon, g.curie, g.symbol, n.kind, n.tier, n.text, n.spellings"
    " FROM json_each(?) queried CROSS JOIN name n ON n.folded = queried.value CROSS JOIN gene g ON g.id = n.gene_id"
)
# Names whose loosely folded text is the queried one: it is their folded text, or stands in `loose_name`.
LOOSE_NAMES_OF = (
    "SELECT queried.value, g.id, g.taxon, g.curie, g.symbol, n.kind, n.tier, n.text, n.spellings"
    " FROM json_each(?) queried"
    " CROSS JOIN loose_name l ON l.loose = queried.value"
    " CROSS JOIN name n ON n.folded = l.folded CROSS JOIN gene g ON g.id = n.gene_id"
    " ORDER BY n.tier, n.gene_id"
)
GENE_TYPES = "SELECT g.id, g.gene_type FROM json_each(?) queried CROSS JOIN gene g ON g.id = queried.value"
UNPLACED_OF = (
    "SELECT u.prefix, u.accession, u.relation"
    " FROM json_each(?) queried CROSS JOIN unplaced u ON u.accession = queried.value"
)
RETIRED_NAMES_OF = (
    "SELECT r.folded, r.retired FROM json_each(?) queried CROSS JOIN retired_name r ON r.folded = queried.value"
    " ORDER BY r.retired"
)
RETIREMENTS_OF = (
    "SELECT r.retired, r.successor, r.reason, r.date, r.label, e.sources"
    " FROM json_each(?) queried CROSS JOIN retirement r ON r.retired = queried.value"
    " CROSS JOIN evidence e ON e.id = r.evidence_id ORDER BY r.successor"
)
ORTHOLOG_PAIRS = (
    "SELECT o.gene_id, o.other_id FROM json_each(?) queried CROSS JOIN ortholog o ON o.gene_id = queried.value"
)
SYMBOLS_BY_DELETIONS = (
    "SELECT DISTINCT n.folded FROM json_each(?) queried CROSS JOIN symbol_deletion n ON n.deleted = queried.value"
    " ORDER BY n.folded"
)
NAMES_FROM = (
    "SELECT n.folded, g.id, g.taxon, g.curie, g.symbol, n.kind, n.tier, n.text, n.spellings"
    " FROM name n CROSS JOIN gene g ON g.id = n.gene_id WHERE n.folded >= ? AND n.folded < ? ORDER BY n.folded"
)
PARTNERS = (
    "SELECT protein FROM product WHERE transcript = ? UNION SELECT transcript FROM product WHERE protein = ? ORDER BY 1"
)
NAME_EVIDENCE = (
    "SELECT e.sources FROM name n JOIN evidence e ON e.id = n.evidence_id WHERE n.folded = ? AND n.gene_id = ?"
)
IDENTIFIER_EVIDENCE = (
    "SELECT e.sources FROM identifier i JOIN evidence e ON e.id = i.evidence_id"
    " WHERE i.accession = ? AND i.prefix = ? AND i.gene_id = ?"
)
RIVALS = (
    "SELECT i.prefix || ':' || i.accession, g.curie, g.symbol, o.assignment_rank, e.sources FROM identifier i"
    " CROSS JOIN identifier o ON o.accession = i.accession AND o.prefix = i.prefix AND o.gene_id <> i.gene_id"
    " JOIN gene g ON g.id = o.gene_id JOIN evidence e ON e.id = o.evidence_id"
    " WHERE i.gene_id = ? AND i.relation <> 'group' ORDER BY 1, 2"
)
ORTHOLOGS = (
    "SELECT g.id, g.taxon, g.curie, g.symbol, o.cardinality, o.support, e.sources"
    " FROM ortholog o JOIN gene g ON g.id = o.other_id JOIN evidence e ON e.id = o.evidence_id"
    " WHERE o.gene_id = ? ORDER BY o.rank"
)
RETIREMENTS = (
    "SELECT r.retired, r.successor, r.reason, r.date, r.label, e.sources"
    " FROM retirement r JOIN evidence e ON e.id = r.evidence_id WHERE r.retired = ? ORDER BY r.successor"
)
PREDECESSORS = (
    "SELECT r.retired, r.successor, r.reason, r.date, r.label, e.sources"
    " FROM retirement r JOIN evidence e ON e.id = r.evidence_id WHERE r.successor = ? ORDER BY r.retired"
)
# `;` comes after `:`.
HAS_RETIREMENTS = "SELECT EXISTS (SELECT 1 FROM retirement WHERE retired >= ? AND retired < ?)"
# The order is that of the index `name_in_order`: reading ends with the last requested row.
NAMES_AFTER = (
    "SELECT n.folded, g.id, g.taxon, g.curie, g.symbol, g.name, n.kind, n.text"
    " FROM name n INDEXED BY name_in_order CROSS JOIN gene g ON g.id = n.gene_id"
    " WHERE n.taxon = ? AND n.tier = ? AND (n.folded, n.gene_id) > (?, ?) AND n.folded < ?"
    " ORDER BY n.folded, n.gene_id LIMIT ?"
)
EVIDENCE = (
    "SELECT i.prefix || ':' || i.accession, i.relation, i.version, i.assignment_rank, e.sources"
    " FROM identifier i JOIN evidence e ON e.id = i.evidence_id WHERE i.gene_id = ? ORDER BY i.prefix, i.rank"
)
SOURCE_COLUMNS = (
    "key", "source", "file", "url", "license", "upstream_version", "upstream_date", "statements", "sha256", "note"
)  # fmt: skip
SOURCES = f"SELECT {', '.join(SOURCE_COLUMNS)} FROM source_file ORDER BY key"  # noqa: S608  (our own names)

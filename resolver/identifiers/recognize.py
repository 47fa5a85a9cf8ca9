"""Recognize identifiers: return the interpretations of a text, each with the reason for it.

`recognize` never raises on any text, and its cost grows linearly with the text's length.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from .model import Form, Identifier, Interpretation, Namespace, Problem, Recognition
from .names import ASCII_MARKS, LOOK_ALIKES
from .namespaces import BY_PREFIX, BY_SPELLING, NAMESPACES, NUMBERED, SYMBOL, folded_spelling
from .shapes import ANY_VERSION, BARE, CANONICAL, CANONICAL_FORMS, CURIE_HEADS, SHAPES, SYMBOL_SHAPE, UNIPROT_SHAPE
from .wrapping import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterable

# Prefix, accession, version, the form that it has, why, and whether the text may be a symbol too.
Canonical = tuple[str, str, int | None, Form, str, bool]

MAX_LENGTH = 256

# Most names are of these characters, none of which belongs to a wrapping, a prefix or a page.
_PLAIN_NAME = re.compile("[A-Za-z][A-Za-z0-9]*")
_ASCII_TEXT = re.compile(r"[!-~]+(?: [!-~]+)*")
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_ASCII_MARKS = str.maketrans(ASCII_MARKS)
_LOOK_ALIKES = str.maketrans(LOOK_ALIKES)
_QUOTES = " \"'`«»"
# A colon in any other text is punctuation, as in 2':5'-oligoadenylate.
_CURIE_SHAPE = re.compile(r"[A-Za-z][A-Za-z0-9._-]*: ?[^ ]*")
_OLD_PAR_Y = re.compile(r"ENSGR([0-9]{10})(?:\.([0-9]{1,4}))?")
_DOWNLOADS = (".json", ".txt", ".fasta", ".xml", ".tsv", ".rdf", ".gff")
_CURIE_PAGES = ("bioregistry.io/", "identifiers.org/", "n2t.net/")
_WITHDRAWN = "~withdrawn"
_WITHDRAWN_NOTE = "~withdrawn set aside: the history shows what became of the symbol"
_AS_SYMBOL = "looked up as a gene symbol or name"
_PAR_Y_NOTE = "_PAR_Y set aside: the Y copy of a pseudoautosomal gene belongs to the gene itself"


def recognize(text: str, prefixes: tuple[str, ...] = ()) -> Recognition:
    """Return every interpretation of `text`, best first, each with the reason for it; with `prefixes`, only in those.

    Understands bare accessions, CURIEs in the spellings in use, page URLs of the sources, any case, surrounding
    blanks and quotes, full-width characters, versions, isoforms and `_PAR_Y`. A bare number has one interpretation for
    each namespace of numbers. A text that can be no identifier is still read as a symbol or a name, since those
    have no grammar of their own. Never raises.
    """
    if len(text) > MAX_LENGTH:
        return _refuse_long(text)
    if not prefixes and (known := _read_plain_name(text) or _read_canonical(text)) is not None:
        return known
    cleaned, notes, caution, taxon = prepare(text)
    if not cleaned:
        return Recognition(text, problem=Problem.EMPTY, hint="The query is empty; try P13232, IL7 or omim:146660.")
    if len(cleaned) > MAX_LENGTH:
        return _refuse_long(text)
    if "/" in cleaned and (page := _read_page(cleaned)) is not None:
        interpretations, problem, hint = page
    else:
        interpretations, problem, hint = _read_text(cleaned)
    is_only_text = all(one.is_text for one in interpretations)
    if prefixes:
        interpretations, problem, hint = _only_in(prefixes, cleaned, interpretations)
    found = tuple(_with_notes(one, notes) for one in interpretations)
    return Recognition(text, found, problem, hint, is_only_text, taxon, caution)


class Prepared(NamedTuple):
    """A text without what surrounds and disguises an identifier; notes on that, what else it may be, its species."""

    text: str
    notes: tuple[str, ...] = ()
    caution: str | None = None
    taxon: int | None = None


def prepare(text: str) -> Prepared:
    """Return a text without blanks and quotes around it, and without the wrapping of a program."""
    cleaned, notes = clean(text)
    wrapped = unwrap(cleaned)
    inside = "" if wrapped is None else clean(wrapped.text)[0]
    if wrapped is None or not inside:
        return Prepared(cleaned, notes)
    return Prepared(inside, (*notes, wrapped.note), wrapped.caution, wrapped.taxon)


def has_accession_shape(folded: str) -> bool:
    """Return whether a bare upper-case text has the shape of an accession with letters; cheaper than `recognize`."""
    return BARE.fullmatch(folded) is not None


def _read_plain_name(text: str) -> Recognition | None:
    """Return what the general path would, for letters and digits that are no accession; None for any other text."""
    if _PLAIN_NAME.fullmatch(text) is None or BARE.fullmatch(text.upper()) is not None:
        return None
    return Recognition(text, (_plain_interpretation(text, _AS_SYMBOL),), is_only_text=True)


def _read_canonical(text: str) -> Recognition | None:
    """Return what the general path would, for a text in its authority's own spelling; None for any other."""
    canonical = match_canonical(text)
    if canonical is None:
        return None
    prefix, accession, version, form, why, may_be_symbol = canonical
    interpretation = _interpretation(Identifier(prefix, accession, version), form, why)
    if may_be_symbol:
        return Recognition(text, (interpretation, _text_interpretation(text, _AS_SYMBOL)))
    return Recognition(text, (interpretation,))


def match_canonical(text: str) -> Canonical | None:
    """Return the accession that a text is in its authority's own spelling, or as a CURIE as we write it.

    Most queries are spelled so, and one match of one expression is enough for them.
    """
    match = CANONICAL.fullmatch(text)
    if match is None:
        return _match_curie(text)
    index = match.lastindex or 0
    namespace, form, why = CANONICAL_FORMS[index - 1]
    accession = match[index]
    if len(accession) == len(text):
        return namespace.prefix, accession, None, form, why, namespace.may_be_symbol
    if not form.versioned:
        return None
    return namespace.prefix, accession, int(text[len(accession) + 1 :]), form, why, namespace.may_be_symbol


def list_canonical_patterns() -> list[tuple[str, str, bool]]:
    """Return what `match_canonical` accepts, for columns of texts: prefix, pattern, whether it may be a symbol too.

    A pattern describes the whole text, and has one group, which is the accession.
    """
    patterns = [
        (namespace.prefix, f"({form.pattern}){ANY_VERSION if form.versioned else ''}", namespace.may_be_symbol)
        for namespace, form, _ in CANONICAL_FORMS
    ]
    for namespace in dict.fromkeys(CURIE_HEADS.values()):
        heads = "|".join(head for head, named in CURIE_HEADS.items() if named is namespace)
        forms = [form for named, form, _ in CANONICAL_FORMS if named is namespace] or namespace.forms[:1]
        patterns.append((namespace.prefix, f"(?:{heads}):({'|'.join(form.pattern for form in forms)})", False))
    return patterns


def _match_curie(text: str) -> Canonical | None:
    spelled, _, local = text.partition(":")
    namespace = CURIE_HEADS.get(spelled)
    if namespace is None:
        return None
    if namespace.prefix in NUMBERED:
        form, shape = SHAPES[namespace.prefix][0]
        if shape.fullmatch(local) is None:
            return None
    else:
        match = CANONICAL.fullmatch(local)
        if match is None or match.end() > match.end(match.lastindex or 0):
            return None
        named, form, _ = CANONICAL_FORMS[(match.lastindex or 0) - 1]
        if named is not namespace:
            return None
    return namespace.prefix, local, None, form, f"the prefix {spelled}: names the namespace", False


def _only_in(prefixes: tuple[str, ...], text: str, interpretations: Iterable[Interpretation]) -> Found:
    """Read a text only in these namespaces; a text without their shape is malformed."""
    namespaces = tuple(BY_PREFIX[prefix] for prefix in prefixes)
    inside = _read_in(namespaces, text, f"specified as {namespaces[0].title}")
    inside = inside or [
        interpretation for interpretation in interpretations if interpretation.identifier.prefix in prefixes
    ]
    if inside:
        return inside, None, None
    return [], Problem.MALFORMED, _describe_misfit(namespaces, text)


def _refuse_long(text: str) -> Recognition:
    hint = f"{len(text)} characters are too many; at most {MAX_LENGTH} are read. Send one identifier at a time."
    return Recognition(text, problem=Problem.TOO_LONG, hint=hint)


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text without what surrounds and disguises an identifier, and notes on what was set aside."""
    if _ASCII_TEXT.fullmatch(text) and text[0] not in _QUOTES and text[-1] not in _QUOTES:
        return text, ()
    normalized = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_ASCII_MARKS)
    replaced = dict.fromkeys(letter for letter in normalized if letter in LOOK_ALIKES)
    if replaced:  # a letter may compose with a mark that follows it
        normalized = unicodedata.normalize("NFKC", normalized.translate(_LOOK_ALIKES))
    written = " ".join(normalized.split())
    cleaned = written.lstrip(_QUOTES)
    primes = written[: len(written) - len(cleaned)].count("'")
    # A prime at the end belongs to symbols such as U2B'', unless one at the start makes it a quotation mark.
    while cleaned and cleaned[-1] in _QUOTES and (cleaned[-1] != "'" or primes):
        primes -= cleaned[-1] == "'"
        cleaned = cleaned[:-1]
    if replaced:
        letters = ", ".join(f"{letter} (U+{ord(letter):04X}) as {LOOK_ALIKES[letter]}" for letter in replaced)
        return cleaned, (f"letters that look alike are read as those of gene names: {letters}",)
    return cleaned, () if cleaned == text else ("blanks, quotes or full-width characters set aside",)


def _with_notes(interpretation: Interpretation, notes: tuple[str, ...]) -> Interpretation:
    if not notes:
        return interpretation
    return interpretation._replace(notes=(*notes, *interpretation.notes))


Found = tuple[list[Interpretation], Problem | None, str | None]


def _read_text(text: str) -> Found:
    """Read a CURIE with a known prefix, else a bare accession, symbol or name."""
    spelled, colon, local = text.partition(":")
    namespaces = BY_SPELLING.get(folded_spelling(spelled)) if colon else None
    if namespaces is None and " " in text and not colon:
        spelled, _, local = text.rpartition(" ")
        namespaces = BY_SPELLING.get(folded_spelling(spelled))
        interpretations = _read_in(namespaces or (), local, f"{spelled} before a blank names the namespace")
        if interpretations:  # `OMIM 146660` is an identifier, `interleukin 7` a name
            return interpretations, None, None
        namespaces = None
    if namespaces is None:
        return _read_bare(text, unknown_prefix=spelled if colon and _CURIE_SHAPE.fullmatch(text) else None)
    interpretations = _read_in(namespaces, local.strip(), f"the prefix {spelled.strip()}: names the namespace")
    if interpretations:
        return interpretations, None, None
    return [], Problem.MALFORMED, _describe_misfit(namespaces, local.strip())


def _describe_misfit(namespaces: tuple[Namespace, ...], local: str) -> str:
    first = namespaces[0]
    example = first.forms[0].example
    return f"{local!r} does not have the shape of {first.title}; one looks like {first.prefix}:{example}."


def _read_in(namespaces: tuple[Namespace, ...], local: str, why: str) -> list[Interpretation]:
    """Read an accession of specified namespaces; it may repeat its prefix (`MGI:MGI:96561`)."""
    head, colon, rest = local.partition(":")
    while colon and (inner := BY_SPELLING.get(folded_spelling(head))):  # a prefix of its own counts only if it agrees
        namespaces = tuple(namespace for namespace in namespaces if namespace in inner)
        local = rest.strip()
        head, colon, rest = local.partition(":")
    folded = local.upper().strip(_QUOTES)
    interpretations: list[Interpretation] = []
    for namespace in namespaces:
        if namespace is SYMBOL:
            if not interpretations and _is_symbol(local):
                interpretations.append(_text_interpretation(local, why))
            continue
        interpretation = _read_accession(namespace, folded, why)
        if interpretation is not None:
            interpretations.append(interpretation)
    return interpretations


def _read_accession(namespace: Namespace, folded: str, why: str) -> Interpretation | None:
    for dropped in namespace.drop:
        folded = folded.removeprefix(dropped)
    if namespace.prefix == "ensembl" and (old := _OLD_PAR_Y.fullmatch(folded)):
        folded = f"ENSG0{old[1]}" + (f".{old[2]}" if old[2] else "") + "_PAR_Y"
    for form, shape in SHAPES[namespace.prefix]:
        match = shape.fullmatch(folded)
        if match is not None:
            identifier = Identifier(namespace.prefix, match[1], int(match[2]) if match[2] else None)
            return _interpretation(identifier, form, why, (_PAR_Y_NOTE,) if match[3] else ())
    return None


def _interpretation(identifier: Identifier, form: Form, why: str, notes: tuple[str, ...] = ()) -> Interpretation:
    parent = None
    if identifier.prefix == "uniprot.isoform":
        parent = Identifier("uniprot", identifier.accession.partition("-")[0])
    elif identifier.prefix == "uniprot.mnemonic":
        entry = identifier.accession.partition("_")[0]
        parent = Identifier("uniprot", entry) if UNIPROT_SHAPE.fullmatch(entry) else None
    return Interpretation(identifier, form.level, why, notes, parent)


def _text_interpretation(text: str, why: str) -> Interpretation:
    head = text
    while head[-len(_WITHDRAWN) :].lower() == _WITHDRAWN:  # how HGNC and MGI print a withdrawn symbol
        head = head[: -len(_WITHDRAWN)].rstrip(' "`«»')
    if head != text and _is_symbol(head):
        symbol = Identifier(SYMBOL.prefix, head)
        return Interpretation(symbol, None, why, (_WITHDRAWN_NOTE,), is_text=True, is_withdrawn=True)
    return _plain_interpretation(text, why)


def _is_symbol(text: str) -> bool:
    return SYMBOL_SHAPE.fullmatch(text) is not None and not text.isdigit()


def _plain_interpretation(text: str, why: str) -> Interpretation:
    return Interpretation(Identifier(SYMBOL.prefix, text), None, why, is_text=True)


def _read_bare(text: str, unknown_prefix: str | None = None) -> Found:
    interpretations: list[Interpretation] = []
    folded = text.upper().strip(_QUOTES)  # a prime at the end may belong to a symbol, never to an accession
    may_be_symbol = True
    digits = folded.lstrip("*#+%^")
    if digits.isascii() and digits.isdigit():
        numbered = ("omim",) if digits != folded else NUMBERED
        for prefix in numbered:
            namespace = BY_PREFIX[prefix]
            interpretation = _read_accession(namespace, digits, f"a bare number may be from {namespace.title}")
            if interpretation is not None:
                interpretations.append(interpretation)
    else:
        match = BARE.fullmatch(folded)
        if match is not None:
            namespace = NAMESPACES[int((match.lastgroup or "")[1:])]
            may_be_symbol = namespace.may_be_symbol
            interpretation = _read_accession(namespace, folded, f"has the shape of {namespace.title}")
            if interpretation is not None:
                interpretations.append(interpretation)
        if may_be_symbol and SYMBOL_SHAPE.fullmatch(text):
            interpretations.append(_text_interpretation(text, _AS_SYMBOL))
    if unknown_prefix is not None:  # the whole may still be a name; the problem is reported if it is none
        return interpretations, Problem.UNKNOWN_NAMESPACE, _describe_unknown(unknown_prefix)
    if interpretations:
        return interpretations, None, None
    hint = "No identifier, symbol or gene name looks like this; try P13232, IL7 or omim:146660."
    return [], Problem.MALFORMED, hint


def _describe_unknown(prefix: str) -> str:
    known = ", ".join(namespace.prefix for namespace in NAMESPACES)
    return f"The prefix {prefix!r} is not known; known are {known}."


def _read_page(text: str) -> Found | None:
    """Read the URL of a source's page; None if the text is no URL."""
    scheme, separator, address = text.partition("://")
    if not separator:
        address = text
        if not _HOST.match(text):
            return None
    elif scheme.lower() not in {"http", "https", "ftp"}:
        return None
    lowered = address.lower().removeprefix("www.")
    address = address[len(address) - len(lowered) :]
    for page in _CURIE_PAGES:
        if lowered.startswith(page):
            curie = _until_delimiter(address[len(page) :], "?#&")
            prefix, slash, local = curie.partition("/")
            known = slash and folded_spelling(prefix) in BY_SPELLING
            return _read_text(f"{prefix}:{local}" if known else curie)
    namespaces = [n for n in NAMESPACES for head in n.page_heads if lowered.startswith(head)]
    for namespace in namespaces:
        head = max((h for h in namespace.page_heads if lowered.startswith(h)), key=len)
        local = unquote(_until_delimiter(address[len(head) :], "/?#&;")).strip()
        for ending in _DOWNLOADS:
            local = local.removesuffix(ending)
        local, _ = clean(local)
        why = f"the address of a page of {namespace.authority}"
        interpretations = _read_in((namespace,), local, why)
        if interpretations:
            return interpretations, None, None
    interpretations = _read_page_query(address, lowered)
    if interpretations:
        return interpretations, None, None
    if namespaces or any(lowered.startswith(host) for n in NAMESPACES for host, _ in n.page_queries):
        return [], Problem.MALFORMED, "The page's URL contains no known identifier where one belongs."
    host = lowered.partition("/")[0]
    return [], Problem.UNKNOWN_NAMESPACE, f"Pages of {host!r} are not known; send the identifier itself."


def _read_page_query(address: str, lowered: str) -> list[Interpretation]:
    """Read an identifier out of a page's query, such as `…/Gene/Summary?db=core;g=ENSG00000104432`."""
    _, _, query = address.partition("?")
    for part in re.split("[?&;#]", query):
        key, _, value = part.partition("=")
        for namespace in NAMESPACES:
            for host, wanted in namespace.page_queries:
                if wanted == key and host in lowered:
                    why = f"the address of a page of {namespace.authority}"
                    if interpretations := _read_in((namespace,), clean(unquote(value))[0], why):
                        return interpretations
    return []


def _until_delimiter(text: str, delimiters: str) -> str:
    return re.split(f"[{delimiters}]", text, maxsplit=1)[0]


_HOST = re.compile(r"(?:[A-Za-z0-9-]+\.)+(?:org|gov|edu|uk|io|net|com|info)/")

"""The options of a query: one table for every interface, and how each is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from ..errors import BadOption, UnknownNamespace
from ..identifiers.brief import suggest_near
from ..identifiers.namespaces import BY_SPELLING, NAMESPACES, NUMBERED, XREF_GROUPS, folded_spelling
from ..identifiers.species import SPECIES, get_taxon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class OnMany(StrEnum):
    """What to do if several genes match."""

    LIST = "list"
    FIRST = "first"
    LIKELY = "likely"
    EXPLODE = "explode"
    ERROR = "error"
    NA = "na"


class Policy(StrEnum):
    """Whether a previous symbol goes before an alias, or a text that is both, of different genes, is ambiguous."""

    TIERS = "tiers"
    STRICT = "strict"


class Orthologs(StrEnum):
    """Which orthologs a gene is mapped to: all, or only those that are one to one."""

    ALL = "all"
    ONE_TO_ONE = "one_to_one"


class Consensus(StrEnum):
    """How many of the organizations that speak of a gene's identifiers must state an xref for it to be listed."""

    ANY = "any"
    MAJORITY = "majority"
    ALL = "all"


# A shorter list says too little of its species.
FEWEST_DIFFERENT = 20

# What an answer, and a gene in it, can be trimmed to; a test compares these with the published shape.
ANSWER_FIELDS = (
    "query", "interpretations", "outcome", "reason", "hint", "genes", "converted", "also", "other_matches",
    "related", "suggestions", "damage", "history", "marks", "policy", "release",
)  # fmt: skip
GENE_FIELDS = (
    "curie", "symbol", "name", "taxon", "species", "gene_type", "location", "xrefs", "names", "phenotypes",
    "alternates", "links", "matched_as", "orthologs", "evidence", "path", "via",
)  # fmt: skip


_ANY, _AUTO = "any", "auto"


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a query; `DEFAULT` returns all that is known, in both species.

    `namespaces` are the prefixes that the text is read in (empty: all); `to` the xref groups, `fields` the members
    that the answer is trimmed to (None: all); `species` and `to_species` are taxon ids. With `by_vote` the unambiguous
    queries of a list decide the species of the others.
    """

    namespaces: tuple[str, ...] = ()
    species: int | None = None
    to_species: int | None = None
    to: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None
    explain: bool = False
    receipt: bool = False
    orthologs: Orthologs = Orthologs.ALL
    consensus: Consensus = Consensus.ANY
    on_many: OnMany = OnMany.LIST
    policy: Policy = Policy.TIERS
    by_vote: bool = False

    def describe(self) -> dict[str, Any]:
        """Return the options as a client can send them again."""
        return {
            "from": self.namespaces[0] if self.namespaces else None,
            "species": _AUTO if self.by_vote else None if self.species is None else SPECIES[self.species].name,
            "to_species": None if self.to_species is None else SPECIES[self.to_species].name,
            "orthologs": self.orthologs.value,
            "to": None if self.to is None else list(self.to),
            "consensus": self.consensus.value,
            "on_many": self.on_many.value,
            "policy": self.policy.value,
        }


DEFAULT = Options()
# What tables, and lists of the command line, have where no species is specified.
LIST_DEFAULT = Options(by_vote=True)


class OptionValues(TypedDict, total=False):
    """The options as keywords in Python; `namespace` is `from` elsewhere, which is a keyword of the language."""

    namespace: str
    species: str | int
    to_species: str | int
    orthologs: str
    to: str | list[str]
    fields: str | list[str]
    explain: bool
    receipt: bool
    consensus: str
    on_many: str
    policy: str


class Query(NamedTuple):
    """A query with options of its own, among many."""

    text: str
    options: Options


class Option(NamedTuple):
    """Describe one option: its public name, its member of `Options`, its parser, its JSON schema and its help.

    A parser that sets several members returns them by name.
    """

    name: str
    member: str
    read: Callable[[str], Any]
    schema: dict[str, Any]
    help: str


def get_namespaces(text: str) -> tuple[str, ...]:
    """Return the prefixes that a namespace, in any spelling, covers (`uniprot` for isoforms and entry names too).

    Raises UnknownNamespace, naming those that exist.
    """
    known = tuple(namespace.prefix for namespace in BY_SPELLING.get(folded_spelling(text), ()))
    if not known:
        raise UnknownNamespace(
            f"unknown namespace {text!r}", hint=_list_known(text, (*XREF_GROUPS, "symbol"), "Available:")
        )
    # HGNC's numbers go before its symbols, and a number is never a symbol.
    return known[:1] if known[0] in NUMBERED else known


def get_targets(text: str) -> tuple[str, ...]:
    """Return the xref groups that a comma-separated list of namespaces (in any spelling) requests.

    Raises UnknownNamespace, naming those that exist.
    """
    targets: list[str] = []
    for part in text.split(","):
        if not part.strip():
            continue
        group = find_group(part)
        if group is None:
            raise UnknownNamespace(
                f"there are no xrefs to {part.strip()!r}", hint=_list_known(part, XREF_GROUPS, "Choose from")
            )
        targets.append(group)
    return tuple(dict.fromkeys(targets))


def find_group(text: str) -> str | None:
    """Return the xref group of a namespace in any spelling; None if answers list no xrefs of it."""
    return next((row.prefix for row in BY_SPELLING.get(folded_spelling(text), ()) if row.prefix in XREF_GROUPS), None)


def _get_fields(text: str) -> tuple[str, ...]:
    wanted = tuple(part.strip().removeprefix("genes.") for part in text.split(",") if part.strip())
    unknown = [field for field in wanted if field not in ANSWER_FIELDS and field not in GENE_FIELDS]
    if unknown:
        raise BadOption(
            f"an answer has no field {unknown[0]!r}",
            hint=f"{suggest_near(unknown[0], (*ANSWER_FIELDS, *GENE_FIELDS))}"
            f"Fields of an answer: {', '.join(ANSWER_FIELDS)}; of its genes: {', '.join(GENE_FIELDS)}.",
        )
    return wanted


def _get_species(text: str) -> dict[str, Any]:
    """Return the members of the options that a species sets."""
    word = text.strip().lower()
    if word in {_ANY, _AUTO}:
        return {"species": None, "by_vote": word == _AUTO}
    return {"species": get_taxon(text), "by_vote": False}


def _read_boolean(text: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in known:
        raise BadOption(f"{text!r} is neither true nor false", hint="Write true or false.")
    return known[text.lower()]


def _get_consensus(text: str) -> Consensus:
    return Consensus(_one_of(Consensus, text))


def _get_orthologs(text: str) -> Orthologs:
    return Orthologs(_one_of(Orthologs, text))


def _get_on_many(text: str) -> OnMany:
    return OnMany(_one_of(OnMany, text))


def _get_policy(text: str) -> Policy:
    return Policy(_one_of(Policy, text))


def _list_known(text: str, known: Iterable[str], lead: str) -> str:
    """Return a hint with the known words, the nearest one first."""
    return f"{suggest_near(text, known)}{lead} {', '.join(known)}."


def _one_of(words: type[StrEnum], text: str) -> str:
    if text.lower() not in set(words):
        raise BadOption(f"{text!r} is not one of {', '.join(words)}", hint=_list_known(text, words, "Choose one of"))
    return text.lower()


def _words(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(dict.fromkeys(words))}


def _listed(words: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a list with commas between its elements."""
    return {"type": "array", "items": words}


# Capitals, blanks and some marks do not matter either; a schema cannot say so.
NAMESPACE_SCHEMA = _words(
    *(row.prefix for row in NAMESPACES), *(spelling for row in NAMESPACES for spelling in row.spellings)
)
SPECIES_SCHEMA = _words(
    *(species.name for species in SPECIES.values()), *map(str, SPECIES),
    *(word for species in SPECIES.values() for word in (species.scientific_name, *species.words)),
)  # fmt: skip
_SPECIES_OR_BOTH = _words(_ANY, _AUTO, *SPECIES_SCHEMA["enum"])
_TARGETS = _words(*XREF_GROUPS, *(one for one in NAMESPACE_SCHEMA["enum"] if find_group(one)))
_FIELDS = _words(*ANSWER_FIELDS, *GENE_FIELDS)
_FLAG: dict[str, Any] = {"type": "boolean", "default": False}


def _choice(words: type[StrEnum]) -> dict[str, Any]:
    return {"type": "string", "enum": list(words), "default": next(iter(words)).value}


OPTIONS: tuple[Option, ...] = (
    Option("from", "namespaces", get_namespaces, NAMESPACE_SCHEMA,
           "namespace of the queried identifiers, such as omim (default: detected)"),
    Option("species", "species", _get_species, _SPECIES_OR_BOTH,
           "species of the queried genes: human, mouse, 9606 or 10090; any: both; auto: both, but a list of "
           f"{FEWEST_DIFFERENT} or more different queries is read in the species of its unambiguous ones (default: "
           "auto for tables and lists of the command line, else any)"),
    Option("to_species", "to_species", get_taxon, SPECIES_SCHEMA,
           "return genes of this species; genes of the other species are mapped through orthologs"),
    Option("orthologs", "orthologs", _get_orthologs, _choice(Orthologs),
           "with to_species, which orthologs count: all, or only those that are one_to_one"),
    Option("to", "to", get_targets, _listed(_TARGETS),
           "namespaces to return, separated by commas, such as ensembl,uniprot (default: all)"),
    Option("fields", "fields", _get_fields, _listed(_FIELDS),
           "members of the answer and of its genes to return, separated by commas, such as outcome,symbol,xrefs"),
    Option("consensus", "consensus", _get_consensus, _choice(Consensus),
           "agreement required for a cross-reference (xref): any, the majority or all of the organizations that cover "
           "its gene"),
    Option("on_many", "on_many", _get_on_many, _choice(OnMany),
           "if several genes match: list all, return the first, or the likely one with its reason, explode into one "
           "result for each, raise an error, or return none (na)"),
    Option("policy", "policy", _get_policy, _choice(Policy),
           "strict: a text that is the previous symbol of one gene and an alias of another is ambiguous; "
           "tiers: the previous symbol goes first"),
    Option("explain", "explain", _read_boolean, _FLAG,
           "add the evidence: which source files assert each xref, and which contradict it"),
    Option("receipt", "receipt", _read_boolean, _FLAG,
           "add a receipt: release, source versions, parameters, and a sentence for a methods section"),
)  # fmt: skip
_BY_NAME = {option.name: option for option in OPTIONS} | {"namespace": OPTIONS[0]}


def read_options(stated: Mapping[str, object], base: Options = DEFAULT) -> Options:
    """Return the options that a query specifies by name, on top of `base`; empty ones are left out.

    Raises BadOption for a name that is none, or a value that cannot be read, and UnknownSpecies, UnknownNamespace.
    """
    spelled = ((name, _spelled(value)) for name, value in stated.items() if value is not None)
    given = tuple((name, value) for name, value in spelled if value)
    return _read(given, base) if given else base


def read_keywords(values: Mapping[str, object], base: Options = DEFAULT) -> Options:
    """Return the options that keywords of Python specify, on top of `base`; raises what `read_options` raises."""
    check_keywords(values, OptionValues.__annotations__)
    return read_options(values, base)


def check_keywords(values: Iterable[str], known: Iterable[str]) -> None:
    """Raise BadOption for a keyword of Python that is none of those known."""
    for name in values:
        if name not in known and name != "from":  # which only a dictionary of options can have
            raise refuse_option(name, known)


def refuse_option(name: str, known: Iterable[str]) -> BadOption:
    """Return the error for an option that does not exist."""
    return BadOption(f"there is no option {name[:80]!r}", hint=_list_known(name, known, "Options are"))


def _spelled(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value).strip(", ")


def require_one(value: object) -> None:
    """Raise TypeError for a list, an array or a column where one identifier is expected."""
    is_several = hasattr(type(value), "__iter__") and not isinstance(value, str | bytes)
    if is_several and getattr(value, "ndim", None) != 0:  # an array without dimensions is one value
        raise TypeError(
            f"resolve() takes one identifier, not a {type(value).__name__}: "
            "call resolve_many() for several, or convert() for a table"
        )


def require_many(values: object) -> None:
    """Raise TypeError for one identifier where several are expected."""
    if isinstance(values, str | bytes) or not hasattr(type(values), "__iter__"):
        raise TypeError(
            f"resolve_many() takes a list of identifiers, not a single {type(values).__name__}: "
            "call resolve() for one, or resolve_many([...])"
        )


def as_text(value: object) -> str:
    """Return the content of a cell as text: empty for None and NaN, else as it is written."""
    try:
        # NaN alone is not itself; pandas' NA will not even say.
        is_nothing = value is None or not bool(value == value)
    except (TypeError, ValueError, ArithmeticError):
        is_nothing = True
    if is_nothing:
        return ""
    try:
        return str(value)
    except ValueError:  # an integer of thousands of digits, of which Python prints only the hexadecimal ones
        return f"{value:x}"


@lru_cache(maxsize=1024)
def _read(given: tuple[tuple[str, str], ...], base: Options) -> Options:
    members = {name: getattr(base, name) for name in Options.__slots__}
    for name, value in given:
        option = _BY_NAME.get(name)
        if option is None:
            raise refuse_option(name, [option.name for option in OPTIONS])
        try:
            read = option.read(value)
            members |= read if isinstance(read, dict) else {option.member: read}
        except BadOption as error:
            raise BadOption(f"{name}: {error}", hint=error.hint) from error
    return Options(**members)

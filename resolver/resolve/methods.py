"""The sentences of a receipt for the methods section of a paper: what was done, with which data, and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..store.gene_reader import GeneReader

# What each value of an option means, as a part of a sentence; None where it needs no word.
_MEANINGS: Mapping[str, Mapping[str, str | None]] = {
    "species": {name: f"names were read as those of {name} genes" for name in ("human", "mouse")},
    "policy": {
        "tiers": "approved symbols took precedence over previous symbols, and these over aliases",
        "strict": "approved symbols took precedence over previous symbols and aliases",
    },
    "on_many": {
        "list": "if several genes matched, all were listed",
        "first": "if several genes matched, the first was used",
        "likely": "if several genes matched, the likeliest was used",
        "explode": "if several genes matched, each was listed as a result of its own",
        "na": "if several genes matched, none was used",
        "error": "no identifier matched several genes",
    },
    "orthologs": {"all": None, "one_to_one": "only one-to-one orthologs counted"},
    "consensus": {
        "any": "cross-references needed one source",
        "majority": "cross-references needed most of the organizations that cover the gene",
        "all": "cross-references needed all organizations that cover the gene",
    },
    "best": {"True": "of each gene the best identifier of each kind was kept"},
}
_WORDS = {
    "from": "identifiers were read as {}",
    "correct": "{} were corrected by hand",
    "species": "the species was decided by the list: {}",
    "species_read": "the list was {}",
    "to_species": "genes were mapped to {} through orthologs",
    "to": "the result has {}",
}
_ORDER = (
    "correct", "from", "species", "species_read", "policy", "on_many", "to_species", "orthologs", "to", "best",
    "consensus",
)  # fmt: skip


def write_methods_sentence(reader: GeneReader, done: str, parameters: Mapping[str, Any], came_to: str) -> str:
    """Return sentences for a paper's methods: what was `done`, with which data and options, and the result."""
    release = reader.release
    options = "; ".join(_describe_options(parameters))
    stated = f" {options[:1].upper()}{options[1:]}." if options else ""
    return (
        f"{done} with Gene Xref Resolver {__version__} (release {release.id}, content SHA-256 "
        f"{release.content_hash[:16]}).{stated} The release combines {describe_sources(reader.list_sources())}. "
        f"Outcomes: {came_to}."
    )


def describe_sources(sources: Iterable[Mapping[str, Any]]) -> str:
    """Return the organizations of the source files, each with the versions and dates of its files."""
    organizations: dict[str, dict[str, list[str]]] = {}
    for row in sources:
        if row["source"] and row["upstream_date"]:  # facts that the project adds have no date
            version, date = str(row["upstream_version"] or ""), str(row["upstream_date"])[:10]
            dated = date if not version or version == date else f"{version} of {date}"
            file = str(row["key"]).partition(".")[2]
            organizations.setdefault(str(row["source"]), {}).setdefault(dated, []).append(file)
    described = []
    for name, by_date in sorted(organizations.items()):
        if len(by_date) == 1:
            described.append(f"{name} ({next(iter(by_date))})")
        else:
            files = "; ".join(f"{_list_words(files)} {dated}" for dated, files in by_date.items())
            described.append(f"{name} ({files})")
    return f"files of {_list_words(described)}" if described else "files without a date"


def _describe_options(parameters: Mapping[str, Any]) -> Iterator[str]:
    for name in _ORDER:
        value = parameters.get(name)
        if value is None or value == "auto":
            continue
        text = _list_words(value) if isinstance(value, list | tuple) else str(value)
        meaning = _MEANINGS.get(name, {}).get(text)
        if meaning is not None:
            yield meaning
        elif name in _WORDS:
            yield _WORDS[name].format(text)


def _list_words(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)

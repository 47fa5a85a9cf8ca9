"""Real rows of a release, and texts made of them: what the properties of `tests/resolve` are tried on."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from resolver.identifiers.foreign import FOREIGN
from resolver.identifiers.namespaces import NUMBERED
from resolver.identifiers.wrapping import WRAPPINGS
from resolver.resolve.options import Options, read_options
from resolver.resolve.resolver import Resolver

T = TypeVar("T")
DAMAGED = ("1-Mar", "2-Sep", "Mar-01", "2001-03-01", "36951", "2.31E+13", "3574.0", "8,105", "7,157", "1e+05")
INVENTED = ("nonsense!!", "", "zfin:ZDB-GENE-1", "NM_999999999", "uniprot:XYZ", "PO4637", "ENSG0000104432", "x" * 300)
HALVES = ("\ud800", "IL7\udc80", "ncbigene:\udfff")  # of surrogate pairs, which no table and no answer can contain
# Statements take one gene of 25: to sort the two million identifiers of the genome takes longer than most tests.
ANY_CHARACTER = st.characters(categories=None)


def read_rows(resolver: Resolver, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what a statement finds in the release that answers."""
    connection = sqlite3.connect(f"file:{resolver.release.database}?mode=ro", uri=True)
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def read_texts(resolver: Resolver, statement: str, *values: object) -> list[str]:
    """Return the first column of what a statement finds."""
    return [str(row[0]) for row in read_rows(resolver, statement, *values)]


def spread(listed: Sequence[T], count: int) -> list[T]:
    """Return so many of a long list, from all over it."""
    return list(listed[:: max(1, len(listed) // count)][:count])


class Texts:
    """Strategies for the texts that people send, on the rows of one release."""

    def __init__(self, resolver: Resolver) -> None:
        accessions = "SELECT DISTINCT accession FROM identifier WHERE prefix = ? AND gene_id % 25 = 0 ORDER BY 1"
        self.numbers = {prefix: read_texts(resolver, accessions, prefix) for prefix in NUMBERED}
        self.accessions = read_texts(
            resolver, "SELECT DISTINCT accession FROM identifier WHERE gene_id % 25 = 0 ORDER BY 1"
        )
        self.curies = read_texts(
            resolver, "SELECT DISTINCT prefix || ':' || accession FROM identifier WHERE gene_id % 25 = 0 ORDER BY 1"
        )
        self.names = read_texts(resolver, "SELECT DISTINCT text FROM name WHERE gene_id % 25 = 0 ORDER BY 1")
        self.retired = read_texts(resolver, "SELECT DISTINCT retired FROM retirement ORDER BY 1")
        self.labels = read_texts(resolver, "SELECT DISTINCT label FROM retirement WHERE label IS NOT NULL ORDER BY 1")
        number = st.one_of([st.sampled_from(listed) for listed in self.numbers.values()])
        real = st.sampled_from(self.accessions) | st.sampled_from(self.curies) | st.sampled_from(self.names)
        retired = st.sampled_from(self.retired) | st.sampled_from(self.labels)
        self.one: st.SearchStrategy[str] = st.one_of(
            real,
            number,
            retired,
            retired.map("{}~withdrawn".format),
            st.builds("{}.{}".format, real, st.integers(0, 20)),
            st.builds(_typo, real, st.integers(0, 30), st.sampled_from(["", "0", "O", "-", "x"])),
            st.builds(
                "{}{}{}".format, st.sampled_from([" ", '"', ""]), real.map(str.lower), st.sampled_from([" ", "'"])
            ),
            number.map("{}.0".format),
            st.builds("{}{}{}".format, real, st.sampled_from(["|", "_", "-", "."]), real | number),
            number.map(lambda digits: f"{int(digits):,}"),
            st.sampled_from([*DAMAGED, *INVENTED, *HALVES, *(kind.example for kind in FOREIGN)]),
            st.sampled_from([wrapping.example for wrapping in WRAPPINGS]),
            st.text(ANY_CHARACTER, max_size=12),
        )

    def lists(self) -> st.SearchStrategy[list[str]]:
        """Give lists with duplicates; many of them are columns of numbers with something between."""
        columns = st.sampled_from(NUMBERED).flatmap(
            lambda prefix: st.lists(st.sampled_from(self.numbers[prefix]), min_size=3, max_size=12)
        )
        mixed = st.lists(self.one, max_size=10)
        return st.builds(
            _with_duplicates, mixed | st.builds(list.__add__, columns, mixed), st.randoms(use_true_random=False)
        )


def _typo(text: str, place: int, put: str) -> str:
    place = min(place, len(text) - 1)
    return text[:place] + put + text[place + 1 :]


def _with_duplicates(texts: list[str], random: Any) -> list[str]:
    texts = texts + random.sample(texts, len(texts) // 3)
    random.shuffle(texts)
    return texts


def any_options(**fixed: Any) -> st.SearchStrategy[Options]:
    """Give options by chance; `fixed` ones stand as they are given."""
    species = st.sampled_from(["human", "mouse"])
    stated: dict[str, st.SearchStrategy[Any]] = {
        "species": species,
        "to_species": species,
        "to": st.sampled_from(["ensembl", "Entrez,uniprot", "mgi,hgnc"]),
        "fields": st.sampled_from(["outcome,symbol", "query", "genes.xrefs", "policy,hint,converted"]),
        "consensus": st.sampled_from(["any", "majority", "all"]),
        "orthologs": st.sampled_from(["all", "one_to_one"]),
        "on_many": st.sampled_from(["list", "first", "na"]),
        "explain": st.booleans(),
    }
    given = {name: st.just(value) for name, value in fixed.items() if value is not None}
    optional = {name: values for name, values in stated.items() if name not in fixed}
    return st.fixed_dictionaries(given, optional=optional).map(read_options)


def resolve(resolver: Resolver, text: str, **stated: Any) -> dict[str, Any]:
    """Return the answer of a single query as JSON has it."""
    return resolver.resolve(text, **stated).to_dict()


def suggested_by(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the identifiers that an answer suggests, with the symbols of their genes."""
    return [(offer["identifier"], offer["symbol"]) for offer in answer["suggestions"]]


def symbols_of(answer: dict[str, Any]) -> list[str]:
    """Return the symbols of the genes of an answer."""
    return [gene["symbol"] for gene in answer["genes"]]

"""MyGene.info: a second opinion on Entrez genes. It lags behind, so that it is never the only evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from ...errors import SourceUnreachable
from .base import BatchRefused, Host, Rate, Reply, Request, changed, read_json

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST = Host(name="mygene", url="https://mygene.info/v3", rate=Rate(per_second=3, concurrency=2))
BATCH = 1000


class _Hit(BaseModel):
    query: str
    id: str | None = Field(default=None, alias="_id")
    notfound: bool = False


_HITS = TypeAdapter(list[_Hit])


def ask(ids: Sequence[str]) -> Request:
    """Return the request for what is known of genes."""
    return Request(HOST, "/gene", form={"ids": ",".join(ids), "fields": "symbol"})


def inspect(reply: Reply) -> None:
    """Raise where the answer is none."""
    if reply.status == 400:
        raise BatchRefused("the batch was refused")
    if reply.status != 200:
        raise SourceUnreachable(f"MyGene.info answers with status {reply.status}", source="mygene")
    read_opinions(reply)


def read_opinions(reply: Reply) -> dict[str, str | None]:
    """Return, by the gene that was asked for, under which number MyGene.info has it; None where it has none."""
    try:
        hits = _HITS.validate_python(read_json(reply, "mygene"))
    except ValidationError as error:
        raise changed("mygene", "it is no list of genes", reply) from error
    return {hit.query: None if hit.notfound else hit.id for hit in hits}

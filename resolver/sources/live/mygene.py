"""MyGene.info: a second opinion on Entrez genes. It lags behind, so it is never the only evidence."""

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


def request_genes(ids: Sequence[str]) -> Request:
    """Return the request for the records of genes."""
    return Request(HOST, "/gene", form={"ids": ",".join(ids), "fields": "symbol"})


def inspect(reply: Reply) -> None:
    """Raise if the reply has no records."""
    if reply.status == 400:
        raise BatchRefused("the batch was refused")
    if reply.status != 200:
        raise SourceUnreachable(f"MyGene.info replies with status {reply.status}", source="mygene")
    read_opinions(reply)


def read_opinions(reply: Reply) -> dict[str, str | None]:
    """Return the current id at MyGene.info of each queried gene; None if it has none."""
    try:
        hits = _HITS.validate_python(read_json(reply, "mygene"))
    except ValidationError as error:
        raise changed("mygene", "it is no list of genes", reply) from error
    return {hit.query: None if hit.notfound else hit.id for hit in hits}

"""Clients of a service of this program, with the interface of `resolver.Resolver`.

>>> from resolver.client import Client
>>> with Client("http://127.0.0.1:8000") as client:  # doctest: +SKIP
...     client.resolve("P13232").genes[0].gene.symbol
'IL7'
"""

from .answers import ClientAnswer
from .asynchronous import AsyncClient
from .retries import Retries
from .synchronous import Client

__all__ = ["AsyncClient", "Client", "ClientAnswer", "Retries"]

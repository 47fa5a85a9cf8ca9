"""The text of a key, and the hash of its secret.

A key is `gxr_`, an id of 12 characters, `_`, and a secret of 43 characters (256 random bits). The id is no secret: it
names the key in lists and logs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

# 16 MiB and some 40 ms for each hash.
_N, _R, _P = 2**14, 8, 1
_MAX_MEMORY = 64 << 20
_LENGTH = 32
_SHAPE = re.compile(r"gxr_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class Token(NamedTuple):
    """The two parts of a key."""

    id: str
    secret: str

    def __str__(self) -> str:
        return f"gxr_{self.id}_{self.secret}"


def make_token() -> Token:
    """Return a new random key."""
    return Token(secrets.token_hex(6), secrets.token_urlsafe(32))


def parse_token(text: str) -> Token | None:
    """Return the parts of a key, or None if the text has another shape."""
    found = _SHAPE.fullmatch(text)
    return None if found is None else Token(found[1], found[2])


def hash_secret(secret: str, *, salt: bytes | None = None) -> str:
    """Return the scrypt hash of a secret with its parameters; takes some 40 ms."""
    salt = secrets.token_bytes(16) if salt is None else salt
    digest = hashlib.scrypt(secret.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MAX_MEMORY, dklen=_LENGTH)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _encode(salt), _encode(digest)))


def is_secret_of(secret: str, hashed: str) -> bool:
    """Return whether a secret has a hash; takes some 40 ms. A hash that cannot be read is of no secret."""
    try:
        kind, n, r, p, salt, digest = hashed.split("$")
        wanted = base64.b64decode(digest, validate=True)
        made = hashlib.scrypt(
            secret.encode(),
            salt=base64.b64decode(salt, validate=True),
            n=int(n),
            r=int(r),
            p=int(p),
            maxmem=_MAX_MEMORY,
            dklen=_LENGTH,
        )
    except ValueError:
        return False
    return kind == "scrypt" and hmac.compare_digest(made, wanted)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()

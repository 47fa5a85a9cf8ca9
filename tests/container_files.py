"""Reading what a container is made of: the Dockerfile, and which files of the repository it gets to see."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
UID = "10001"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


# --- Reading a Dockerfile ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continued lines joined; `stage` counts the FROMs up to it, from 0."""

    word: str
    text: str
    stage: int


def read_dockerfile(text: str) -> list[Instruction]:
    """Return the instructions of a Dockerfile without here-documents and without an `escape` directive."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    instructions: list[Instruction] = []
    stage = -1
    for joined in re.sub(r"\\\s*\n", " ", "\n".join(lines)).splitlines():
        word, _, rest = joined.strip().partition(" ")
        assert "<<" not in rest, "here-documents are not read here"
        stage += word.upper() == "FROM"
        instructions.append(Instruction(word.upper(), rest.strip(), stage))
    return instructions


IMAGE = read_dockerfile((ROOT / "Dockerfile").read_text(encoding="utf-8"))
LAST_STAGE = IMAGE[-1].stage


def texts(word: str, *, final: bool = False) -> list[str]:
    """Return what follows `word` wherever it is said, or only in the final stage."""
    return [each.text for each in IMAGE if each.word == word and (not final or each.stage == LAST_STAGE)]


def the_text(word: str) -> str:
    """Return what follows `word` in the final stage, where it must be said once."""
    (text,) = texts(word, final=True)
    return text


def the_pairs(word: str) -> dict[str, str]:
    """Return the `key=value` pairs of all ENV or LABEL of the final stage."""
    return dict(pair.split("=", 1) for text in texts(word, final=True) for pair in shlex.split(text))


def the_words(word: str) -> list[str]:
    """Return the JSON list that follows `word` in the final stage."""
    words: list[str] = json.loads(the_text(word))
    return words


def commands() -> Iterator[list[str]]:
    """Yield each single command of all RUN, in words."""
    for text in texts("RUN"):
        for command in text.split("&&"):
            yield shlex.split(command)


def pip_commands(verb: str) -> list[list[str]]:
    """Return the pip commands with this verb, from the verb on."""
    return [words[1:] for words in commands() if words[0].endswith("pip") and words[1] == verb]


def copies() -> Iterator[tuple[list[str], str]]:
    """Yield sources and target of each COPY out of the build context."""
    for text in texts("COPY"):
        words = shlex.split(text)
        if not any(word.startswith("--from") for word in words):
            *sources, target = (word for word in words if not word.startswith("--"))
            yield sources, target


# --- Reading .dockerignore --------------------------------------------------------------------------------------


def is_ignored(path: str, patterns: list[str]) -> bool:
    """Return whether the build context leaves `path` out; as with the engine, the last pattern that fits decides."""
    parts = PurePosixPath(path).parts
    itself_and_parents = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    ignored = False
    for pattern in patterns:
        wanted = re.compile(_ignore_regex(pattern.removeprefix("!")))
        if any(wanted.fullmatch(each) for each in itself_and_parents):
            ignored = not pattern.startswith("!")
    return ignored


def _ignore_regex(pattern: str) -> str:
    translated = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.strip("/"))
    return "".join(translated.get(piece, re.escape(piece)) for piece in pieces)


IGNORED = [
    line.strip()
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def context_files(source: str) -> list[Path]:
    """Return the files that a COPY of `source` finds in the build context."""
    whole = ROOT / source
    found = sorted(path for path in whole.rglob("*") if path.is_file()) if whole.is_dir() else [whole]
    return [path for path in found if not is_ignored(path.relative_to(ROOT).as_posix(), IGNORED)]


def copy_build_context(folder: Path) -> None:
    """Do in `folder` what the COPY instructions of the builder do in `/`."""
    for sources, target in copies():
        for source in sources:
            for path in context_files(source):
                inside = path.relative_to(ROOT / source) if (ROOT / source).is_dir() else Path(path.name)
                copy = folder / target.lstrip("/") / inside
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)

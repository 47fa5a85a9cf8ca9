"""What `mkdocs build` does besides rendering docs/: pages from files outside of it, links, notebooks, and diagrams."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
# Pages of the site that are files outside of docs/.
OUTSIDE = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md", "README.md": "index.md"}
_LINK = re.compile(r"(?<!\!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s]+)\)")
_DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NODE = re.compile(r"(\w+)(?:\[+\(?\"?(.*?)\"?\)?\]+)")
_FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that docs/ does not contain."""
    for source, name in OUTSIDE.items():
        if name != "index.md":
            text = (ROOT / source).read_text(encoding="utf-8")
            files.append(File.generated(config, name, content=_rebase(text, "", posixpath.dirname(name) or ".")))
    for path in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=render_notebook(notebook, path.name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links out of docs/ to the pages of the site; a link to any other file of the repository becomes its name."""
    del config, files
    if page.file.generated_by is not None:
        return markdown
    folder = posixpath.dirname(page.file.src_uri)
    markdown = _DIAGRAM.sub(lambda match: _as_table(match[1]), markdown)
    return _rebase(markdown, posixpath.join("docs", folder), folder or ".")


def _rebase(markdown: str, source: str, folder: str) -> str:
    """Return the text with its links, which are relative to `source`, relative to `folder` of the site."""

    def lead(match: re.Match[str]) -> str:
        label, target = match[1], match[2]
        name, hash_, anchor = target.partition("#")
        if ":" in target or not name:
            return match[0]
        path = posixpath.normpath(posixpath.join(source, name))
        if path in OUTSIDE:
            path = OUTSIDE[path]
            anchor = "" if path == "index.md" else anchor
        elif path.startswith("docs/") and path.endswith(".md") and (ROOT / path).is_file():
            path = path.removeprefix("docs/")
        elif path.startswith("docs/") and path.endswith(".ipynb"):
            path, anchor = path.removeprefix("docs/").replace(".ipynb", ".md"), ""
        else:
            return label if label.startswith("`") else f"{label} (`{path}`)"
        return f"[{label}]({posixpath.relpath(path, folder)}{hash_ if anchor else ''}{anchor})"

    parts = _FENCED.split(markdown)
    return "".join(part if part.startswith("```") else _LINK.sub(lead, part) for part in parts)


def _as_table(diagram: str) -> str:
    """Return a flow chart as a table of its arrows: drawing it would take a script of another host."""
    labels = {name: label.replace("<br/>", " ").strip('"()') for name, label in _NODE.findall(diagram)}
    rows = []
    for line in diagram.splitlines()[1:]:
        parts = re.split(r"\s+--(?:\s+\w[\w ]*\s+--)?>\s+", _NODE.sub(r"\1", line.strip()))
        carried = re.findall(r"--\s+(\w[\w ]*?)\s+--?>", line) + [""] * len(parts)
        for begin, end, what in zip(parts, parts[1:], carried, strict=False):
            rows.append(f"| {labels.get(begin, begin)} | {what} | {labels.get(end, end)} |")
    return "\n".join(["| from | what | to |", "|---|---|---|", *rows])


def render_notebook(notebook: Mapping[str, Any], name: str) -> str:
    """Return a notebook as a page: its text, its code, and the outputs that are stored in it."""
    parts = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(text)
            continue
        parts.append(f"```python\n{text}\n```")
        outputs = "".join(_text_of(output) for output in cell["outputs"]).rstrip("\n")
        if outputs:
            parts.append(f"```text\n{outputs}\n```")
    parts.append(f"The notebook is `docs/notebooks/{name}` of the repository.")
    return "\n\n".join(parts) + "\n"


def _text_of(output: Mapping[str, Any]) -> str:
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return "".join(text) + "\n"

"""Fill build/docs-source: the pages of docs/, the pages of reference, and the way between them.

docs/index.md is the one list of pages. Its sections and links become Sphinx's tables of contents.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from links import target_of
from names import namespaces
from reference import first_line, pages

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

# A link, whose label may hold code; code, in which what looks like a link is none.
LINK = re.compile(r"\[((?:`[^`]+`|[^\]`])+)\]\(([^)#\s]+)(#[^)\s]*)?\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK_OR_SPAN = re.compile(f"{LINK.pattern}|{SPAN.pattern}")
PICTURES = (".png", ".svg")


def links(text: str) -> list[tuple[str, str, str]]:
    """(label, page, anchor) of the links outside of code."""
    found = LINK_OR_SPAN.finditer(FENCE.sub("", text))
    return [(each[1], each[2], each[3] or "") for each in found if each[1]]


def sections(index: str) -> dict[str, list[str]]:
    """{title: pages} as docs/index.md lists them."""
    found = {}
    for title, body in re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", index, re.MULTILINE):
        found[title] = [target for _, target, _ in links(body)]
    return found


def stage(out: Path) -> None:
    """Write all that Sphinx reads into an empty folder."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "reference").mkdir(parents=True)
    for name, text in pages().items():
        (out / "reference" / name).write_text(text, "utf-8")
    (out / "reference" / "index.md").write_text(_reference_index(), "utf-8")
    for page in sorted([*DOCS.glob("*.md"), ROOT / "CHANGELOG.md"]):
        text = page.read_text("utf-8")
        text = _with_links(text, page, out)
        if page.name == "index.md":
            text += _contents(sections(page.read_text("utf-8")))
        (out / page.name).write_text(text, "utf-8")


def _reference_index() -> str:
    listed = sorted(namespaces())
    lines = "\n".join(f"- {{doc}}`{name}`: {first_line(namespaces()[name])}" for name in listed)
    contents = "\n".join(listed)
    return (
        "# Reference\n\nEvery public name, by namespace; the {ref}`index <genindex>` has all.\n\n"
        f"{lines}\n\n```{{toctree}}\n:hidden:\n\n{contents}\n```\n"
    )


def _contents(listed: dict[str, list[str]]) -> str:
    """Tables of contents of what the page has said in words."""
    text = ""
    for title, targets in listed.items():
        names = [Path(target).name.removesuffix(".md") for target in targets]
        body = "\n".join(names)
        text += f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{body}\n```\n"
    return text + "\n```{toctree}\n:hidden:\n:caption: Reference\n\nreference/index\n```\n"


def _with_links(text: str, page: Path, out: Path) -> str:
    """Links between pages stay; those to files of the source become names of these."""
    parts = re.split(f"({FENCE.pattern})", text, flags=re.MULTILINE | re.DOTALL)
    for at in range(0, len(parts), 2):
        parts[at] = LINK_OR_SPAN.sub(
            lambda found: _link(found, page, out) if found[1] else _span(found), parts[at]
        )
    return "".join(parts)


def _link(found: re.Match[str], page: Path, out: Path) -> str:
    label, target, anchor = found[1], found[2], found[3] or ""
    if target.startswith(("http:", "https:", "mailto:")):
        return found[0]
    path = (page.parent / target).resolve()
    if path.suffix == ".md" and path.parent in (DOCS, ROOT) and path.name != "README.md":
        return f"[{label}]({path.name}{anchor})"
    if path.suffix == ".py" and path.is_relative_to(ROOT / "examples"):
        return f"[{label}]({_program(path, out)})"
    if path.suffix in PICTURES:
        place = path.relative_to(ROOT)
        (out / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, out / place)
        return f"[{label}](/{place.as_posix()})"
    name = path.relative_to(ROOT).as_posix()
    return f"{label} (`{name}`)" if label.strip("`") != name else f"`{name}`"


def _program(path: Path, out: Path) -> str:
    """The address of a page that shows an example."""
    place = path.relative_to(ROOT).with_suffix(".md")
    (out / place).parent.mkdir(parents=True, exist_ok=True)
    name = path.relative_to(ROOT).as_posix()
    shown = f"---\norphan: true\n---\n\n# {path.stem.replace('_', ' ').capitalize()}\n\n"
    shown += f"`{name}`:\n\n```python\n{path.read_text('utf-8')}```\n"
    (out / place).write_text(shown, "utf-8")
    return f"/{place.as_posix()}"


def _span(found: re.Match[str]) -> str:
    code = found[4]
    target = target_of(code) if code.startswith("tf.") else None
    return f"{{py:obj}}`{code} <{target}>`" if target else found[0]


if __name__ == "__main__":
    stage(ROOT / "build" / "docs-source")

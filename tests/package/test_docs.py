"""The pages of docs/: one list of them, links that lead somewhere, examples that are true.

What Sphinx makes of them is seen by `make docs`; what can be known without it is here.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .. import pages

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = {page.name: page.read_text("utf-8") for page in sorted(DOCS.glob("*.md"))}

sys.path.insert(0, str(ROOT / "tools" / "docs"))
import docstrings  # noqa: E402
import links  # noqa: E402
import names  # noqa: E402
import reference  # noqa: E402
import stage  # noqa: E402

sys.path.pop(0)


# ------------------------------------------------------------------ the way between pages


def test_every_page_is_in_the_list_once():
    listed = [name for part in stage.sections(PAGES["index.md"]).values() for name in part]
    assert len(set(listed)) == len(listed)
    assert {*listed, "index.md"} == {*PAGES, "../CHANGELOG.md"}


def anchors(text):
    """What GitHub and MyST call the headings of a page."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in found}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for label, target, anchor in stage.links(PAGES[page]):
        if not target.startswith("https:"):
            assert (DOCS / target).exists(), label
            if anchor:
                assert anchor[1:] in anchors((DOCS / target).read_text("utf-8")), label
    for anchor in re.findall(r"\]\(#([^)]+)\)", PAGES[page]):
        assert anchor in anchors(PAGES[page])


# ------------------------------------------------------------------ what pages show


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "tests" / "pages.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    "page",
    [
        name
        for name, text in PAGES.items()
        # One page shows an operation that is still to be added.
        if (">>> " in text or pages.rows(text)) and name != "adding-an-op.md"
    ],
)
def test_examples_and_rows_are_true(page, tmp_path):
    done = run(str(DOCS / page))
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are copies")
def test_answers_stand_alone():
    done = run(str(DOCS / "faq.md"), "--alone")
    assert done.returncode == 0, done.stderr


def test_wrong_pages_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "## What the rows use\n\n```python\n```\n\n```python\nx = 1\n```\n\n"
        "| you write | here you write |\n|---|---|\n| `a` | `x + 1` |\n| `a` | `x + y` |\n\n"
        "## Sums\n\n>>> 1 + 1\n3\n\n## None\n\nNothing.\n",
        "utf-8",
    )
    report = run(str(page)).stderr
    assert "Expected:" in report and "line 13: x + y: NameError" in report
    assert "line 12" not in report
    alone = run(str(page), "--alone").stderr
    assert 'File "page.md, Sums"' in alone and "Expected:" in alone
    assert list(pages.sections(page.read_text("utf-8"))) == ["Sums"]


# ------------------------------------------------------------------ pages of reference


REFERENCE = reference.pages()
DIRECTIVES = r"^\.\. (auto|py:)(?:class|function|data):: ([\w.]+)"


def test_every_public_name_has_one_entry():
    found = []
    for file, text in REFERENCE.items():
        space = file.removesuffix(".rst")
        for automatic, name in re.findall(DIRECTIVES, text, re.MULTILINE):
            found.append(name if automatic == "auto" else f"{space}.{name}")
    assert len(found) == len(set(found))
    assert set(found) == set(names.entries())


def test_other_names_lead_to_what_is_described():
    for entry in names.entries().values():
        assert names.entries()[entry.home].home == entry.home


def test_references_of_the_pages_lead_somewhere():
    for text in REFERENCE.values():
        for target in re.findall(r":py:obj:`[^`<]+<([\w.]+)>`|:py:obj:`([\w.]+)`", text):
            assert "".join(target) in links.targets()


def test_pages_are_staged(tmp_path):
    stage.stage(tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert {"index.md", "CHANGELOG.md", "numpy.md", "reference/index.md"} <= written
    assert {f"reference/{file}" for file in REFERENCE} <= written
    index = (tmp_path / "index.md").read_text("utf-8")
    assert index.count("{toctree}") == 1 + len(stage.sections(PAGES["index.md"]))
    assert "](../" not in (tmp_path / "adding-an-op.md").read_text("utf-8")
    assert {f"docs/gallery/{path.name}" for path in (DOCS / "gallery").glob("*.png")} <= written
    assert "examples/gallery/curve_fit.md" in written
    # What looks like a link in code is none.
    assert "(x)[0](np.ones(2))" in (tmp_path / "from_autograd.md").read_text("utf-8")


# ------------------------------------------------------------------ docstrings


def test_a_name_is_linked_where_it_means_one_thing():
    import autograd_c as tf

    def linked(code, thing=None, space="autograd_c"):
        return links.target_of(code, space, thing)

    assert linked("tf.nest.flatten") == "autograd_c.nest.flatten"
    assert linked("tf.linalg.svd()") == "autograd_c.linalg.svd"
    assert linked("GradientTape.watch") == "autograd_c.GradientTape.watch"
    assert linked("watch", space="autograd_c.GradientTape") == "autograd_c.GradientTape.watch"
    assert linked("shape", tf.zeros) is None  # its argument
    assert linked("shape", tf.reshape) is None
    assert linked("convert_to_tensor", tf.zeros) == "autograd_c.convert_to_tensor"
    assert linked("tf.nothing") is None and linked("x + 1") is None and linked("f(x)") is None


def test_docstrings_become_markup():
    text = [
        "The `sum` of |x| and *args, as `tf.no",
        "such`s of x_ .",
        "",
        "Returns:",
        "    A pair: a tensor.",
        "",
        ">>> 2 ** 3 | x_",
        "8",
    ]
    before = docstrings.before_sections(text)
    assert [line for line in before if ":" in line] == ["Returns:"]
    after = docstrings.after_sections(before, {"sum": "a.sum"}.get)
    assert after[0] == (
        r"The :py:obj:`sum <a.sum>` of \|x\| and \*args, as ``tf.no such``\ s of x\_ ."
    )
    assert after[-4:] == ["    A pair: a tensor.", "", ">>> 2 ** 3 | x_", "8"]


@pytest.mark.parametrize("space", names.namespaces())
def test_backticks_come_in_pairs(space):
    for entry in names.entries().values():
        if entry.path.rpartition(".")[0] == space and names.is_ours(entry.thing):
            doc = re.sub(r"^ *>>>.*?(\n\n|\Z)", "", entry.thing.__doc__, flags=re.M | re.S)
            assert doc.count("`") % 2 == 0, entry.path

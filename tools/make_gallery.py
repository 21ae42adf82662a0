"""Run the programs of examples/gallery, and write their pictures: make gallery.

    python tools/make_gallery.py docs/gallery

Pictures are kept small, with few colours, since they are part of the repository.
"""

from __future__ import annotations

import argparse
import io
import runpy
import time
from pathlib import Path

from PIL import Image

PROGRAMS = Path(__file__).resolve().parents[1] / "examples" / "gallery"


def main() -> None:
    """Write one picture for each program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("names", nargs="*", help="of programs; all by default")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(PROGRAMS.glob("*.py")):
        if arguments.names and path.stem not in arguments.names:
            continue
        program = runpy.run_path(str(path))
        start = time.perf_counter()
        results = program["main"]()
        seconds = time.perf_counter() - start
        drawn = io.BytesIO()
        program["draw"](results).savefig(drawn, dpi=80)
        picture = Image.open(drawn).convert("RGB").quantize(32, dither=Image.Dither.NONE)
        target = arguments.folder / f"{path.stem}.png"
        picture.save(target, optimize=True)
        print(f"{path.stem}: {seconds:.2f} s, {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

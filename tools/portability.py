"""Build the engine's own tests with every other compiler that is found on this machine, for other
processors too, and run them where that is possible.

    python tools/portability.py                all of TARGETS
    python tools/portability.py clang aarch64  some of them

What was said goes to ``build/portability/NAME.log``; a table at the end tells how it went. Exits
with 1 if one of them failed. Only the standard library is used.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field

import engine

LOGS = engine.build_dir() / "portability"


@dataclass
class Target:
    name: str
    compiler: str
    kinds: list[str]
    under: list[str] = field(default_factory=list)  # what runs its programs
    runs: bool = True

    def lacks(self) -> list[str]:
        needed = [self.compiler, *self.under[:1]]
        return [program for program in needed if shutil.which(program) is None]

    def test(self, kind: str) -> bool:
        command = [sys.executable, "tools/engine.py", "--kind", kind]
        if not self.runs:
            command.append("--build-only")
        if self.under:
            command += ["--under", " ".join(self.under)]
        environment = {
            **os.environ,
            "CXX": self.compiler,
            "AUTOGRAD_C_BUILD_DIR": str(LOGS / self.name),
        }
        with open(LOGS / f"{self.name}.log", "a", encoding="utf-8") as log:
            done = subprocess.run(command, cwd=engine.ROOT, env=environment, stdout=log, stderr=log)
        return done.returncode == 0


TARGETS = [
    Target("clang", "clang++", ["release", "debug"]),
    Target(
        "aarch64",
        "aarch64-linux-gnu-g++",
        ["release"],
        under=["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"],
    ),
    # With POSIX threads, without which this compiler's C++ library has no mutex.
    Target("mingw-w64", "x86_64-w64-mingw32-g++-posix", ["release"], runs=False),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition(",")[0])
    parser.add_argument("names", nargs="*", choices=[[], *(t.name for t in TARGETS)])
    names = parser.parse_args().names
    LOGS.mkdir(parents=True, exist_ok=True)
    rows = [["target", "kind", "compiler", "result"]]
    failed = False
    for target in TARGETS:
        if names and target.name not in names:
            continue
        if lacks := target.lacks():
            rows.append([target.name, "-", target.compiler, f"not found: {', '.join(lacks)}"])
            continue
        (LOGS / f"{target.name}.log").unlink(missing_ok=True)
        for kind in target.kinds:
            print(f"{target.name}, {kind} build", flush=True)
            begin = time.monotonic()
            if target.test(kind):
                result = "passed" if target.runs else "compiled, not run"
            else:
                failed = True
                result = f"failed, see {LOGS / target.name}.log"
            result += f" ({time.monotonic() - begin:.0f} s)"
            rows.append([target.name, kind, target.compiler, result])
    print(f"\n{engine.columns(rows)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

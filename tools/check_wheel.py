"""Fail if a wheel is larger than promised, lacks something, or holds what does not belong there."""

import os
import re
import sys
import zipfile
from pathlib import PurePosixPath

# Bytes, for a release build: of the compiled core in the wheel, of the wheel, and when installed.
CORE_LIMIT = 3_400_000
LIMIT = 4_200_000
UNPACKED_LIMIT = 10_900_000
NEEDED = [
    r"autograd_c/__init__\.py",
    r"autograd_c/_version\.py",
    r"autograd_c/py\.typed",
    r"autograd_c/core/_core\.pyi",
    r"autograd_c/include/autograd_c\.h",
    r"autograd_c/core/_core\..*\.(so|pyd)",
    r"autograd_c-.*\.dist-info/licenses/LICENSE",
]
WELCOME = {".py", ".pyi", ".typed", ".so", ".pyd", ".h"}


def main() -> None:
    [path] = sys.argv[1:]
    size = os.path.getsize(path)
    names = zipfile.ZipFile(path).namelist()
    wrong = [
        f"{name} does not belong in a wheel"
        for name in names
        if ".dist-info/" not in name
        and (PurePosixPath(name).suffix not in WELCOME or not name.startswith("autograd_c/"))
    ]
    wrong += [
        f"nothing matches {pattern}"
        for pattern in NEEDED
        if not any(re.fullmatch(pattern, name) for name in names)
    ]
    if os.environ.get("AUTOGRAD_C_BUILD", "release") == "release":
        entries = zipfile.ZipFile(path).infolist()
        unpacked = sum(entry.file_size for entry in entries)
        core = max(entry.compress_size for entry in entries)
        if core > CORE_LIMIT:
            wrong.append(f"the compiled core takes {core:,} bytes, more than {CORE_LIMIT:,}")
        if size > LIMIT:
            wrong.append(f"{size:,} bytes, more than {LIMIT:,}")
        if unpacked > UNPACKED_LIMIT:
            wrong.append(f"{unpacked:,} bytes when installed, more than {UNPACKED_LIMIT:,}")
    if wrong:
        sys.exit("\n".join([f"{path}:", *wrong]))
    print(f"{os.path.basename(path)}: {size / 1e6:.2f} MB, {len(names)} files")


if __name__ == "__main__":
    main()

"""Builds the extension module ``autograd_c.core._core``; all else is in ``pyproject.toml``.

The engine (``csrc/``) and the Cython core are compiled side by side by ``tools/engine.py``, which
has the flags and explains the environment variables that steer a build.
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tools"))

import engine  # noqa: E402
import tracebacks  # noqa: E402

# The oldest NumPy that the wheel runs with; the same as in pyproject.toml.
NUMPY_MACROS = [
    "-DNPY_NO_DEPRECATED_API=NPY_2_0_API_VERSION",
    "-DNPY_TARGET_VERSION=NPY_1_25_API_VERSION",
]


def cython_unit(source: str, name: str, target: Path) -> engine.Unit:
    """The step from ``_core.pyx`` (and the files it includes) to C++."""
    import Cython
    import numpy

    command = [sys.executable, "-m", "cython", "-3", "--cplus", "-M", "--module-name", name]
    unit = engine.Unit(source, target)

    def translate() -> None:
        target.unlink(missing_ok=True)  # Cython does not write over what it has not written
        done = subprocess.run([*command, source, "-o", str(target)], cwd=ROOT)
        if done.returncode:
            raise engine.CompileError(f"Cython could not translate {source}")
        depfile = Path(f"{target}.dep")
        read = [str((ROOT / path).resolve()) for path in engine.read_depfile(depfile)]
        unit.inputs[:] = [path for path in read if Path(path).is_relative_to(ROOT)]
        unit.inputs.append("tools/tracebacks.py")
        depfile.unlink()
        code = target.read_text("utf-8")
        if unsafe := tracebacks.unsafe_uses(code):
            print("Cython's frames stay in tracebacks, because of:", *unsafe, sep="\n    ")
        else:
            target.write_text(f"#define {tracebacks.MACRO} 1\n{code}", "utf-8")

    unit.action = translate
    unit.signature = [*command[1:], source, tracebacks.MACRO]
    unit.signature += [Cython.__version__, numpy.__version__]
    return unit


def core_sources() -> list[str]:
    """The files that ``_core.pyx`` includes."""
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "autograd_c/core").rglob("*")
        if path.suffix in (".pxd", ".pxi", ".h")
    )


class BuildExtension(build_ext):
    """Compiles in parallel, and only what has changed."""

    def build_extension(self, ext: Extension) -> None:
        kind = engine.kind()
        pyx = ext.sources[0]
        folder = engine.object_dir(kind) / str(sys.implementation.cache_tag)
        folder.mkdir(parents=True, exist_ok=True)
        generated = folder / "_core.cpp"
        try:
            engine.build_all([cython_unit(pyx, ext.name, generated)])
            if self.compiler.compiler_type == "msvc":
                units = self.units_for_msvc(kind, generated, folder)
                link_flags = []
            else:
                units = [engine.engine_unit(source, kind) for source in engine.sources()]
                units.append(self.core_unit(kind, generated))
                link_flags = engine.link_flags(kind)
            engine.build_all(units)
        except engine.CompileError as error:
            raise SystemExit(f"error: {error}") from None
        self.compiler.link_shared_object(
            [str(unit.object) for unit in units],
            self.get_ext_fullpath(ext.name),
            export_symbols=self.get_export_symbols(ext),
            extra_postargs=link_flags,
            build_temp=self.build_temp,
            target_lang="c++",
        )

    def core_unit(self, kind: str, generated: Path) -> engine.Unit:
        import numpy

        # Cython's output is not ours to be strict about.
        flags = [
            *engine.compile_flags(kind, strict=False),
            *NUMPY_MACROS,
            "-Icsrc",
            "-Iautograd_c/core",
        ]
        includes = {numpy.get_include(), *self.python_includes()}
        command = [*engine.compiler(), *flags, *(f"-isystem{path}" for path in sorted(includes))]
        target = generated.with_suffix(".o")
        return engine.Unit(
            str(generated),
            target,
            command=[*command, "-c", str(generated), "-o", str(target)],
            # pip keeps NumPy in a folder of another name in each build.
            signature=[*engine.compiler(), *flags, numpy.__version__, sys.version],
        )

    def units_for_msvc(self, kind: str, generated: Path, folder: Path) -> list[engine.Unit]:
        import numpy

        includes = ["csrc", "autograd_c/core", numpy.get_include(), *self.python_includes()]
        macros = [tuple(macro[2:].split("=")) for macro in NUMPY_MACROS]
        if kind != "release":
            macros.append(("AG_DEBUG", "1"))
        self.compiler.initialize()  # not left to several threads at once

        def unit(source: str) -> engine.Unit:
            [target] = self.compiler.object_filenames([source], output_dir=str(folder))

            def action() -> None:
                self.compiler.compile(
                    [source],
                    output_dir=str(folder),
                    macros=macros,
                    include_dirs=includes,
                    extra_postargs=engine.MSVC,
                )

            signature = [*engine.MSVC, str(macros), numpy.__version__, sys.version]
            return engine.Unit(
                source, Path(target), action=action, inputs=engine.headers(), signature=signature
            )

        return [unit(source) for source in [*engine.sources(), str(generated)]]

    def python_includes(self) -> set[str]:
        return {sysconfig.get_path("include"), sysconfig.get_path("platinclude")}


class BuildPython(build_py):
    """Starts from an empty folder, so that a module deleted from the tree is not in the wheel."""

    def run(self) -> None:
        if not self.editable_mode:
            shutil.rmtree(Path(self.build_lib) / "autograd_c", ignore_errors=True)
        super().run()


setup(
    ext_modules=[
        Extension(
            "autograd_c.core._core",
            ["autograd_c/core/_core.pyx", *engine.sources()],
            depends=[*core_sources(), *engine.headers()],
            language="c++",
        )
    ],
    cmdclass={"build_ext": BuildExtension, "build_py": BuildPython},
)

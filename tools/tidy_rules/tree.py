# SPDX-License-Identifier: Apache-2.0
"""What the rules look at: the files of the tree, the table of layers, and the list of findings."""
import dataclasses
import functools
import os
import pathlib
import subprocess
import tomllib

from . import cpp

SKIPPED_FOLDERS = {"build", "__pycache__", "node_modules"}
BINARY_ENDINGS = {".png", ".zst", ".gz", ".parquet", ".bin", ".ico", ".woff2", ".avro"}


@dataclasses.dataclass(order=True, frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.advice}"


class File:
    def __init__(self, root: pathlib.Path, path: str):
        self.path = path
        self.name = path.rsplit("/", 1)[-1]
        self.ending = os.path.splitext(self.name)[1]
        self._full = root / path

    @functools.cached_property
    def text(self) -> str:
        if self.ending in BINARY_ENDINGS:
            return ""
        return self._full.read_text(encoding="utf-8", errors="replace")

    @functools.cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @functools.cached_property
    def code(self) -> str:
        """C++ text with comments and literals blanked, same length."""
        return cpp.blank(self.text)

    @property
    def is_cpp(self) -> bool:
        return self.ending in (".h", ".cc")

    @property
    def is_test(self) -> bool:
        stem = os.path.splitext(self.name)[0]
        return self.path.startswith("tests/") or stem.endswith(("_test", "_testing")) or stem == "conftest"


class Project:
    def __init__(self, root: pathlib.Path):
        self.root = root
        self.findings: list[Finding] = []
        self.layers = tomllib.loads((root / "tools/layers.toml").read_text(encoding="utf-8"))
        self.modules: dict[str, dict] = self.layers["modules"]
        self.files = [File(root, path) for path in self._list_files()]
        self.by_path = {file.path: file for file in self.files}

    def report(self, path: str, line: int, rule: str, advice: str) -> None:
        self.findings.append(Finding(path, line, rule, advice))

    def sources(self) -> list[File]:
        """C++ files of src/."""
        return [f for f in self.files if f.is_cpp and f.path.startswith("src/")]

    def module_of(self, path: str) -> str | None:
        """The module that owns a file of src/, by the deepest folder with a row; None when the folder has none."""
        folder = path.removeprefix("src/").rpartition("/")[0]
        return folder if folder in self.modules else None

    def library_module(self, module: str) -> str:
        """The module a folder is built into."""
        return self.modules[module].get("part_of", module)

    def _list_files(self) -> list[str]:
        listed = self._list_by_git() if (self.root / ".git").exists() else None
        if listed is None:
            listed = self._walk()
        return sorted(path for path in listed if (self.root / path).is_file() and not (self.root / path).is_symlink())

    def _list_by_git(self) -> list[str] | None:
        command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        try:
            answer = subprocess.run(command, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return [path for path in answer.stdout.decode().split("\0") if path]

    def _walk(self) -> list[str]:
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [d for d in folders if d not in SKIPPED_FOLDERS and (not d.startswith(".") or d == ".ci")]
            found += [str((pathlib.Path(folder) / name).relative_to(self.root)) for name in names]
        return found

# SPDX-License-Identifier: Apache-2.0
"""Documents that must keep up: ARCHITECTURE.md names every module and whom it may include, links lead somewhere, decisions exist."""
import pathlib
import posixpath
import re

from .tree import File, Project

_PARAGRAPH = re.compile(r"^(?:[-*] )?\*\*`([\w/]+)`\*\*(.*?)(?=\n\s*\n|\n(?:[-*] )?\*\*`|\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| \d+ \| ([\w/]+) \| (.*?) \|$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
_DECISION = re.compile(r"docs/adr/(\d{4})")
MINIMUM_PARAGRAPH = 60  # characters


def check(project: Project) -> None:
    _check_architecture(project)
    decisions = {name[:4] for name in _names_in(project, "docs/adr/")}
    for file in project.files:
        if file.ending == ".md":
            _check_links(project, file)
        for match in _DECISION.finditer(file.text):
            if match.group(1) not in decisions:
                line = file.text.count("\n", 0, match.start()) + 1
                project.report(file.path, line, "decision", f"docs/adr has no number {match.group(1)}: write it or correct the number")


def _names_in(project: Project, folder: str) -> list[str]:
    return [f.name for f in project.files if f.path.startswith(folder)]


def _check_architecture(project: Project) -> None:
    path = "ARCHITECTURE.md"
    file = project.by_path.get(path)
    if file is None:
        return project.report(path, 1, "architecture", "the file is missing")
    found = {}
    for match in _PARAGRAPH.finditer(file.text):
        found[match.group(1)] = (file.text.count("\n", 0, match.start()) + 1, len(match.group(2).strip()))
    for module, row in project.modules.items():
        if "part_of" not in row and module not in found:
            project.report(path, 1, "architecture", f"add a paragraph that begins with **`{module}`**")
    for module, (line, length) in found.items():
        if module not in project.modules:
            project.report(path, line, "architecture", f"{module} is no module of tools/layers.toml: correct the name")
        elif length < MINIMUM_PARAGRAPH:
            project.report(path, line, "architecture", f"say in a sentence or two what {module} is for")
    _check_rows(project, file)


def _check_rows(project: Project, file: File) -> None:
    """The table of modules says what tools/layers.toml says, in names or as "everything …"."""
    rows = {match.group(1): match for match in _ROW.finditer(file.text)}
    for module, row in project.modules.items():
        if "part_of" in row:
            continue
        match = rows.get(module)
        if match is None:
            project.report(file.path, 1, "architecture", f"add a row for {module} to the table of modules")
            continue
        named = match.group(2).split()
        if named[0] == "everything":
            continue
        line = file.text.count("\n", 0, match.start()) + 1
        others = {name for name in row["may_include"] if project.modules[name].get("part_of") != module}
        for wrong in sorted(({*named} - {"–"}) ^ others):
            what = "may not include" if wrong in named else "may include"
            project.report(file.path, line, "architecture", f"by tools/layers.toml {module} {what} {wrong}: correct the table")


def _check_links(project: Project, file: File) -> None:
    folder = posixpath.dirname(file.path)
    in_block = False
    for number, line in enumerate(file.lines, 1):
        in_block ^= line.lstrip().startswith("```")
        for match in () if in_block else _LINK.finditer(line):
            target = match.group(1)
            if ":" in target:
                continue
            resolved = posixpath.normpath(posixpath.join(folder, target))
            if not pathlib.Path(project.root, resolved).exists():
                project.report(file.path, number, "link", f"{target} leads nowhere: correct it")

# SPDX-License-Identifier: Apache-2.0
"""src/CMakeLists.txt links what tools/layers.toml allows, no more and no less."""
import re

from .tree import Project

BUILD = "src/CMakeLists.txt"
_MODULE = re.compile(r"^\s*tarn_module\(([^)]*)\)", re.MULTILINE)
_TEST_DEPS = re.compile(r"^\s*set\(TARN_TEST_DEPS_(\w+)\s+([^)]*)\)", re.MULTILINE)
_KEYWORDS = {"FOLDER", "DEPS", "LIBS", "PRIVATE_LIBS"}


def check(project: Project) -> None:
    file = project.by_path.get(BUILD)
    if file is None:
        return project.report(BUILD, 1, "build", "the file is missing")
    targets = {}
    declared = {}
    for match in _MODULE.finditer(file.text):
        words = match.group(1).split()
        folder = (_values(words, "FOLDER") or [words[0]])[0]
        targets[words[0]] = folder
        declared[folder] = (file.text.count("\n", 0, match.start(1)) + 1, _values(words, "DEPS"))
    for folder, (line, names) in declared.items():
        _compare(project, folder, line, {targets.get(name, name) for name in names})
    for module, row in project.modules.items():
        if "part_of" not in row and module not in declared:
            project.report(BUILD, 1, "build", f"{module} has a row in tools/layers.toml but no tarn_module here: add it")
    for match in _TEST_DEPS.finditer(file.text):
        _compare_tests(project, file.text.count("\n", 0, match.start(1)) + 1, targets, match)


def _values(words: list[str], keyword: str) -> list[str]:
    if keyword not in words:
        return []
    values = []
    for word in words[words.index(keyword) + 1:]:
        if word in _KEYWORDS:
            break
        values.append(word)
    return values


def _compare(project: Project, folder: str, line: int, linked: set[str]) -> None:
    row = project.modules.get(folder)
    if row is None:
        return project.report(BUILD, line, "build", f"{folder} has no row in tools/layers.toml: add one")
    rows = [row, *(r for r in project.modules.values() if r.get("part_of") == folder)]
    allowed = {project.library_module(m) for r in rows for m in r["may_include"] if m in project.modules} - {folder}
    for extra in sorted(linked - allowed):
        project.report(BUILD, line, "build", f"{folder} links {extra}, which its row in tools/layers.toml does not allow")
    for missing in sorted(allowed - linked):
        project.report(BUILD, line, "build", f"{folder} may include {missing} by tools/layers.toml: add it to DEPS")


def _compare_tests(project: Project, line: int, targets: dict[str, str], match: re.Match) -> None:
    module = targets.get(match.group(1))
    row = project.modules.get(module or "", {})
    allowed = {*row.get("may_include", []), *row.get("tests_also", []), *project.layers["tests"]["may_include"]}
    allowed |= {project.library_module(m) for m in allowed if m in project.modules}
    for target in match.group(2).split():
        name = target.removeprefix("tarn_")
        if targets.get(name, name) not in allowed:
            project.report(BUILD, line, "build", f"tests of {module} link {target}: add it to their tests_also in tools/layers.toml")

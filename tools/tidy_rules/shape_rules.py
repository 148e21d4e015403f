# SPDX-License-Identifier: Apache-2.0
"""Sizes and form of files: lengths, parameters, names, the opening of headers."""
import ast
import re

from . import cpp
from .tree import File, Project

NEEDS_LICENCE = {".h", ".cc", ".py", ".cmake", ".toml", ".sh"}
NEEDS_LICENCE_NAMES = {"CMakeLists.txt", "Makefile"}
COUNTED = {".h", ".cc", ".py", ".sh", ".cmake"}


def check(project: Project) -> None:
    overriding = _overriding(project)
    for file in project.files:
        _check_name(project, file)
        if not _is_source(file):
            continue
        _check_licence(project, file)
        _check_length(project, file)
        if file.is_cpp:
            _check_functions(project, file, cpp.functions(file.code), overriding.get(_folder(file), set()))
        elif file.ending == ".py":
            _check_functions(project, file, _python_functions(project, file), set())
        if file.ending == ".h":
            _check_header(project, file)


def _folder(file: File) -> str:
    return file.path.rpartition("/")[0]


def _overriding(project: Project) -> dict[str, set[str]]:
    """By folder, names of functions whose signature a base class fixes (also where they are defined out of line)."""
    found: dict[str, set[str]] = {}
    for file in project.sources():
        for function in cpp.functions(file.code) if "override" in file.code else ():
            if function.overrides:
                found.setdefault(_folder(file), set()).add(function.name)
    return found


def _is_source(file: File) -> bool:
    return file.ending in COUNTED | NEEDS_LICENCE or file.name in NEEDS_LICENCE_NAMES or file.text.startswith("#!")


def _check_name(project: Project, file: File) -> None:
    words = re.split(r"[/_.\- ]", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", file.path).lower())
    for word in project.layers["names"]["forbidden"]:
        if word in words:
            project.report(file.path, 1, "name", f'"{word}" says nothing: name it by what it is for')
    if file.is_cpp and file.name != file.name.lower():
        project.report(file.path, 1, "name", "file names are snake_case")


def _check_licence(project: Project, file: File) -> None:
    if not any("SPDX-License-Identifier: Apache-2.0" in line for line in file.lines[:2]):
        project.report(file.path, 1, "licence", "begin with a comment `SPDX-License-Identifier: Apache-2.0`")


def _check_length(project: Project, file: File) -> None:
    limits = project.layers["limits"]
    limit = limits["test_file_lines"] if file.is_test else limits["file_lines"]
    if len(file.lines) > limit:
        project.report(file.path, limit + 1, "file-length", f"{len(file.lines)} lines, at most {limit}: split it by purpose")


def _check_functions(project: Project, file: File, functions: list[cpp.Function], overriding: set[str]) -> None:
    limits = project.layers["limits"]
    for function in functions:
        length = function.last_line - function.line + 1
        if length > limits["function_lines"]:
            project.report(file.path, function.line, "function-length",
                           f"{function.name} has {length} lines, at most {limits['function_lines']}: move straight work into leaves")
        fixed = function.overrides or function.name.rpartition("::")[2] in overriding
        if function.parameters > limits["parameters"] and not fixed:
            project.report(file.path, function.line, "parameters",
                           f"{function.name} has {function.parameters} parameters, at most {limits['parameters']}: pass a struct")


def _python_functions(project: Project, file: File) -> list[cpp.Function]:
    try:
        module = ast.parse(file.text)
    except SyntaxError as error:
        project.report(file.path, error.lineno or 1, "python", f"does not parse: {error.msg}")
        return []
    found = []
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = node.args.posonlyargs + node.args.args
            count = len(arguments) - (1 if arguments and arguments[0].arg in ("self", "cls") else 0)
            found.append(cpp.Function(node.name, node.lineno, node.end_lineno or node.lineno, count))
    return found


def _check_header(project: Project, file: File) -> None:
    if not any(line.strip() == "#pragma once" for line in file.lines[:25]):
        project.report(file.path, 1, "pragma-once", "add `#pragma once` after the licence line")
    for number, line in enumerate(file.lines, 1):
        if not line.strip() or line.strip() == "#pragma once" or "SPDX-License-Identifier" in line:
            continue
        if not line.startswith("//") or line.startswith("///"):
            project.report(file.path, number, "header-purpose",
                           "open with 3-10 comment lines: what it is for, who owns it, thread-safety, the spec's section")
        return

# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: the module table, third-party owners, cycles, own header first."""
import re

from . import cpp
from .tree import File, Project


def check(project: Project) -> None:
    _check_rows(project)
    edges: dict[str, list[tuple[str, int]]] = {}
    for file in project.sources():
        edges[file.path] = _check_file(project, file)
    _check_file_cycles(project, edges)
    _check_module_cycles(project, edges)


def _check_rows(project: Project) -> None:
    layers = "tools/layers.toml"
    known = project.modules
    for module, row in known.items():
        named = row.get("may_include", []) + row.get("tests_also", []) + ([row["part_of"]] if "part_of" in row else [])
        for other in named:
            if other not in known:
                project.report(layers, 1, "layers", f"the row of {module} names {other}, which has no row: add one")
    rows = {module: [m for m in row.get("may_include", []) if m in known] for module, row in known.items()}
    cycle = _find_cycle(rows)
    if cycle:
        project.report(layers, 1, "cycle", f"rows allow a circle, take one arrow out: {' -> '.join(cycle)}")


def _check_file(project: Project, file: File) -> list[tuple[str, int]]:
    """Reports wrong includes; gives the included files of ours."""
    module = project.module_of(file.path)
    if module is None:
        _report_unknown_folder(project, file)
        return []
    ours = []
    includes = cpp.includes(file.text)
    for include in includes:
        target = "src/" + include.path
        if target in project.by_path:
            ours.append((target, include.line))
            _check_arrow(project, file, module, include, target)
        else:
            _check_foreign(project, file, module, include)
    own = file.path.removeprefix("src/").removesuffix(".cc") + ".h"
    if file.ending == ".cc" and "src/" + own in project.by_path and includes and includes[0].path != own:
        project.report(file.path, includes[0].line, "own-header-first", f'include "{own}" before all others')
    return ours


def _report_unknown_folder(project: Project, file: File) -> None:
    folder = file.path.removeprefix("src/").rpartition("/")[0]
    if not folder:
        return project.report(file.path, 1, "module", "sources live in a module's folder: move it into one")
    if folder in project.layers.get("reserved", {}):
        return project.report(file.path, 1, "module", f"{folder} is reserved: move its row up to the modules of tools/layers.toml")
    return project.report(file.path, 1, "module", f"folder {folder} is no module: give it a row in tools/layers.toml or move the file")


def _check_arrow(project: Project, file: File, module: str, include: cpp.Include, target: str) -> None:
    if not include.quoted:
        project.report(file.path, include.line, "include-form", f'write "{include.path}" for a header of ours')
    if target.endswith("_testing.h") and not file.is_test:
        project.report(file.path, include.line, "layer", f"{include.path} is for tests: include it only from *_test.cc")
    other = project.module_of(target)
    row = project.modules[module]
    allowed = {module, *row.get("may_include", [])}
    if file.is_test:
        allowed |= {*row.get("tests_also", []), *project.layers["tests"]["may_include"]}
        allowed |= {m for m, r in project.modules.items() if r.get("part_of") == project.library_module(module)}
    if other is not None and other not in allowed:
        project.report(file.path, include.line, "layer", f"{module} may not include {other} ({include.path}): "
                       "turn the arrow round or go through a port (tools/layers.toml)")


def _check_foreign(project: Project, file: File, module: str, include: cpp.Include) -> None:
    path = include.path
    for library in project.layers["libraries"]:
        if not any(re.search(pattern, path) for pattern in library["headers"]):
            continue
        owners = library["owners"]
        allowed = "*" in owners or module in owners or ("tests" in owners and file.is_test)
        if not allowed and file.path not in library.get("also_files", []):
            project.report(file.path, include.line, "header-owner",
                           f"{library['name']} belongs to {', '.join(owners)}: use what they offer instead of <{path}>")
        return
    if include.quoted:
        project.report(file.path, include.line, "include-path", f'no such header: write the path of "{path}" from src/')
    elif "." in path and not any(re.search(pattern, path) for pattern in project.layers["system"]["headers"]):
        project.report(file.path, include.line, "header-owner", f"<{path}> has no owner: add its library to tools/layers.toml")


def _check_file_cycles(project: Project, edges: dict[str, list[tuple[str, int]]]) -> None:
    cycle = _find_cycle({path: [target for target, _ in targets] for path, targets in edges.items()})
    if cycle:
        line = next(line for target, line in edges[cycle[0]] if target == cycle[1])
        project.report(cycle[0], line, "cycle", f"headers include each other, split what both need: {' -> '.join(cycle)}")


def _check_module_cycles(project: Project, edges: dict[str, list[tuple[str, int]]]) -> None:
    graph: dict[str, list[str]] = {}
    where: dict[tuple[str, str], tuple[str, int]] = {}
    for path, targets in edges.items():
        if project.by_path[path].is_test:
            continue
        module = project.module_of(path)
        for target, line in targets:
            other = project.module_of(target)
            if module and other and module != other:
                graph.setdefault(module, []).append(other)
                where.setdefault((module, other), (path, line))
    cycle = _find_cycle(graph)
    if cycle:
        path, line = where[cycle[0], cycle[1]]
        project.report(path, line, "cycle", f"modules know each other, turn one arrow round: {' -> '.join(cycle)}")


def _find_cycle(graph: dict[str, list[str]]) -> list[str] | None:
    """A circle as [a, b, …, a], or None."""
    done: set[str] = set()
    for start in sorted(graph):
        path: list[str] = []
        on_path: set[str] = set()
        stack = [(start, iter(()))] if start not in done else []
        while stack:
            node, rest = stack.pop()
            if node not in on_path:
                path.append(node)
                on_path.add(node)
                rest = iter(graph.get(node, ()))
            for following in rest:
                if following in on_path:
                    return path[path.index(following):] + [following]
                if following not in done:
                    stack += [(node, rest), (following, iter(()))]
                    break
            else:
                done.add(path.pop())
                on_path.remove(node)
    return None

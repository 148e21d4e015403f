# SPDX-License-Identifier: Apache-2.0
"""What no text of the tree may hold: promises without an issue, hosts of registries, paths of one machine."""
import re

from .tree import File, Project

# Written so that this file does not match its own rules.
_PROMISE = re.compile(r"\bTO" r"DO\b(?!\(#\d+\))")
_BROKEN = re.compile(r"\bFIX" r"ME\b")
_HOSTS = re.compile(
    r"\b(?:pypi[.]org|pythonhosted[.]org|registry[.](?:npmjs|yarnpkg)[.]|npmjs[.]com|crates[.]io\b|deb[.]debian[.]org"
    r"|debian[.]org/debian|repo[.]maven[.]|maven[.]org|proxy[.]golang[.]org|rubygems[.]org)"
)
_MACHINE_PATH = re.compile(r"(?<![\w.}\])/-])/(?:home/[a-z]|root/[\w.]|work/[\w.])")
_ENVIRONMENT = re.compile(r"\b(?:secure_)?getenv\b|\bsetenv\b|\bputenv\b")
_CODE = {".h", ".cc", ".py", ".sh", ".cmake", ".toml", ".yml", ".yaml"}


def check(project: Project) -> None:
    for file in project.files:
        if not file.text:
            continue
        _search(project, file, file.text, _HOSTS, "host", "name no registry's host: use its ordinary client as it is configured")
        _search(project, file, file.text, _MACHINE_PATH, "machine-path", "no absolute path of one machine: start from the tree's root")
        if file.ending in _CODE or file.text.startswith("#!"):
            _search(project, file, file.text, _PROMISE, "promise", "name the issue, as in TO" "DO(#12), or do it now")
            _search(project, file, file.text, _BROKEN, "promise", "mend it before it lands")
        if file.is_cpp and file.path.startswith("src/") and not file.path.startswith("src/app/"):
            _search(project, file, file.code, _ENVIRONMENT, "environment", "only app reads the environment: take it as a parameter")


def _search(project: Project, file: File, text: str, pattern: re.Pattern, rule: str, advice: str) -> None:
    for match in pattern.finditer(text):
        project.report(file.path, text.count("\n", 0, match.start()) + 1, rule, advice)

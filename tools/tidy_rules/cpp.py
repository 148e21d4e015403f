# SPDX-License-Identifier: Apache-2.0
"""Enough C++ to find includes, functions and their parameters in clang-formatted sources, without a compiler."""
import dataclasses
import re

_LITERALS = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | \bR"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | \b[0-9](?:'?[\w.])*
      | '(?:\\.|[^'\\\n])+'""",
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
_MARKS = re.compile(r"[{}();]")
_TYPE_HEAD = re.compile(r"(?:typedef\s+)?(?:class|struct|union|enum)\b[^()]*$", re.DOTALL)
_OPAQUE = re.compile(r"\b(?:decltype|alignas|__attribute__|explicit|noexcept)\s*\((?:[^()]|\([^()]*\))*\)|\[\[[^\]]*\]\]")
_ACCESS = re.compile(r"^\s*(?:(?:public|private|protected)\s*:\s*)+")
_INITIALIZER_LIST = re.compile(r"\)[^()]*[^:]:[^:]")


@dataclasses.dataclass
class Include:
    line: int
    path: str
    quoted: bool


@dataclasses.dataclass
class Function:
    name: str
    line: int  # of the signature
    last_line: int  # of the closing brace, or of the declaration
    parameters: int
    overrides: bool = False  # the signature is somebody else's


def _spaces(match: re.Match) -> str:
    text = match.group(0)
    if text[0].isdigit():
        return text.replace("'", "0")
    if "\n" in text:
        return re.sub(r"[^\n]", " ", text)
    return " " * len(text)


def blank(text: str) -> str:
    """Comments, strings and characters as blanks; lines and columns stay."""
    return _LITERALS.sub(_spaces, text)


def includes(text: str) -> list[Include]:
    found = []
    for match in _INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        found.append(Include(line, match.group(2), match.group(1) == '"'))
    return found


def functions(code: str) -> list[Function]:
    """Functions defined or declared outside other functions; `code` is blanked text."""
    code = _DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), code)
    marks = [(m.start(), m.group(0)) for m in _MARKS.finditer(code)]
    found: list[Function] = []
    head_start = 0
    parens = 0
    index = 0
    while index < len(marks):
        position, mark = marks[index]
        if mark == "(":
            parens += 1
        elif mark == ")":
            parens -= 1
        elif parens > 0:
            pass  # a lambda or a braced argument in a default value
        elif mark == "}":
            head_start = position + 1
        elif mark == ";":
            _add(found, code, head_start, position, position)
            head_start = position + 1
        else:
            kind = _kind(code[head_start:position])
            if kind == "scope":
                head_start = position + 1
            else:
                index = _closing(marks, index)
                end = marks[index][0] if index < len(marks) else len(code)
                if kind == "function":
                    _add(found, code, head_start, position, end)
                    head_start = end + 1
        index += 1
    return found


def _closing(marks: list[tuple[int, str]], index: int) -> int:
    depth = 0
    while index < len(marks):
        if marks[index][1] == "{":
            depth += 1
        elif marks[index][1] == "}":
            depth -= 1
            if depth == 0:
                return index
        index += 1
    return index


def _kind(head: str) -> str:
    """What the brace after `head` opens: a scope with declarations in it, a function body, or a braced value."""
    plain = _without_template(_ACCESS.sub("", _OPAQUE.sub(" ", head)).strip())
    if re.match(r"(?:inline\s+)?namespace\b", plain) or re.match(r"extern\s*$", plain) or not plain:
        return "scope"
    if _TYPE_HEAD.match(plain):
        return "scope"
    outside = _without_groups(plain)
    if "()" not in outside or re.search(r"(?<!operator)(?<![=!<>])=(?!=)", re.sub(r"operator\s*\S+?\(\)", "f()", outside)):
        return "value"
    if _INITIALIZER_LIST.search(outside) and re.search(r"[\w>]$", plain):
        return "value"  # a member in a constructor's initializer list
    return "function"


def _without_template(text: str) -> str:
    """The text after its leading `template <...>`."""
    start = re.match(r"template\s*<", text)
    if not start:
        return text
    depth = 1
    for position in range(start.end(), len(text)):
        depth += {"<": 1, ">": -1}.get(text[position], 0)
        if depth == 0:
            return _without_template(text[position + 1:].strip())
    return text


def _without_groups(text: str) -> str:
    """Contents of parentheses removed, so that only what stands at the top remains."""
    out = []
    depth = 0
    for char in text:
        if char == ")":
            depth -= 1
        if depth == 0:
            out.append(char)
        if char == "(":
            depth += 1
    return "".join(out)


def _add(found: list[Function], code: str, start: int, head_end: int, end: int) -> None:
    head = code[start:head_end]
    signature = _signature(head)
    if signature is None:
        return
    name, parameters = signature
    access = _ACCESS.match(head)
    first = start + (access.end() if access else len(head) - len(head.lstrip()))
    found.append(Function(name, code.count("\n", 0, first) + 1, code.count("\n", 0, end) + 1, parameters,
                          bool(re.search(r"\)[^()]*\boverride\b", head))))


def _signature(head: str) -> tuple[str, int] | None:
    """Name and number of parameters; None when the text declares no function."""
    plain = _OPAQUE.sub(" ", head)
    plain = re.sub(r"\boperator\s*\(\s*\)", "operator_call", plain)
    plain = re.sub(r"\boperator\s*[^\w\s(]+", "operator_sign", plain)
    if re.match(r"\s*(?:using|typedef|static_assert|return|namespace)\b", plain):
        return None
    angle = 0
    for position, char in enumerate(plain):
        if char == "<":
            angle += 1
        elif char == ">" and plain[position - 1] != "-":
            angle = max(0, angle - 1)
        elif char == "=" and angle == 0:
            return None
        elif char == "(" and angle == 0:
            name = re.search(r"([\w~:]+)\s*$", plain[:position])
            if name is None or re.fullmatch(r"[A-Z][A-Z0-9_]+", name.group(1)) and ";" not in plain:
                return (name.group(1), 0) if name else None
            return name.group(1), _count_parameters(plain[position:])
    return None


def _count_parameters(text: str) -> int:
    depth = 0
    commas = 0
    inner = []
    for position, char in enumerate(text):
        if char in "([{<":
            depth += 1
        elif char in ")]}" or (char == ">" and text[position - 1] not in "-="):
            depth -= 1
            if depth == 0:
                break
        elif char == "," and depth == 1:
            commas += 1
        inner.append(char)
    listed = "".join(inner)[1:].strip()
    return 0 if listed in ("", "void") else commas + 1

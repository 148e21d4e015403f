# SPDX-License-Identifier: Apache-2.0
"""tools/tidy over small made-up trees: a clean one passes, each violation is caught with its rule and place."""
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"
LAYERS = (ROOT / "tools/layers.toml").read_text(encoding="utf-8")

HEADER = LICENCE + """#pragma once
// Numbers of the example, owned by whoever makes them. Immutable.

#include <string>

namespace tarn::%s {
int Count(int first, int second);
}
"""
SOURCE = LICENCE + """#include "%s/count.h"

#include <vector>

namespace tarn {
int Count(int first, int second) { return first + second; }
}
"""
PARAGRAPH = "**`%s`** holds what the example needs to have one module of this name in its tree.\n\n"


def modules() -> dict[str, list[str]]:
    rows = tomllib.loads(LAYERS)["modules"]
    whole = {name: row for name, row in rows.items() if "part_of" not in row}
    return {name: [other for other in row["may_include"] if rows[other].get("part_of") != name] for name, row in whole.items()}


def architecture() -> str:
    rows = "".join(f"| 0 | {name} | {' '.join(others) or '–'} |\n" for name, others in modules().items())
    return f"# House\n\n{rows}\n" + "".join(PARAGRAPH % name for name in modules())


@pytest.fixture
def tree(tmp_path: pathlib.Path):
    return Tree(tmp_path)


class Tree:
    """A tree without findings, to be spoiled by one change."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.write("tools/layers.toml", LAYERS)
        self.write("src/CMakeLists.txt", (ROOT / "src/CMakeLists.txt").read_text(encoding="utf-8"))
        self.write("ARCHITECTURE.md", architecture())
        for module in ("base", "store", "net"):
            self.write(f"src/{module}/count.h", HEADER % module)
            self.write(f"src/{module}/count.cc", SOURCE % module)

    def write(self, path: str, text: str) -> None:
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new, 1))

    def header(self, path: str, body: str) -> None:
        self.write(path, LICENCE + "#pragma once\n// Made for one case.\n\n" + body)

    def source(self, path: str, body: str) -> None:
        self.write(path, LICENCE + body)

    def findings(self, *arguments: str) -> list[str]:
        command = [sys.executable, str(ROOT / "tools/tidy"), "--root", str(self.root), *arguments]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = answer.stdout.splitlines()
        assert answer.returncode == (1 if lines else 0), answer.stderr
        return lines

    def expect(self, start: str) -> None:
        lines = self.findings()
        assert [line for line in lines if line.startswith(start)], lines
        assert len(lines) == 1, lines


def test_clean_tree_passes(tree):
    assert tree.findings() == []


def test_module_may_not_include_one_its_row_does_not_name(tree):
    tree.source("src/base/wrong.cc", '#include "store/count.h"\n')
    lines = tree.findings()
    assert any(line.startswith("src/base/wrong.cc:2: layer: base may not include store") for line in lines), lines


def test_module_may_include_what_its_row_names(tree):
    tree.source("src/store/right.cc", '#include "base/count.h"\n')
    assert tree.findings() == []


def test_implementation_of_a_port_is_hidden_from_other_modules(tree):
    tree.header("src/store/memory/memory_store.h", "int x;\n")
    tree.source("src/lake/wrong.cc", '#include "store/memory/memory_store.h"\n')
    tree.expect("src/lake/wrong.cc:2: layer: lake may not include store/memory")


def test_tests_may_use_the_stores(tree):
    tree.header("src/store/memory/memory_store.h", "int x;\n")
    tree.source("src/lake/right_test.cc", '#include "store/memory/memory_store.h"\n\n#include <gtest/gtest.h>\n')
    assert tree.findings() == []


def test_testing_header_stays_out_of_the_program(tree):
    tree.header("src/store/builder_testing.h", "#include <gtest/gtest.h>\n")
    tree.source("src/store/wrong.cc", '#include "store/builder_testing.h"\n')
    tree.expect("src/store/wrong.cc:2: layer: store/builder_testing.h is for tests")


def test_headers_in_a_circle(tree):
    tree.header("src/base/a.h", '#include "base/b.h"\n')
    tree.header("src/base/b.h", '#include "base/a.h"\n')
    tree.expect("src/base/a.h:5: cycle: headers include each other")


def test_modules_in_a_circle(tree):
    tree.write("tools/layers.toml", LAYERS.replace("[modules.base]\nmay_include = []", '[modules.base]\nmay_include = ["store"]'))
    tree.source("src/base/up.cc", '#include "store/count.h"\n')
    tree.source("src/store/down.cc", '#include "base/count.h"\n')
    lines = tree.findings()
    assert any("cycle: modules know each other" in line for line in lines), lines
    assert any(line.startswith("tools/layers.toml:1: cycle: rows allow a circle") for line in lines), lines


@pytest.mark.parametrize("header", ["duckdb.hpp", "boost/asio.hpp", "openssl/evp.h", "nlohmann/json.hpp", "spdlog/spdlog.h",
                                    "simdjson.h", "yaml-cpp/yaml.h", "zlib.h", "zstd.h", "CLI/CLI.hpp", "gtest/gtest.h"])
def test_third_party_header_outside_its_owner(tree, header):
    tree.source("src/gold/wrong.cc", f"#include <{header}>\n")
    tree.expect("src/gold/wrong.cc:2: header-owner:")


@pytest.mark.parametrize("place", ["src/net/a.cc:boost/beast.hpp", "src/codec/a.cc:openssl/evp.h", "src/contract/a.cc:simdjson.h",
                                   "src/engine/duckdb/a.cc:duckdb/main/connection.hpp", "src/gold/a.cc:fmt/format.h",
                                   "src/app/a.cc:CLI/CLI.hpp", "src/store/a.cc:sys/file.h", "src/table/delta/a.cc:nlohmann/json.hpp"])
def test_third_party_header_in_its_owner(tree, place):
    path, header = place.split(":")
    tree.source(path, f"#include <{header}>\n")
    assert tree.findings() == []


def test_library_without_a_row(tree):
    tree.source("src/base/wrong.cc", "#include <lua5.4/lua.h>\n")
    tree.expect("src/base/wrong.cc:2: header-owner: <lua5.4/lua.h> has no owner")


def test_own_header_comes_first(tree):
    tree.source("src/base/count.cc", '#include <vector>\n\n#include "base/count.h"\n')
    tree.expect("src/base/count.cc:2: own-header-first:")


def test_include_path_that_does_not_start_at_src(tree):
    tree.source("src/base/wrong.cc", '#include "count.h"\n')
    tree.expect("src/base/wrong.cc:2: include-path:")


def test_folder_without_a_row(tree):
    tree.header("src/extras/x.h", "int x;\n")
    tree.expect("src/extras/x.h:1: module: folder extras is no module")


def test_reserved_folder(tree):
    tree.header("src/ui/page.h", "int x;\n")
    tree.expect("src/ui/page.h:1: module: ui is reserved")


def test_long_file(tree):
    tree.source("src/base/long.cc", "int x;\n" * 500)
    tree.expect("src/base/long.cc:501: file-length: 501 lines, at most 500")


def test_tests_may_be_longer(tree):
    tree.source("src/base/long_test.cc", "int x;\n" * 700)
    assert tree.findings() == []


LONG_FUNCTIONS = {
    "plain": "int Long(int a) {\n%s}\n",
    "member": "Result<std::vector<int>> Reader::Long(const std::map<int, int>& a) const {\n%s}\n",
    "constructor": "Reader::Reader(int a, int b) : a_(a), b_{b}, c_(std::vector<int>{1, 2}) {\n%s}\n",
    "in a class": "class Reader final : public Base {\n public:\n  explicit Reader(int a) {\n%s  }\n};\n",
    "operator": "Reader& Reader::operator=(const Reader& other) {\n%s}\n",
    "template": "template <class T, int kN = 3>\nauto Long(T value) -> Result<T> {\n%s}\n",
    "trailing": "net::Task<void> Long(std::function<void(int)> callback) noexcept {\n%s}\n",
    "in a namespace": "namespace tarn {\nnamespace {\nstatus Long() {\n%s}\n}  // namespace\n}\n",
    "test": "TEST(Reader, Reads) {\n%s}\n",
}


@pytest.mark.parametrize("form", LONG_FUNCTIONS)
def test_long_function(tree, form):
    tree.source("src/base/long.cc", LONG_FUNCTIONS[form] % ("  if (a) { Call(\"}{\"); }  // { not this\n" * 70))
    lines = tree.findings()
    assert len(lines) == 1 and re.search(r": function-length: .* 7[23] lines", lines[0]), lines


@pytest.mark.parametrize("form", LONG_FUNCTIONS)
def test_function_of_fair_length(tree, form):
    tree.source("src/base/fair.cc", LONG_FUNCTIONS[form] % ("  if (a) { Call('{', R\"(})\", 1'000); }\n" * 60))
    assert tree.findings() == []


def test_long_table_is_no_function(tree):
    tree.source("src/base/rows.cc", "const std::array<Row, 90> kRows = {{\n" + "    {1, Make(2)},\n" * 90 + "}};\n")
    assert tree.findings() == []


MANY = "int a, std::map<int, int> b, int c, int d, const std::function<int(int, int)>& e = {}, int f = Max(1, 2)"


@pytest.mark.parametrize("form", ["int Count(%s);\n", "int Count(%s) {\n  return 1;\n}\n", "struct X {\n  virtual int Count(%s) = 0;\n};\n"])
def test_parameters(tree, form):
    tree.header("src/base/right.h", form % MANY)
    assert tree.findings() == []
    tree.header("src/base/right.h", form % (MANY + ", int g"))
    lines = tree.findings()
    assert len(lines) == 1 and ": parameters: Count has 7 parameters" in lines[0], lines


def test_signature_of_a_base_class_is_not_ours(tree):
    tree.header("src/base/right.h", f"struct X : Foreign {{\n  int Count({MANY}, int g) override;\n}};\n")
    tree.source("src/base/right.cc", f'#include "base/right.h"\n\nint X::Count({MANY}, int g) {{ return 1; }}\n')
    assert tree.findings() == []


@pytest.mark.parametrize("name", ["src/base/string_util.h", "src/base/common.h", "src/base/test_helper.h", "src/base/misc/x.h",
                                  "src/base/LogManager.h"])
def test_names_that_say_nothing(tree, name):
    tree.header(name, "int x;\n")
    assert any(": name: " in line for line in tree.findings())


def test_missing_licence(tree):
    tree.write("src/base/bare.cc", "int x;\n")
    tree.write("tools/bare", "#!/usr/bin/env bash\necho\n")
    assert [line.split(" ")[:2] for line in tree.findings()] == [["src/base/bare.cc:1:", "licence:"], ["tools/bare:1:", "licence:"]]


def test_header_without_guard(tree):
    tree.write("src/base/bare.h", LICENCE + "// For one case.\nint x;\n")
    tree.expect("src/base/bare.h:1: pragma-once:")


def test_header_without_purpose(tree):
    tree.write("src/base/bare.h", LICENCE + "#pragma once\n\n#include <string>\n")
    tree.expect("src/base/bare.h:4: header-purpose:")


@pytest.mark.parametrize("comment", ["// TO" "DO: later", "// TO" "DO(someone): later", "// FIX" "ME(#3)"])
def test_promises(tree, comment):
    tree.source("src/base/late.cc", f"int x;  {comment}\n")
    tree.expect("src/base/late.cc:2: promise:")


def test_promise_with_issue(tree):
    tree.source("src/base/late.cc", "int x;  // TO" "DO(#12): later\n")
    assert tree.findings() == []


def test_environment_is_read_in_app_only(tree):
    read = 'const char* x = std::get' 'env("HOME");\n'
    tree.source("src/app/right.cc", read)
    assert tree.findings() == []
    tree.source("src/net/wrong.cc", "// getenv in a comment\n" + read)
    tree.expect("src/net/wrong.cc:3: environment:")


@pytest.mark.parametrize("text", ["https://py" "pi.org/simple", "https://registry.npm" "js.org/x", "/ho" "me/someone/lake", "/wo" "rk/main"])
def test_hosts_and_machine_paths(tree, text):
    tree.write("docs/guide.md", f"# Guide\n\nSee {text}.\n")
    lines = tree.findings()
    assert len(lines) == 1 and lines[0].startswith("docs/guide.md:3:"), lines


def test_module_without_paragraph(tree):
    tree.change("ARCHITECTURE.md", PARAGRAPH % "silver", "")
    tree.expect("ARCHITECTURE.md:1: architecture: add a paragraph that begins with **`silver`**")


def test_paragraph_without_module(tree):
    tree.change("ARCHITECTURE.md", "# House\n", "# House\n\n" + PARAGRAPH % "attic")
    tree.expect("ARCHITECTURE.md:3: architecture: attic is no module")


def test_table_of_modules_that_says_something_else(tree):
    tree.change("ARCHITECTURE.md", "| 0 | base | – |", "| 0 | base | codec |")
    tree.expect("ARCHITECTURE.md:3: architecture: by tools/layers.toml base may not include codec")


def test_table_of_modules_without_a_row(tree):
    tree.change("ARCHITECTURE.md", "| 0 | base | – |\n", "")
    tree.expect("ARCHITECTURE.md:1: architecture: add a row for base")


def test_link_and_decision_that_lead_nowhere(tree):
    tree.write("docs/guide.md", "# Guide\n\n[this](missing.md) and docs/adr/" "0099\n")
    assert [line.split(" ")[1] for line in tree.findings()] == ["decision:", "link:"]


def test_build_links_more_than_the_row_allows(tree):
    tree.change("src/CMakeLists.txt", "tarn_module(net DEPS base codec", "tarn_module(net DEPS base codec lake")
    lines = tree.findings()
    assert len(lines) == 1 and "build: net links lake" in lines[0], lines


def test_build_links_less_than_the_row_allows(tree):
    tree.change("src/CMakeLists.txt", "tarn_module(net DEPS base codec", "tarn_module(net DEPS base")
    lines = tree.findings()
    assert len(lines) == 1 and "build: net may include codec" in lines[0], lines


def test_only_files_under_a_prefix(tree):
    tree.write("src/base/bare.cc", "int x;\n")
    assert tree.findings("src/net") == []
    assert len(tree.findings("src/base")) == 1

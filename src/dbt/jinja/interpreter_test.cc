// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/interpreter.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "dbt/jinja/loop_object.h"
#include "dbt/jinja/parser.h"

namespace tarn::dbt::jinja {
namespace {

/// Knows a few values, the functions of the test and the macros of the template.
class TestContext final : public Context {
 public:
  Result<Value> Find(const std::string& name, const std::string&) override {
    if (name == "items") return Value::OfList({Value("b"), Value("a"), Value("c")});
    if (name == "row") return Value::OfDict({{Value("id"), Value(int64_t{7})}, {Value("name"), Value("x")}});
    if (name == "return") {
      return Function("return", [](Interpreter& interpreter, const Arguments& arguments) -> Result<Value> {
        interpreter.Return(arguments.positional.at(0));
        return Value("");
      });
    }
    if (name == "namespace") {
      return Function("namespace", [](Interpreter&, const Arguments& arguments) -> Result<Value> {
        auto names = std::make_shared<Dict>();
        for (const auto& [key, value] : arguments.named) names->Set(Value(key), value);
        return Value(ObjectPtr(std::make_shared<NamespaceObject>(std::move(names))));
      });
    }
    return Value(Undefined{name});
  }
};

Result<std::string> Render(std::string_view text) {
  TARN_ASSIGN(const auto parsed, ParseTemplate({"models/a.sql", "shop", text}));
  TestContext context;
  Interpreter interpreter(context);
  return interpreter.Render(parsed, "shop");
}

std::string Rendered(std::string_view text) {
  auto rendered = Render(text);
  return rendered ? *rendered : "error: " + rendered.error().message;
}

struct Case {
  const char* text;
  const char* printed;
};

class Expressions : public testing::TestWithParam<Case> {};

TEST_P(Expressions, PrintWhatPythonWould) { EXPECT_EQ(Rendered(GetParam().text), GetParam().printed); }

INSTANTIATE_TEST_SUITE_P(
    Operators, Expressions,
    testing::Values(Case{"{{ 1 + 2 * 3 }}", "7"}, Case{"{{ (1 + 2) * 3 }}", "9"},
                    Case{"{{ 7 // 2 }} {{ -7 // 2 }}", "3 -4"}, Case{"{{ 7 % 3 }} {{ -7 % 3 }}", "1 2"},
                    Case{"{{ 7 / 2 }} {{ 4 / 2 }}", "3.5 2.0"}, Case{"{{ 2 ** 10 }} {{ -2 ** 2 }}", "1024 4"},
                    Case{"{{ 'a' ~ 1 ~ none }}", "a1None"},
                    Case{"{{ 1 < 2 and 'a' in 'cat' and 3 not in [1, 2] }}", "True"},
                    Case{"{{ not 1 == 2 }} {{ 1 == 1.0 }} {{ '1' == 1 }}", "True True False"},
                    Case{"{{ 'yes' if row.id > 5 else 'no' }}", "yes"}, Case{"{{ 'x' if false }}", ""},
                    Case{"{{ [1, 'a', none, true, 1.5] }}", "[1, 'a', None, True, 1.5]"},
                    Case{"{{ (1,) }} {{ {'a': [1], 'b': \"it's\"} }}", "(1,) {'a': [1], 'b': \"it's\"}"},
                    Case{"{{ items[0] }}{{ items[-1] }}{{ items[1:] }}{{ 'abcdef'[1:4:2] }}{{ 'abc'[::-1] }}",
                         "bc['a', 'c']bdcba"},
                    Case{"{{ row['name'] }}{{ row.get('z', 'q') }}{{ row.keys() | list }}", "xq['id', 'name']"},
                    Case{"{{ 'a' 'b' }}{{ \"q\\n\" | length }}", "ab2"},
                    Case{"{{ 1 is odd }} {{ row.z is defined }}", "True False"},
                    Case{"{{ 4 is divisibleby 2 }} {{ none is not none }} {{ 'a' is in ['a'] }}", "True False True"},
                    Case{"{{ -1 | abs }} {{ 3.14159 | round(2) }} {{ '12' | int + 1 }}", "1 3.14 13"}));

INSTANTIATE_TEST_SUITE_P(
    Filters, Expressions,
    testing::Values(
        Case{"{{ items | sort | join(', ') }}", "a, b, c"}, Case{"{{ items | map('upper') | join }}", "BAC"},
        Case{"{{ [row, row] | map(attribute='id') | sum }}", "14"},
        Case{"{{ [1, 2, 3] | select('odd') | list }}", "[1, 3]"},
        Case{"{{ [row] | selectattr('id', 'equalto', 7) | list | length }}", "1"},
        Case{"{{ ['b', 'B', 'a'] | unique | list }}", "['b', 'a']"}, Case{"{{ missing | default('d') }}", "d"},
        Case{"{{ '' | default('e', true) }}", "e"}, Case{"{{ 'a b' | title }} {{ 'x' | upper | lower }}", "A B x"},
        Case{"{{ {'b': 1, 'a': [none]} | tojson }}", "{\"a\": [null], \"b\": 1}"},
        Case{"{{ '%s-%03d' | format('a', 7) }} {{ '%.2f' % 1.005 }}", "a-007 1.00"},
        Case{"{{ '{} {n:>4} {:.1f}'.format(2.25, 2.25, n=5) }}", "2.25    5 2.2"},
        Case{"{{ {'b': 1, 'a': 2} | dictsort }}", "[('a', 2), ('b', 1)]"},
        Case{"{{ items | first }}{{ items | last }}{{ items | reverse | list }}", "bc['c', 'a', 'b']"},
        Case{"{{ 'a.b.c'.split('.') | last }}{{ ' x '.strip() }}{{ 'abc'.replace('b', '') }}", "cxac"},
        Case{"{{ 'a\nb' | indent(2) }}", "a\n  b"}, Case{"{{ [3, 1, 2] | max }}{{ [3, 1] | min }}", "31"},
        Case{
            "{% for k, g in [{'t': 1, 'v': 2}, {'t': 1, 'v': 3}] | groupby('t') %}{{ k }}:{{ g | length }}{% endfor %}",
            "1:2"}));

INSTANTIATE_TEST_SUITE_P(
    Statements, Expressions,
    testing::Values(
        Case{"{% for i in items %}{{ loop.index }}{{ i }}{{ ',' if not loop.last }}{% endfor %}", "1b,2a,3c"},
        Case{"{% for i in [] %}x{% else %}none{% endfor %}", "none"},
        Case{"{% for i in [1, 2, 3, 4] if i is even %}{{ i }}{{ loop.length }}{% endfor %}", "2242"},
        Case{"{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}", "1"},
        Case{"{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}", "2"},
        Case{"{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "3"},
        Case{"{% set t %}a{{ 1 }}{% endset %}[{{ t }}]", "[a1]"}, Case{"{% set a, b = 1, 2 %}{{ b }}{{ a }}", "21"},
        Case{"{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }} {{ m(1, b=3) }}", "1-2 1-3"},
        Case{"{% macro m() %}{{ varargs | list }}{{ kwargs }}{% endmacro %}{{ m(1, x=2) }}", "[1]{'x': 2}"},
        Case{"{% macro m() %}{% for i in [1, 2] %}{{ return([i]) }}{% endfor %}{% endmacro %}{{ m()[0] + 1 }}", "2"},
        Case{"{% macro wrap(n) %}<{{ caller(n) }}>{% endmacro %}{% call(x) wrap(5) %}{{ x + 1 }}{% endcall %}", "<6>"},
        Case{"{% set l = [] %}{% do l.append(1) %}{{ l }}", "[1]"},
        Case{"a  {%- if true -%}  b  {%- endif %} c {# note #}d", "ab c d"},
        Case{"{% raw %}{{ x }}{% endraw %}", "{{ x }}"}, Case{"{% filter upper %}a{{ 'b' }}{% endfilter %}", "AB"},
        Case{"{% if false %}a{% elif 1 %}b{% else %}c{% endif %}", "b"}, Case{"line\n", "line"}));

TEST(InterpreterErrors, NameFileLineAndConstruct) {
  struct Wrong {
    const char* text;
    ErrorCode code;
    const char* message;
  };
  const Wrong wrongs[] = {
      {"a\n{{ nowhere }}", ErrorCode::kInvalidArgument, "models/a.sql:2: this is undefined: nowhere"},
      {"\n\n{{ nowhere() }}", ErrorCode::kInvalidArgument,
       "models/a.sql:3: there is no such macro or function: nowhere"},
      {"{% include 'x' %}", ErrorCode::kUnsupported, "models/a.sql:1: not supported: {% include %}"},
      {"{% snapshot s %}", ErrorCode::kUnsupported, "models/a.sql:1: not supported: {% snapshot %}"},
      {"\n{{ 1 | shout }}", ErrorCode::kUnsupported, "models/a.sql:2: not supported: filter shout"},
      {"{{ 'a'.shout() }}", ErrorCode::kUnsupported, "models/a.sql:1: not supported: method shout of str"},
      {"{{ 1 + }}", ErrorCode::kInvalidArgument, "models/a.sql:1: expected an expression, not '}}'"},
      {"x\n{% if 1 %}", ErrorCode::kInvalidArgument, "models/a.sql:2: this block is not closed by endif"},
      {"{{ 1", ErrorCode::kInvalidArgument, "models/a.sql:1: this is not closed by }}"},
      {"{{ 1 / 0 }}", ErrorCode::kInvalidArgument, "models/a.sql:1: division by zero"},
      {"{# x", ErrorCode::kInvalidArgument, "models/a.sql:1: a comment is not closed: {#"},
      {"{% macro m(a) %}\n{{ a.b.c }}{% endmacro %}\n{{ m({}) }}", ErrorCode::kInvalidArgument,
       "models/a.sql:2: this is undefined: b\n  called from models/a.sql:3"},
  };
  for (const auto& wrong : wrongs) {
    const auto rendered = Render(wrong.text);
    ASSERT_THAT(rendered, ErrorIs(wrong.code)) << wrong.text;
    EXPECT_EQ(rendered.error().message, wrong.message) << wrong.text;
  }
}

TEST(InterpreterErrors, EndlessRecursionAndDeepNestingAreRefused) {
  EXPECT_THAT(Render("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Render("{{ " + std::string(500, '(') + "1" + std::string(500, ')') + " }}"),
              ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Render("{% for a in [1] * 2000 %}{% for b in [1] * 2000 %}{% endfor %}{% endfor %}"),
              ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(LoneExpression, IsFoundOnlyWhenTheTextIsNothingElse) {
  const auto lone = ParseLoneExpression({"a.yml", "shop", " {{ [1, '}}'] }} "});
  ASSERT_THAT(lone, IsOk());
  EXPECT_NE(*lone, nullptr);
  for (const char* text : {"x {{ 1 }}", "{{ 1 }}{{ 2 }}", "plain", "{{ 1 }} and {{ 2 }}"}) {
    const auto none = ParseLoneExpression({"a.yml", "shop", text});
    ASSERT_THAT(none, IsOk()) << text;
    EXPECT_EQ(*none, nullptr) << text;
  }
}

}  // namespace
}  // namespace tarn::dbt::jinja

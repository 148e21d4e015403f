// SPDX-License-Identifier: Apache-2.0
#include "dbt/generic_tests.h"

#include <algorithm>
#include <array>
#include <map>

#include "codec/digest.h"
#include "dbt/jinja/json_value.h"
#include "dbt/jinja/syntax.h"
#include "dbt/render_context.h"

namespace tarn::dbt {
namespace {

using codec::OrderedJson;

constexpr std::array<std::string_view, 10> kTestSettings{
    "severity", "where", "limit", "warn_if", "error_if", "fail_calc", "enabled", "store_failures", "tags", "meta"};
constexpr size_t kMaxNameBytes = 63;
constexpr size_t kKeptNameBytes = 30;

/// Letters, digits and _; anything else, however long, one _.
std::string Cleaned(const std::string& text) {
  std::string out;
  bool replaced = false;
  for (const char c : text) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (kept) out += c;
    if (!kept && !replaced) out += '_';
    replaced = !kept;
  }
  return out;
}

std::string Hash(const std::string& text) { return codec::Hex(codec::Sha256(text)); }

struct Names {
  std::string full;
  std::string shortened;
};

Names NamesOf(const std::string& type, const std::string& target, const OrderedJson& arguments) {
  std::map<std::string, const OrderedJson*> sorted;
  for (const auto& [key, value] : arguments.items()) sorted[key] = &value;
  std::string flat;
  const auto add = [&](const OrderedJson& value) { flat += (flat.empty() ? "" : "__") + Cleaned(PythonText(value)); };
  for (const auto& [key, value] : sorted) {
    if (value->is_object() || value->is_array()) {
      for (const auto& item : *value) add(item);
    } else {
      add(*value);
    }
  }
  const auto identifier = type + "_" + target;
  Names names;
  names.full = identifier + "_" + flat;
  const bool fits = names.full.size() <= kMaxNameBytes;
  names.shortened = fits ? names.full : identifier.substr(0, kKeptNameBytes) + "_" + Hash(names.full).substr(0, 32);
  return names;
}

/// Takes name, description and settings out of the arguments.
void TakeSettings(OrderedJson& arguments, Node& test, std::string& given_name) {
  if (const auto name = arguments.find("name"); name != arguments.end() && name->is_string()) {
    given_name = name->get<std::string>();
  }
  if (const auto text = arguments.find("description"); text != arguments.end() && text->is_string()) {
    test.description = text->get<std::string>();
  }
  arguments.erase("name");
  arguments.erase("description");
  auto settings = OrderedJson::object();
  for (const auto key : kTestSettings) {
    const auto found = arguments.find(std::string(key));
    if (found == arguments.end()) continue;
    settings[std::string(key)] = *found;
    arguments.erase(std::string(key));
  }
  if (const auto config = arguments.find("config"); config != arguments.end() && config->is_object()) {
    MergeSettings(settings, *config);
  }
  arguments.erase("config");
  if (const auto nested = arguments.find("arguments"); nested != arguments.end() && nested->is_object()) {
    const OrderedJson inner = *nested;
    arguments.erase("arguments");
    arguments.update(inner);
  }
  test.config = settings;
}

}  // namespace

std::string PythonText(const OrderedJson& value) { return jinja::ValueOf(value).Text(); }

Result<Node> ReadGenericTest(const OrderedJson& written, const TestTarget& target, const std::string& package) {
  const auto bad = [&](const std::string& message) {
    return Fail(ErrorCode::kInvalidArgument, jinja::AtLine(target.path, target.line, message));
  };
  Node test;
  test.kind = NodeKind::kTest;
  test.package = package;
  test.path = target.path;
  test.line = target.line;
  std::string type;
  auto arguments = OrderedJson::object();
  if (written.is_string()) {
    type = written.get<std::string>();
  } else if (written.is_object() && !written.empty()) {
    const auto first = written.begin();
    type = first.key();
    if (first.value().is_object()) arguments = first.value();
    // {name: x, test_name: unique, column_name: id} is the other form.
    if (const auto named = written.find("test_name"); named != written.end() && named->is_string()) {
      type = named->get<std::string>();
      arguments = written;
      arguments.erase("test_name");
    } else if (written.size() > 1) {
      for (const auto& [key, value] : written.items()) {
        if (key != type) arguments[key] = value;
      }
    }
  } else {
    return bad("a test is a name, or a name with arguments");
  }
  std::string given_name;
  TakeSettings(arguments, test, given_name);
  test.test.column = target.column;
  if (!target.column.empty()) arguments["column_name"] = target.column;
  const auto dot = type.find('.');
  test.test.package = dot == std::string::npos ? "" : type.substr(0, dot);
  test.test.macro = type.substr(dot == std::string::npos ? 0 : dot + 1);
  test.test.attached = target.node.unique_id;
  const bool of_source = target.node.kind == NodeKind::kSource;
  const auto prefix = (of_source ? std::string("source_") : std::string()) +
                      (test.test.package.empty() ? "" : test.test.package + "_") + test.test.macro;
  const auto table = of_source ? target.node.source_name + "_" + target.node.name : target.node.name;
  const auto names = NamesOf(prefix, table, arguments);
  test.name = given_name.empty() ? names.full : given_name;
  test.test.short_name = given_name.empty() ? names.shortened : given_name;
  test.unique_id = "test." + package + "." + test.name + "." +
                   Hash(target.node.unique_id + type + codec::Dump(arguments) + codec::Dump(test.config)).substr(0, 10);
  test.test.arguments = std::move(arguments);
  return test;
}

}  // namespace tarn::dbt

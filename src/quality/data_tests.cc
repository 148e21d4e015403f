// SPDX-License-Identifier: Apache-2.0
#include "quality/data_tests.h"

#include <set>

namespace tarn::quality {

std::string_view TestTypeName(TestType type) {
  for (const auto& [name, value] : kTestTypes) {
    if (value == type) return name;
  }
  return "";
}

std::optional<TestType> TestTypeOf(std::string_view name) {
  for (const auto& [word, type] : kTestTypes) {
    if (word == name) return type;
  }
  return std::nullopt;
}

std::string ColumnText(const Test& test) {
  std::string text;
  for (const auto& column : test.columns) text += (text.empty() ? "" : ", ") + column;
  return text;
}

void NameTests(std::string_view table, std::vector<Test>& tests) {
  std::set<std::string> taken;
  for (const auto& test : tests) taken.insert(test.name);
  for (auto& test : tests) {
    if (!test.name.empty()) continue;
    auto base = std::string(TestTypeName(test.type)) + "_" + std::string(table);
    for (const auto& column : test.columns) base += "_" + column;
    test.name = base;
    for (int number = 2; !taken.insert(test.name).second; ++number) test.name = base + "_" + std::to_string(number);
  }
}

}  // namespace tarn::quality

// SPDX-License-Identifier: Apache-2.0
#include "lake/table_reference.h"

namespace tarn::lake {

engine::TableName ReadTableReference(const std::string& domain, const std::string& text) {
  const auto slash = text.find('/');
  if (slash != std::string::npos) return {text.substr(0, slash), "gold", text.substr(slash + 1)};
  const auto first = text.find('.');
  if (first == std::string::npos) return {domain, "gold", text};
  const auto second = text.find('.', first + 1);
  if (second == std::string::npos) return {text.substr(0, first), "gold", text.substr(first + 1)};
  return {text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

}  // namespace tarn::lake

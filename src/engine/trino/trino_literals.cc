// SPDX-License-Identifier: Apache-2.0
#include "engine/trino/trino_literals.h"

#include <algorithm>

#include "engine/query_engine.h"

namespace tarn::engine {

std::string TrinoTimeLiteral(Timestamp at, bool with_zone) {
  auto text = FormatTimestamp(at);
  std::ranges::replace(text, 'T', ' ');
  text.pop_back();  // the Z
  return "TIMESTAMP " + QuoteLiteral(text + (with_zone ? " UTC" : ""));
}

}  // namespace tarn::engine

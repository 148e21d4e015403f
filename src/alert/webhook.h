// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who is told of alerts (docs/guide/monitors.md). Plain value.

#include <cstdint>
#include <string>

namespace tarn::alert {

enum class Shape : uint8_t { kJson, kSlack };

struct Webhook {
  std::string name;
  std::string url;  ///< often a secret: shown nowhere
  Shape shape = Shape::kJson;

  bool operator==(const Webhook&) const = default;
};

}  // namespace tarn::alert

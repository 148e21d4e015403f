// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lists in pages: pageToken and pageSize of the Iceberg REST protocol. Stateless.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "codec/json.h"
#include "net/message.h"

namespace tarn::api::iceberg_rest {

/// A part of a sorted list.
struct Page {
  size_t begin = 0;
  size_t end = 0;
  std::optional<std::string> next;  ///< token of the page behind it

  /// Adds "next-page-token".
  void SetNext(codec::OrderedJson& body) const;
};

/// The page of `names` that the request asks for, all of them when it asks for none. The token is the last name of the
/// page before. Nothing when a parameter makes no sense.
std::optional<Page> PageOf(const net::Request& request, const std::vector<std::string>& names);

}  // namespace tarn::api::iceberg_rest

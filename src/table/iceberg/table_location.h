// SPDX-License-Identifier: Apache-2.0
#pragma once
// Iceberg names every file by an absolute URI; the model names it by its path below the table. Paths are compared by
// the location in the metadata, not by where the lake is now, so that a lake that was copied elsewhere still reads.
// Immutable.

#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::table::iceberg {

/// URI of a store's root: "/srv/lake" is "file:///srv/lake", a relative path is made absolute, anything with a scheme
/// stays.
std::string UriOfRoot(std::string_view root);

class TableLocation {
 public:
  /// `uri` as the metadata has it: absolute, without a trailing slash.
  explicit TableLocation(std::string uri);

  /// URI of a file below the table.
  std::string UriOf(std::string_view path) const { return uri_ + "/" + std::string(path); }

  /// Path below the table; kUnsupported for a file outside it.
  Result<std::string> PathOf(std::string_view uri) const;

  const std::string& uri() const { return uri_; }

 private:
  const std::string uri_;
  const std::string prefix_;  ///< without differences in how a scheme is spelled, with a trailing slash
};

}  // namespace tarn::table::iceberg

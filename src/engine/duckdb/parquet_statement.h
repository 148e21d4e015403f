// SPDX-License-Identifier: Apache-2.0
#pragma once
// The COPY statement that writes a data file in the shape every reader of open tables understands. Pure.

#include <string>

#include "engine/query_engine.h"

namespace tarn::engine {

/// COPY of the request's rows to the object `key`, returning the file's statistics. No rows make no file.
std::string ParquetCopyStatement(const WriteRequest& request, const std::string& key);

}  // namespace tarn::engine

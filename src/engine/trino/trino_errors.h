// SPDX-License-Identifier: Apache-2.0
#pragma once
// What goes wrong at a Trino server, as errors of ours: what may pass by itself is told from what will not (lake.md
// §6.6). Pure functions.

#include <string>

#include "base/result.h"
#include "codec/json.h"

namespace tarn::engine {

/// Of the `error` object of an answer.
Error TrinoQueryError(const codec::Json& error);

/// Of an answer with another status than 200.
Error TrinoStatusError(int status, const std::string& body);

/// Whether the same request may be made again at once.
bool IsTrinoBusy(int status);

}  // namespace tarn::engine

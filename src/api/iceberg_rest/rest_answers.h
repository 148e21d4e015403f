// SPDX-License-Identifier: Apache-2.0
#pragma once
// Answers in the Iceberg REST catalog's error model. Free functions; thread-safe.

#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/foreign_tables.h"
#include "net/message.h"

namespace tarn::api::iceberg_rest {

/// {"error": {"message", "type", "code"}}; `type` is the specification's exception word.
net::Response Refusal(int status, std::string_view type, std::string_view message);

net::Response BadRequest(std::string_view message);

/// What a kNotFound names.
enum class Missing { kNamespace, kTable };

/// The error's status, word and message; what says more than a client may know is in the log only.
net::Response Failure(const Error& error, Missing missing);

/// An answer without a body.
net::Response Empty(int status);

/// What the answer is to: a load says how to reach the files, too.
enum class TableAnswerKind { kLoad, kCommit };
/// Metadata and, when they are stored, their place and the ETag of this state.
net::Response TableAnswer(const catalog::LoadedTable& table, TableAnswerKind kind);

/// Tag of a table's state as `snapshots` (all, refs) shows it, quotes included.
std::string TagOf(const catalog::LoadedTable& table, std::string_view snapshots);

}  // namespace tarn::api::iceberg_rest

// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names and literals as SQL writes them, and the few clauses that a project's SQL gets around it. Pure functions;
// thread-safe.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::dbt {

/// order → "order"; a"b → "a""b".
std::string QuotedName(std::string_view name);
std::string QuotedText(std::string_view text);

/// A SELECT with ephemeral models as common table expressions (name, SELECT) in front of it.
std::string WithTables(const std::vector<std::pair<std::string, std::string>>& tables, const std::string& sql);

/// Without white space and semicolons at its end: a SELECT that may stand in parentheses.
std::string BareStatement(std::string_view sql);

}  // namespace tarn::dbt

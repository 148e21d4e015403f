// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a spark-sql process is told: settings under which Spark reads a text as our parser does and keeps every
// microsecond, and a script that no character of the query can break out of. Pure functions.

#include <string>
#include <vector>

namespace tarn::engine {

/// Words behind the configured command: settings, and the script to run.
std::vector<std::string> SparkArguments(const std::string& script_path);

/// A script of one statement that writes the rows of `select` as Parquet files into the folder. ASCII only: neither
/// spark-sql's own reading of quotes, semicolons, comments and variables nor the locale can change the statement.
std::string SparkScript(const std::string& select, const std::string& folder_uri);

/// 'text' as Spark reads it.
std::string SparkLiteral(std::string_view text);

/// `name` in back-ticks.
std::string SparkName(std::string_view name);

}  // namespace tarn::engine

// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names below a Delta table's location: log entries, checkpoints, and data file paths, which the log holds as URIs
// (Delta protocol, "File Types"). Stateless.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::table::delta {

inline constexpr std::string_view kLogFolder = "_delta_log/";

/// "_delta_log/00000000000000000042.json".
std::string LogEntryName(int64_t version);

/// "_delta_log/00000000000000000042.checkpoint.parquet".
std::string CheckpointName(int64_t version);

/// "_delta_log/_last_checkpoint".
std::string LastCheckpointName();

/// "_delta_log/00000000000000000042": every name of that version or a later one comes behind it.
std::string VersionPrefix(int64_t version);

/// "_delta_log/_sidecars/".
inline constexpr std::string_view kSidecarFolder = "_delta_log/_sidecars/";

enum class LogFileKind {
  kEntry,
  kClassicCheckpoint,
  kCheckpointPart,  ///< one of several files of a classic checkpoint
  kUuidCheckpoint,  ///< v2 spec, Parquet or JSON
};

struct LogFile {
  LogFileKind kind = LogFileKind::kEntry;
  int64_t version = 0;
  int64_t parts = 1;  ///< kCheckpointPart: how many there must be
};

/// What the file of that name inside the log folder is; nullopt for anything we do not read.
std::optional<LogFile> ParseLogFileName(std::string_view name);

/// URI text of a data file path.
std::string EncodePath(std::string_view path);

/// Path of a file below the table. `table_root`, which may be empty, is where the table lies, as a path or URI: an
/// absolute `uri` below it is understood, too. kUnsupported for a file outside the table, kCorrupt for a broken escape.
Result<std::string> DecodePath(std::string_view uri, std::string_view table_root = {});

}  // namespace tarn::table::delta

// SPDX-License-Identifier: Apache-2.0
#include "lake/rewrite.h"

#include <unordered_set>

namespace tarn::lake {
namespace {

/// Data files have unique base names (a UUID), so these tell them apart.
std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Result<std::set<std::string>> FileNames(engine::Workspace& workspace, const std::string& select) {
  TARN_ASSIGN(const auto stream, workspace.Query(select));
  std::set<std::string> names;
  table::BatchView batch;
  for (;;) {
    TARN_ASSIGN(const bool more, stream->Next(batch));
    if (!more) return names;
    for (size_t row = 0; row < batch.rows; ++row) names.emplace(batch.columns[0].At<std::string_view>(row));
  }
}

std::vector<table::DataFilePtr> FilesNamed(const table::Snapshot& snapshot, const std::set<std::string>& names) {
  std::unordered_set<std::string_view> wanted;
  for (const auto& name : names) wanted.insert(BaseName(name));
  std::vector<table::DataFilePtr> files;
  for (const auto& file : snapshot.files) {
    if (!wanted.contains(BaseName(file->path))) continue;
    const auto full = "/" + file->path;
    for (const auto& name : names) {
      if (!name.ends_with(full)) continue;
      files.push_back(file);
      break;
    }
  }
  return files;
}

}  // namespace tarn::lake

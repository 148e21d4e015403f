// SPDX-License-Identifier: Apache-2.0
#include "silver/hits.h"

#include <map>
#include <string>

namespace tarn::silver {
namespace {

/// Which of `files` a name of the engine means: it ends in the file's path.
class FileIndex {
 public:
  explicit FileIndex(const std::vector<table::DataFilePtr>& files) : files_(files) {}

  Result<uint32_t> Find(std::string_view name) {
    if (const auto known = by_name_.find(name); known != by_name_.end()) return known->second;
    for (uint32_t i = 0; i < files_.size(); ++i) {
      if (!name.ends_with("/" + files_[i]->path)) continue;
      by_name_.emplace(name, i);
      return i;
    }
    return Fail(ErrorCode::kInternal, "a row of a file that was not asked for");
  }

 private:
  const std::vector<table::DataFilePtr>& files_;
  std::map<std::string, uint32_t, std::less<>> by_name_;
};

}  // namespace

std::vector<RowMarks> Hits::Replaced() const {
  std::map<uint32_t, codec::Bitmap64> by_file;
  for (const auto& hit : rows) {
    if (!losers.contains(hit.ordinal)) by_file[hit.file].Add(hit.position);
  }
  std::vector<RowMarks> marks;
  for (auto& [file, positions] : by_file) marks.push_back({files[file], std::move(positions)});
  return marks;
}

Status ReadHits(engine::ResultStream& stream, Hits& hits) {
  FileIndex files(hits.files);
  table::BatchView batch;
  for (;;) {
    TARN_ASSIGN(const bool more, stream.Next(batch));
    if (!more) return {};
    for (size_t row = 0; row < batch.rows; ++row) {
      const auto ordinal = batch.columns[0].At<int64_t>(row);
      TARN_ASSIGN(const auto file, files.Find(batch.columns[1].At<std::string_view>(row)));
      hits.rows.push_back({ordinal, static_cast<uint64_t>(batch.columns[2].At<int64_t>(row)), file});
      if (batch.columns[3].At<uint8_t>(row) != 0) hits.losers.insert(ordinal);
    }
  }
}

Status ReadBuried(engine::ResultStream& stream, Hits& hits) {
  table::BatchView batch;
  for (;;) {
    TARN_ASSIGN(const bool more, stream.Next(batch));
    if (!more) return {};
    for (size_t row = 0; row < batch.rows; ++row) hits.losers.insert(batch.columns[0].At<int64_t>(row));
  }
}

}  // namespace tarn::silver

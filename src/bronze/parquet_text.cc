// SPDX-License-Identifier: Apache-2.0
#include "bronze/parquet_text.h"

#include <algorithm>
#include <cstring>

#include "codec/json_text.h"
#include "table/value_json.h"

namespace tarn::bronze {
namespace {

constexpr size_t kTextBytes = 64ULL << 10;  ///< rows are written until there is as much

}  // namespace

ParquetText::ParquetText(engine::ParquetFiles::OpenedFile file) : file_(std::move(file)) {
  for (const auto& field : file_.schema.fields) {
    std::string member = members_.empty() ? "{" : ",";
    codec::AppendJsonString(member, field.name);
    members_.push_back(member + ":");
  }
}

Result<ParquetText> ParquetText::Open(engine::ParquetFiles& files, const std::string& key, uint64_t first_row) {
  TARN_ASSIGN(auto file, files.Open(key, first_row));
  return ParquetText(std::move(file));
}

void ParquetText::AppendRow() {
  for (size_t i = 0; i < members_.size(); ++i) {
    text_ += members_[i];
    table::AppendJsonValue(text_, batch_.columns[i], row_, table::JsonUse::kRecord);
  }
  text_ += "}\n";
  ++row_;
}

Result<size_t> ParquetText::Read(std::span<char> out) {
  if (at_ == text_.size()) {
    text_.clear();
    at_ = 0;
  }
  while (text_.size() < kTextBytes && !is_over_) {
    if (row_ < batch_.rows) {
      AppendRow();
      continue;
    }
    TARN_TRY(failed_);
    const auto more = file_.rows->Next(batch_);
    row_ = 0;
    is_over_ = more && !*more;
    if (!more || is_over_) batch_.rows = 0;
    if (more) continue;
    failed_ = Fail(Error(more.error()));
    if (!text_.empty()) break;  // what could be read comes before the error
  }
  const auto size = std::min(out.size(), text_.size() - at_);
  std::memcpy(out.data(), text_.data() + at_, size);
  at_ += size;
  return size;
}

}  // namespace tarn::bronze

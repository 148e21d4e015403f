// SPDX-License-Identifier: Apache-2.0
#include "bronze/object_builder.h"

#include "codec/crc32c.h"

namespace tarn::bronze {
namespace {

constexpr size_t kCompressStepBytes = 1U << 20;

}  // namespace

Status ObjectBuilder::Append(const StoredRecord& record, bool merges) {
  writer_.Append(record, text_);
  ++rows_;
  if (merges && record.operation == "upsert") TARN_TRY(observer_.Observe(record.payload));
  return text_.size() >= kCompressStepBytes ? Compress() : Status();
}

Status ObjectBuilder::Compress() {
  TARN_TRY(zstd_.Append(text_));
  text_.clear();
  return {};
}

Result<std::string> ObjectBuilder::Finish(const std::string& key, LogEntry& entry) {
  TARN_TRY(Compress());
  TARN_ASSIGN(auto body, zstd_.Finish());
  entry.objects.push_back({key, body.size(), codec::Crc32c(body), rows_});
  for (auto& field : observer_.Unknown()) entry.fields.push_back({field.name, field.type, field.long_integers});
  return body;
}

}  // namespace tarn::bronze

// SPDX-License-Identifier: Apache-2.0
#include "bronze/record_feed.h"

#include "codec/compression.h"
#include "codec/crc32c.h"

namespace tarn::bronze {
namespace {

/// A cut is 8 MiB, or one request, whose body is bounded far below this.
constexpr size_t kMaxObjectTextBytes = 1ULL << 30;

/// Lines of a text it owns.
class LineFeed {
 public:
  LineFeed(std::string text, std::string key) : text_(std::move(text)), key_(std::move(key)) {}

  Status Skip(uint64_t lines) {
    for (; lines > 0; --lines) {
      const auto end = text_.find('\n', at_);
      if (end == std::string::npos) return Fail(ErrorCode::kCorrupt, "bronze object has too few lines: " + key_);
      at_ = end + 1;
    }
    return {};
  }

  Result<bool> Next(StoredRecord& record) {
    if (at_ >= text_.size()) return false;
    const auto end = text_.find('\n', at_);
    if (end == std::string::npos) return Fail(ErrorCode::kCorrupt, "bronze object ends inside a line: " + key_);
    auto parsed = ParseLine(text_.data() + at_, end - at_, scratch_);
    if (!parsed) return Fail(std::move(parsed).error().In(key_));
    record = *parsed;
    at_ = end + 1;
    return true;
  }

 private:
  std::string text_;
  std::string key_;
  size_t at_ = 0;
  LineScratch scratch_;
};

}  // namespace

Result<std::string> ReadLandedObject(store::ObjectStore& store, const LandedObject& object) {
  TARN_ASSIGN(const auto body, store.Get(object.key));
  if (body.size() != object.size_bytes || codec::Crc32c(body) != object.crc32c) {
    return Fail(ErrorCode::kCorrupt, "object differs from its bronze log entry (size or CRC32C): " + object.key);
  }
  auto text = codec::Decompress(codec::Encoding::kZstd, body, kMaxObjectTextBytes);
  if (!text)
    return Fail(ErrorCode::kCorrupt, "object does not decompress: " + object.key + ": " + text.error().message);
  return text;
}

RecordUnit ObjectUnit(store::ObjectStore& store, const LandedObject& object, uint64_t skip_rows) {
  RecordUnit unit;
  unit.rows = object.rows - skip_rows;
  unit.open = [&store, object, skip_rows]() -> Result<RecordFeed> {
    TARN_ASSIGN(auto text, ReadLandedObject(store, object));
    auto lines = std::make_shared<LineFeed>(std::move(text), object.key);
    TARN_TRY(lines->Skip(skip_rows));
    return RecordFeed([lines](StoredRecord& record) { return lines->Next(record); });
  };
  return unit;
}

}  // namespace tarn::bronze

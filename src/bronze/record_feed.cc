// SPDX-License-Identifier: Apache-2.0
#include "bronze/record_feed.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "codec/compression.h"
#include "codec/crc32c.h"
#include "contract/record_checker.h"

namespace tarn::bronze {
namespace {

/// A cut is 8 MiB, or one request, whose body is bounded far below this.
constexpr size_t kMaxObjectTextBytes = 1ULL << 30;

/// How much text is looked at a time, unless a line is longer.
constexpr size_t kWindowBytes = 256ULL << 10;

/// Lines of a compressed text, of which only a window is in memory.
class LineFeed {
 public:
  LineFeed(std::string body, std::string key) : text_(std::move(body)), key_(std::move(key)) {}

  Status Skip(uint64_t lines) {
    for (; lines > 0; --lines) {
      TARN_ASSIGN(const auto line, NextLine());
      if (line.data() == nullptr) return Fail(ErrorCode::kCorrupt, "bronze object has too few lines: " + key_);
    }
    return {};
  }

  Result<bool> Next(StoredRecord& record) {
    TARN_ASSIGN(const auto line, NextLine());
    if (line.data() == nullptr) return false;
    auto read = reader_.Read(line.data(), line.size());
    if (!read) return Fail(std::move(read).error().In(key_));
    record = *read;
    return true;
  }

 private:
  /// The next line without its LF, valid until the next call; nullptr at the end.
  Result<std::span<char>> NextLine() {
    for (size_t seen = 0;;) {
      char* begin = window_.data() + begin_;
      const size_t unseen = end_ - begin_ - seen;
      if (const void* lf = unseen > 0 ? std::memchr(begin + seen, '\n', unseen) : nullptr) {
        const std::span line(begin, static_cast<const char*>(lf));
        begin_ += line.size() + 1;
        return line;
      }
      seen = end_ - begin_;
      TARN_ASSIGN(const bool more, ReadOn());
      if (more) continue;
      if (seen == 0) return std::span<char>();
      return Fail(ErrorCode::kCorrupt, "bronze object ends inside a line: " + key_);
    }
  }

  /// Gets more text behind the open line; false at the end.
  Result<bool> ReadOn() {
    if (begin_ > 0) std::memmove(window_.data(), window_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
    if (window_.size() < end_ + kWindowBytes)
      window_.resize(std::max(2 * end_, kWindowBytes) + contract::RecordChecker::kPadding);
    const auto room = window_.size() - contract::RecordChecker::kPadding - end_;
    const auto got = text_.Read({window_.data() + end_, room});
    if (!got) return Fail(ErrorCode::kCorrupt, "object does not decompress: " + key_ + ": " + got.error().message);
    end_ += *got;
    read_bytes_ += *got;
    if (read_bytes_ > kMaxObjectTextBytes)
      return Fail(ErrorCode::kCorrupt, "bronze object is larger than any: " + key_);
    return *got > 0;
  }

  codec::ZstdReader text_;
  std::string key_;
  std::vector<char> window_;
  size_t begin_ = 0;  ///< of the text in the window that was not given out
  size_t end_ = 0;
  size_t read_bytes_ = 0;
  LineReader reader_;
};

/// The object as stored, checked against the entry that names it.
Result<std::string> ReadBody(store::ObjectStore& store, const LandedObject& object) {
  TARN_ASSIGN(auto body, store.Get(object.key));
  if (body.size() != object.size_bytes || codec::Crc32c(body) != object.crc32c) {
    return Fail(ErrorCode::kCorrupt, "object differs from its bronze log entry (size or CRC32C): " + object.key);
  }
  return body;
}

}  // namespace

Result<std::string> ReadLandedObject(store::ObjectStore& store, const LandedObject& object) {
  TARN_ASSIGN(const auto body, ReadBody(store, object));
  auto text = codec::Decompress(codec::Encoding::kZstd, body, kMaxObjectTextBytes);
  if (!text)
    return Fail(ErrorCode::kCorrupt, "object does not decompress: " + object.key + ": " + text.error().message);
  return text;
}

RecordUnit ObjectUnit(store::ObjectStore& store, const LandedObject& object, uint64_t skip_rows) {
  RecordUnit unit;
  unit.rows = object.rows - skip_rows;
  unit.open = [&store, object, skip_rows](Payloads) -> Result<RecordFeed> {
    TARN_ASSIGN(auto body, ReadBody(store, object));
    auto lines = std::make_shared<LineFeed>(std::move(body), object.key);
    TARN_TRY(lines->Skip(skip_rows));
    return RecordFeed([lines](StoredRecord& record) { return lines->Next(record); });
  };
  return unit;
}

}  // namespace tarn::bronze

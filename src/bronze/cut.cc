// SPDX-License-Identifier: Apache-2.0
#include "bronze/cut.h"

#include "codec/compression.h"
#include "codec/crc32c.h"
#include "contract/row_decoder.h"
#include "lake/keys.h"

namespace tarn::bronze {
namespace {

/// Collects what the frames of one cut hold.
class CutBuilder {
 public:
  CutBuilder(const CutRequest& request, contract::EndpointPtr endpoint)
      : request_(request),
        writer_(request.domain, request.table),
        observer_(endpoint),
        endpoint_(std::move(endpoint)) {}

  Status Add(const ingest::FrameView& frame) {
    const auto& header = frame.header();
    if (range_.sources.empty()) {
      range_.sources.push_back({request_.source, request_.after, header.first, header.last(), 0});
      first_date_ = header.insert_date;
    }
    range_.sources.front().last = header.last();
    uint64_t rows = 0;
    for (uint32_t i = 0; i < header.record_count; ++i) {
      TARN_ASSIGN(auto entry, ToQuarantineEntry(frame, i));
      if (entry) refused_.push_back(std::move(*entry));
      const auto record = ToStored(frame, i);
      if (!record) continue;
      writer_.Append(*record, text_);
      ++rows;
      if (entry) continue;
      ++valid_rows_;
      if (record->operation == "upsert") TARN_TRY(observer_.Observe(record->payload));
    }
    if (range_.ranges.empty() || range_.ranges.back().contract_version != header.contract_version) {
      range_.ranges.push_back({header.generation, header.contract_version, 0});
    }
    range_.ranges.back().rows += rows;
    range_.sources.front().rows += rows;
    if (text_.size() >= kCompressStepBytes) return Compress();
    return {};
  }

  Result<Cut> Finish(size_t frames) {
    Cut cut;
    cut.frames = frames;
    cut.valid_rows = valid_rows_;
    const auto rows = range_.sources.front().rows;
    if (rows > 0) {
      TARN_TRY(Compress());
      TARN_ASSIGN(auto body, zstd_.Finish());
      const auto key = lake::BronzeObjectKey(request_.domain, request_.table, first_date_, Name());
      range_.objects.push_back({key, body.size(), codec::Crc32c(body), rows});
      cut.objects.push_back({key, std::move(body)});
    }
    if (!refused_.empty()) {
      TARN_ASSIGN(auto body, quarantine::EncodeEntries(refused_));
      const auto key = lake::QuarantineObjectKey(request_.domain, request_.table, first_date_, Name());
      range_.quarantine.push_back({key, body.size(), codec::Crc32c(body), refused_.size()});
      cut.objects.push_back({key, std::move(body)});
    }
    for (auto& field : observer_.Unknown()) range_.fields.push_back({field.name, field.type, field.long_integers});
    cut.entry = std::move(range_);
    return cut;
  }

  /// Columns of an auto_inference contract that this cut's values outgrew, with their wider types.
  std::vector<std::pair<size_t, table::DataType>> Widened() const {
    if (endpoint_->contract().mode != contract::Mode::kAutoInference) return {};
    return observer_.Widened();
  }

 private:
  static constexpr size_t kCompressStepBytes = 1U << 20;

  Status Compress() {
    TARN_TRY(zstd_.Append(text_));
    text_.clear();
    return {};
  }

  std::string Name() {
    const auto& source = range_.sources.front();
    return source.first.ToString() + "-" + NewUuid(request_.randomness).substr(0, 8);
  }

  const CutRequest& request_;
  LineWriter writer_;
  contract::FieldObserver observer_;
  contract::EndpointPtr endpoint_;
  codec::ZstdWriter zstd_;
  std::string text_;
  std::vector<quarantine::Entry> refused_;
  LogEntry range_;
  Timestamp first_date_;
  uint64_t valid_rows_ = 0;
};

}  // namespace

Result<Cut> BuildCut(const CutRequest& request, const TailPinPtr& pin, size_t begin) {
  const auto generation = pin->frames()[begin].generation;
  size_t end = begin;
  while (end < pin->frames().size() && pin->frames()[end].generation == generation) ++end;
  const auto version = pin->frames()[end - 1].contract_version;
  TARN_ASSIGN(auto endpoint, request.registry.Historic(request.domain, request.table, generation, version));
  CutBuilder builder(request, std::move(endpoint));
  ingest::FrameReader reader(*pin, begin, end);
  for (;;) {
    TARN_ASSIGN(const auto* frame, reader.Next());
    if (frame == nullptr) break;
    TARN_TRY(builder.Add(*frame));
  }
  TARN_ASSIGN(auto cut, builder.Finish(end - begin));
  cut.widened = builder.Widened();
  return cut;
}

}  // namespace tarn::bronze

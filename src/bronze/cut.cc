// SPDX-License-Identifier: Apache-2.0
#include "bronze/cut.h"

#include "bronze/object_builder.h"
#include "codec/crc32c.h"
#include "lake/keys.h"

namespace tarn::bronze {
namespace {

/// Collects what the frames of one cut hold.
class CutBuilder {
 public:
  CutBuilder(const CutRequest& request, contract::EndpointPtr endpoint)
      : request_(request), object_(request.domain, request.table, endpoint), endpoint_(std::move(endpoint)) {}

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
      TARN_TRY(object_.Append(*record, !entry));
      ++rows;
      valid_rows_ += entry ? 0 : 1;
    }
    if (range_.ranges.empty() || range_.ranges.back().contract_version != header.contract_version) {
      range_.ranges.push_back({header.generation, header.contract_version, 0});
    }
    range_.ranges.back().rows += rows;
    range_.sources.front().rows += rows;
    return {};
  }

  Result<Cut> Finish(size_t frames) {
    Cut cut;
    cut.frames = frames;
    cut.valid_rows = valid_rows_;
    if (object_.rows() > 0) {
      const auto key = lake::BronzeObjectKey(request_.domain, request_.table, first_date_, Name());
      TARN_ASSIGN(auto body, object_.Finish(key, range_));
      cut.objects.push_back({key, std::move(body)});
    }
    if (!refused_.empty()) {
      TARN_ASSIGN(auto body, quarantine::EncodeEntries(refused_));
      const auto key = lake::QuarantineObjectKey(request_.domain, request_.table, first_date_, Name());
      range_.quarantine.push_back({key, body.size(), codec::Crc32c(body), refused_.size()});
      cut.objects.push_back({key, std::move(body)});
    }
    cut.entry = std::move(range_);
    return cut;
  }

  /// Columns of an auto_inference contract that this cut's values outgrew, with their wider types.
  std::vector<std::pair<size_t, table::DataType>> Widened() const {
    if (endpoint_->contract().mode != contract::Mode::kAutoInference) return {};
    return object_.observer().Widened();
  }

 private:
  std::string Name() {
    const auto& source = range_.sources.front();
    return source.first.ToString() + "-" + NewUuid(request_.randomness).substr(0, 8);
  }

  const CutRequest& request_;
  ObjectBuilder object_;
  contract::EndpointPtr endpoint_;
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

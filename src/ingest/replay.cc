// SPDX-License-Identifier: Apache-2.0
#include "ingest/replay.h"

#include <algorithm>
#include <map>

#include "base/log.h"
#include "ingest/segment_scan.h"

namespace tarn::ingest {
namespace {

using Segments = std::vector<std::shared_ptr<Segment>>;

std::unexpected<Error> Refuse(const LogDamage& damage) {
  return Fail(ErrorCode::kCorrupt, "the log is damaged: " + damage.ToString());
}

/// Opens one segment and checks what its header promises.
Result<std::shared_ptr<Segment>> OpenSegment(store::Disk& disk, const std::string& path, uint64_t number,
                                             store::OpenMode mode) {
  TARN_ASSIGN(auto file, disk.Open(path, mode));
  std::string block(kBlockBytes, '\0');
  TARN_ASSIGN(const auto got, file->ReadAt(0, block));
  auto header = DecodeSegmentHeader(std::string_view(block).substr(0, got));
  if (!header && header.error().code == ErrorCode::kUnsupported) return Fail(std::move(header).error().In(path));
  if (!header) return Refuse({path, 0, header.error().message});
  if (header->segment != number) return Refuse({path, 0, "log segment has another number inside"});
  TARN_ASSIGN(const auto size, file->Size());
  if (size < header->size_bytes) return Refuse({path, size, "log segment is cut off"});
  return std::make_shared<Segment>(*std::move(header), path, std::move(file));
}

Result<std::vector<uint64_t>> SegmentNumbers(store::Disk& disk, const std::string& folder) {
  std::vector<uint64_t> numbers;
  const auto names = disk.List(folder);
  if (!names && names.error().code == ErrorCode::kNotFound) return numbers;
  if (!names) return Fail(names.error());
  for (const auto& name : *names) {
    if (const auto number = SegmentOfFileName(name)) numbers.push_back(*number);
  }
  return numbers;
}

/// The group that ends what counts of a segment: the next segment's header names it.
std::optional<uint64_t> LimitOf(const Segments& segments, size_t index) {
  if (index + 1 == segments.size() || segments[index + 1]->number() != segments[index]->number() + 1)
    return std::nullopt;
  return segments[index + 1]->header().previous.group;
}

class Replayer {
 public:
  Replayer(const ReplayRequest& request, Tail& tail)
      : request_(request), tail_(tail), folder_(LogFolder(request.data_dir)), now_(request.clock.Steady()) {}

  Result<ReplayReport> Run() {
    TARN_ASSIGN(const auto segments, OpenAll());
    for (size_t i = 0; i < segments.size(); ++i) {
      const auto& header = segments[i]->header();
      report_.last_insert_date = std::max(report_.last_insert_date, header.last_insert_date);
      report_.end = header.previous;
      tail_.AddSegment(segments[i]);
      TARN_TRY(ReplaySegment(*segments[i], LimitOf(segments, i)));
      report_.next_segment = header.segment + 1;
      ++report_.segments;
    }
    return report_;
  }

 private:
  Result<Segments> OpenAll() {
    Segments segments;
    TARN_ASSIGN(const auto numbers, SegmentNumbers(request_.disk, folder_));
    for (const auto number : numbers) {
      const auto path = folder_ + "/" + SegmentFileName(number);
      if (!segments.empty() && number != segments.back()->number() + 1) {
        return Refuse({folder_ + "/" + SegmentFileName(segments.back()->number() + 1), 0, "log segment is missing"});
      }
      TARN_ASSIGN(auto segment, OpenSegment(request_.disk, path, number, store::OpenMode::kWrite));
      if (segment->header().lake_id != request_.lake_id) {
        return Fail(ErrorCode::kFailedPrecondition,
                    "log segment belongs to lake " + segment->header().lake_id + ": " + path);
      }
      segments.push_back(std::move(segment));
    }
    return segments;
  }

  Status ReplaySegment(Segment& segment, std::optional<uint64_t> limit) {
    SegmentScan scan(segment);
    uint64_t last_offset = 0;
    bool closed = false;
    for (;;) {
      if (limit && scan.expected_group() > *limit) return {};
      TARN_ASSIGN(const auto group, scan.Next());
      if (!group) break;
      closed = group->header.kind == GroupKind::kClosing;
      last_offset = group->offset;
      TARN_TRY(TakeGroup(segment, *group));
    }
    if (limit) return Refuse({segment.path(), scan.position(), "log group is damaged"});
    TARN_ASSIGN(const auto later, scan.FindIntact());
    if (later) {
      return Refuse({segment.path(), scan.position(),
                     "log group is damaged, an intact one follows at byte " + std::to_string(*later)});
    }
    report_.clean_stop = closed;
    TARN_ASSIGN(const auto torn, scan.UnfinishedBytes());
    if (torn > 0 && closed) return Refuse({segment.path(), scan.position(), "log goes on behind a clean stop"});
    if (torn > 0) TARN_TRY(SetAside(segment, scan.position(), torn));
    return MakeEndDurable(segment, last_offset, scan.position());
  }

  Status TakeGroup(Segment& segment, const ScannedGroup& group) {
    frames_.clear();
    const auto incarnation = segment.header().incarnation;
    auto taken = ForEachFrame(group, incarnation, [&](const FrameView& frame, uint64_t offset, uint64_t size) {
      return TakeFrame(segment, frame, static_cast<uint32_t>(offset), static_cast<uint32_t>(size));
    });
    if (!taken && taken.error().code == ErrorCode::kCorrupt) {
      return Refuse({segment.path(), group.offset, taken.error().message});
    }
    TARN_TRY(std::move(taken));
    tail_.AddSynced(frames_, now_);
    tail_.NoteGroup(segment.number(), group.offset + group.header.total_bytes());
    report_.end = {incarnation, segment.number(), group.header.group};
    report_.bytes += group.header.total_bytes();
    ++report_.groups;
    return {};
  }

  Status TakeFrame(const Segment& segment, const FrameView& frame, uint32_t offset, uint32_t size) {
    const auto& header = frame.header();
    ++report_.frames;
    report_.last_insert_date = std::max(report_.last_insert_date, header.insert_date);
    if (frame.keyed() && request_.on_keyed) request_.on_keyed(frame, segment.number());
    const auto id = tail_.IdOf(header.domain, header.table);
    TARN_ASSIGN(const auto landed, LandedOfEndpoint(id, header));
    if (landed && header.last() <= *landed) return {};
    ++report_.unlanded_frames;
    frames_.push_back({id,
                       {segment.number(), offset, size, header.first, header.record_count, header.generation,
                        header.contract_version, header.insert_date}});
    return {};
  }

  Result<std::optional<lake::Offset>> LandedOfEndpoint(uint32_t id, const FrameHeader& header) {
    const auto found = landed_.find(id);
    if (found != landed_.end()) return found->second;
    TARN_ASSIGN(const auto landed, request_.landed({std::string(header.domain), std::string(header.table)}));
    landed_.emplace(id, landed);
    return landed;
  }

  Status SetAside(const Segment& segment, uint64_t offset, uint64_t size) {
    report_.torn = TornTail{segment.path(), offset, size, ""};
    const auto path = segment.path() + "." + std::to_string(offset) + ".torn";
    const auto copied = CopyTo(segment, offset, size, path);
    if (copied) report_.torn->set_aside = path;
    LogWarning("the log has a torn tail: its last group was never acknowledged",
               {{"file", segment.path()},
                {"offset", offset},
                {"bytes", size},
                {"set_aside", copied ? path : copied.error().message}});
    // Nothing overwrites the bytes in the segment before it is recycled, so a full disk is no reason to stay down.
    if (!copied && copied.error().code != ErrorCode::kResourceExhausted) return copied;
    return {};
  }

  Status CopyTo(const Segment& segment, uint64_t offset, uint64_t size, const std::string& path) {
    std::string bytes(size, '\0');
    TARN_ASSIGN(const auto got, segment.file().ReadAt(offset, bytes));
    TARN_ASSIGN(const auto present, request_.disk.Exists(path));
    if (present) TARN_TRY(request_.disk.Remove(path));
    TARN_ASSIGN(auto copy, request_.disk.Open(path, store::OpenMode::kCreateNew));
    TARN_TRY(copy->WriteAt(0, std::string_view(bytes).substr(0, got)));
    return copy->Sync();
  }

  /// What was read may be in memory only: the process that wrote it died before or in its sync. Writing it again makes
  /// the sync cover it.
  Status MakeEndDurable(const Segment& segment, uint64_t last_group, uint64_t end) {
    std::string bytes(kBlockBytes, '\0');
    TARN_ASSIGN(const auto head, segment.file().ReadAt(0, bytes));
    TARN_TRY(segment.file().WriteAt(0, std::string_view(bytes).substr(0, head)));
    if (last_group > 0) {
      bytes.resize(end - last_group);
      TARN_ASSIGN(const auto got, segment.file().ReadAt(last_group, bytes));
      TARN_TRY(segment.file().WriteAt(last_group, std::string_view(bytes).substr(0, got)));
    }
    TARN_TRY(segment.file().Sync());
    return request_.disk.SyncDirectory(folder_);
  }

  const ReplayRequest& request_;
  Tail& tail_;
  const std::string folder_;
  const std::chrono::steady_clock::time_point now_;
  ReplayReport report_;
  std::map<uint32_t, std::optional<lake::Offset>> landed_;
  std::vector<Tail::SyncedFrame> frames_;
};

Status CheckSegment(const Segment& segment, std::optional<uint64_t> limit, std::vector<LogDamage>& damages) {
  SegmentScan scan(segment);
  bool closed = false;
  while (!limit || scan.expected_group() <= *limit) {
    TARN_ASSIGN(const auto group, scan.Next());
    if (!group) break;
    closed = group->header.kind == GroupKind::kClosing;
    const auto readable = ForEachFrame(*group, segment.header().incarnation,
                                       [](const FrameView&, uint64_t, uint64_t) -> Status { return {}; });
    if (!readable) damages.push_back({segment.path(), group->offset, readable.error().message});
  }
  if (limit) {
    if (scan.expected_group() <= *limit) damages.push_back({segment.path(), scan.position(), "log group is damaged"});
    return {};
  }
  TARN_ASSIGN(const auto later, scan.FindIntact());
  TARN_ASSIGN(const auto torn, scan.UnfinishedBytes());
  if (later) damages.push_back({segment.path(), scan.position(), "log group is damaged, an intact one follows"});
  if (!later && torn > 0 && closed) {
    damages.push_back({segment.path(), scan.position(), "log goes on behind a clean stop"});
  }
  return {};
}

}  // namespace

std::string LogFolder(const std::string& data_dir) { return data_dir + "/log"; }

Result<ReplayReport> Replay(const ReplayRequest& request, Tail& tail) { return Replayer(request, tail).Run(); }

Result<std::vector<LogDamage>> CheckLog(store::Disk& disk, const std::string& data_dir) {
  std::vector<LogDamage> damages;
  Segments segments;
  const auto folder = LogFolder(data_dir);
  TARN_ASSIGN(const auto numbers, SegmentNumbers(disk, folder));
  for (size_t i = 0; i < numbers.size(); ++i) {
    const auto path = folder + "/" + SegmentFileName(numbers[i]);
    if (i > 0 && numbers[i] != numbers[i - 1] + 1) {
      damages.push_back({folder + "/" + SegmentFileName(numbers[i - 1] + 1), 0, "log segment is missing"});
    }
    auto segment = OpenSegment(disk, path, numbers[i], store::OpenMode::kRead);
    if (segment) {
      segments.push_back(*std::move(segment));
    } else {
      damages.push_back({path, 0, segment.error().message});
    }
  }
  for (size_t i = 0; i < segments.size(); ++i) TARN_TRY(CheckSegment(*segments[i], LimitOf(segments, i), damages));
  return damages;
}

Result<std::unique_ptr<Tail>> OpenAbandonedLog(const ReplayRequest& request) {
  auto tail = std::make_unique<Tail>();
  TARN_ASSIGN(const auto report, Replay(request, *tail));
  LogInfo("abandoned log opened", {{"frames", report.frames}, {"unlanded_frames", report.unlanded_frames}});
  return tail;
}

}  // namespace tarn::ingest

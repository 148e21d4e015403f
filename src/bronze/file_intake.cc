// SPDX-License-Identifier: Apache-2.0
#include "bronze/file_intake.h"

#include "base/crash_point.h"
#include "base/this_thread.h"
#include "bronze/file_sample.h"
#include "contract/inference.h"

namespace tarn::bronze {
namespace {

std::string IdOf(const std::string& domain, const std::string& table) { return domain + "/" + table; }

}  // namespace

FileIntake::FileIntake(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      rows_(dependencies_.metrics.GetCounter("tarn_file_rows_total", "rows of dropped files taken into bronze")),
      quarantined_(
          dependencies_.metrics.GetCounter("tarn_file_rows_quarantined_total", "of these, refused by the contract")),
      files_(dependencies_.metrics.GetCounter("tarn_files_total", "dropped files taken to their end")),
      loop_({.name = "tarn-files", .threads = 1, .niceness = kBackgroundNiceness}, [this](const std::string& id) {
        const auto slash = id.find('/');
        const auto domain = id.substr(0, slash);
        const auto table = id.substr(slash + 1);
        const std::lock_guard lock(EndpointOf(domain, table).taking);
        return FinishOpenFile(domain, table);
      }) {}

FileIntake::~FileIntake() { Stop(); }

void FileIntake::Start() {
  loop_.Start();
  for (const auto& endpoint : dependencies_.bronze.Endpoints()) {
    loop_.ScheduleNow(IdOf(endpoint.domain, endpoint.table));
  }
}

void FileIntake::Stop() {
  stopping_ = true;
  loop_.Stop();
}

FileIntake::Endpoint& FileIntake::EndpointOf(const std::string& domain, const std::string& table) {
  const std::lock_guard lock(mutex_);
  auto& endpoint = endpoints_[IdOf(domain, table)];
  if (!endpoint) endpoint = std::make_unique<Endpoint>();
  return *endpoint;
}

/// A claim as the file would have it, without number and format.
Result<FileClaim> FileIntake::Describe(const DroppedFile& file, uint64_t size_bytes) {
  const auto endpoint = dependencies_.registry.Find(file.domain, file.table);
  if (!endpoint) return Fail(ErrorCode::kNotFound, "no such endpoint: " + IdOf(file.domain, file.table));
  FileClaim claim;
  claim.domain = file.domain;
  claim.table = file.table;
  claim.generation = endpoint->contract().generation;
  claim.contract_version = endpoint->contract().version;
  claim.key = file.key;
  claim.name = file.name;
  claim.etag = file.etag;
  claim.size_bytes = size_bytes;
  claim.checked = file.checked;
  claim.operation = file.operation;
  claim.request_id = file.request_id;
  claim.incarnation = dependencies_.incarnation;
  claim.insert_date = dependencies_.clock.Now();
  return claim;
}

Status FileIntake::DescribeFormat(const DroppedFile& file, FileClaim& claim) {
  TARN_ASSIGN(const auto endpoint, ContractOf(claim));
  TARN_ASSIGN(const auto compression, CompressionOfObject(dependencies_.store, file.key, file.name, file.hints));
  auto format =
      TellFormat(dependencies_.bronze.file_sources(), file.key, file.name, compression, file.hints, *endpoint);
  const bool refused =
      !format &&
      (file.unreadable == DroppedFile::Unreadable::kRefuse ||
       (format.error().code != ErrorCode::kInvalidArgument && format.error().code != ErrorCode::kUnsupported));
  if (refused) return Fail(std::move(format).error());
  if (format) {
    claim.format = *std::move(format);
  } else {
    claim.unreadable = format.error().message;
  }
  claim.format.compression = compression;
  return {};
}

Result<std::optional<FileClaim>> FileIntake::FindClaim(const FileClaim& file) {
  FileClaimSeries series(dependencies_.store, lake::FileClaimSeries(ClaimOf(file)), dependencies_.clock);
  TARN_ASSIGN(auto head, series.ReadHead());
  if (!head) return std::optional<FileClaim>();
  return std::optional(std::move(head->value));
}

Result<std::optional<FileClaim>> FileIntake::Find(const DroppedFile& file, uint64_t size_bytes) {
  TARN_ASSIGN(const auto claim, Describe(file, size_bytes));
  return FindClaim(claim);
}

Result<FileIntake::Outcome> FileIntake::Take(const DroppedFile& file) {
  TARN_ASSIGN(const auto info, dependencies_.store.Head(file.key));
  const std::lock_guard lock(EndpointOf(file.domain, file.table).taking);
  TARN_TRY(FinishOpenFile(file.domain, file.table));
  TARN_ASSIGN(auto claim, Describe(file, info.size_bytes));
  TARN_ASSIGN(const auto known, FindClaim(claim));
  if (known && known->state != FileClaim::State::kOpen) return Outcome{*known, true};
  TARN_TRY(DescribeFormat(file, claim));
  if (file.strict) {
    TARN_ASSIGN(auto refused, CheckStrictly(claim));
    if (refused) return Outcome{std::move(claim), false, std::move(refused)};
  }
  // An open one has no row in bronze, or all of them: else it would have been the open file above.
  if (known) claim.number = known->number;
  auto taken = Bring(std::move(claim));
  if (!taken && !stopping_) loop_.ScheduleNow(IdOf(file.domain, file.table));
  TARN_TRY(taken);
  return Outcome{*std::move(taken), false};
}

Result<std::optional<FileRefusal>> FileIntake::CheckStrictly(const FileClaim& claim) {
  TARN_ASSIGN(auto endpoint, ContractOf(claim));
  return CheckWholeFile({dependencies_.bronze.file_sources(), claim, std::move(endpoint), dependencies_.randomness,
                         dependencies_.limits, stopping_});
}

Status FileIntake::FinishOpenFile(const std::string& domain, const std::string& table) {
  TARN_ASSIGN(const auto summary, dependencies_.bronze.LogOf(domain, table).Summary());
  if (summary.open_file.empty()) return {};
  FileClaimSeries series(dependencies_.store, lake::FileClaimSeries(summary.open_file), dependencies_.clock);
  TARN_ASSIGN(auto head, series.ReadHead());
  if (!head) return Fail(ErrorCode::kCorrupt, "bronze names a file without a claim: " + summary.open_file);
  TARN_TRY(Bring(std::move(head->value)));
  return {};
}

/// Where bronze stands with the file. Numbers it when it has no row there yet.
Result<FileIntake::Standing> FileIntake::StandingOf(FileClaim& claim) {
  auto& log = dependencies_.bronze.LogOf(claim.domain, claim.table);
  TARN_ASSIGN(const auto summary, log.Summary());
  Standing standing;
  const auto last = summary.last_by_source.find(kFileSource);
  if (last != summary.last_by_source.end()) standing.after = last->second;
  const auto hash = ClaimOf(claim);
  if (claim.number > 0) {
    TARN_ASSIGN(const auto view, log.View());
    for (const auto& numbered : view.entries) {
      const auto& entry = numbered.entry;
      const auto number = numbered.first_position();
      if (!entry->file || entry->file->claim != hash) continue;
      standing.part = *entry->file;
      if (!entry->objects.empty()) {
        standing.offset = entry->file->slices.back().text_offset + entry->objects.back().size_bytes;
      }
      if (standing.first_entry == 0) standing.first_entry = number;
      standing.last_entry = number;
    }
  }
  if (standing.last_entry > 0) {
    claim.number = standing.part.number;
    return standing;
  }
  claim.number = (standing.after ? standing.after->file_number() : 0) + 1;
  standing.part = {claim.number,
                   hash,
                   claim.name,
                   claim.etag,
                   claim.size_bytes,
                   claim.format,
                   claim.insert_date,
                   claim.request_id,
                   claim.checked,
                   {},
                   0,
                   0,
                   false,
                   ""};
  return standing;
}

Result<FileClaim> FileIntake::Bring(FileClaim claim) {
  TARN_ASSIGN(auto standing, StandingOf(claim));
  if (standing.last_entry == 0) {
    TARN_TRY(PutClaim(claim));
    TARN_CRASH_POINT("files.claimed");
  }
  if (!standing.part.ends) TARN_TRY(AppendEntries(claim, standing));
  TARN_CRASH_POINT("files.before_end");
  return EndClaim(std::move(claim), standing);
}

/// The endpoint as it is, or as it was when it has been deleted meanwhile.
Result<contract::EndpointPtr> FileIntake::ContractOf(const FileClaim& claim) {
  auto endpoint = dependencies_.registry.Find(claim.domain, claim.table);
  if (endpoint && endpoint->contract().generation == claim.generation) return endpoint;
  const auto last = dependencies_.registry.FindLast(claim.domain, claim.table);
  if (!last) return Fail(ErrorCode::kNotFound, "the endpoint was purged: " + IdOf(claim.domain, claim.table));
  return dependencies_.registry.Historic(claim.domain, claim.table, claim.generation, claim.contract_version);
}

/// auto_inference: the first stored record fixes the columns.
Result<contract::EndpointPtr> FileIntake::FixColumns(const FileClaim& claim, contract::EndpointPtr endpoint) {
  const auto& contract = endpoint->contract();
  if (contract.mode != contract::Mode::kAutoInference || contract.columns_fixed) return endpoint;
  TARN_ASSIGN(auto text, FileText::OpenAs(dependencies_.bronze.file_sources(), claim.key, claim.format, {}));
  FileRecords records(std::move(text), claim.format, 0);
  for (;;) {
    FileRecord record;
    const auto more = records.Next(record);
    if (!more && more.error().code != ErrorCode::kInvalidArgument) return Fail(Error(more.error()));
    if (!more || !*more) return endpoint;
    if (!record.fault.empty()) continue;
    auto columns = contract::FixedColumns(contract, record.Payload());
    if (!columns) continue;  // no object: it will be refused
    return dependencies_.registry.PublishColumns(endpoint, *std::move(columns));
  }
}

Status FileIntake::AppendEntries(const FileClaim& claim, Standing& standing) {
  TARN_ASSIGN(auto endpoint, ContractOf(claim));
  if (standing.part.rows == 0 && claim.unreadable.empty()) {
    TARN_ASSIGN(endpoint, FixColumns(claim, std::move(endpoint)));
  }
  auto& bronze = dependencies_.bronze;
  auto unreadable = claim.unreadable;
  std::unique_ptr<FileRecords> records;
  if (unreadable.empty()) {
    const FilePlace place{standing.offset, standing.part.rows};
    auto opened = OpenFileRecords(bronze.file_sources(), bronze.parked_files(),
                                  {standing.part.claim, claim.key, claim.format, place});
    // A file that is gone must not stand in the way of those behind it.
    const bool lost = !opened && opened.error().code == ErrorCode::kCorrupt;
    if (!opened && !lost) return Fail(std::move(opened).error());
    if (lost) unreadable = opened.error().message;
    if (opened) records = *std::move(opened);
  }
  FileScan scan({endpoint, dependencies_.randomness, claim.key, standing.part, claim.operation, standing.after,
                 dependencies_.limits},
                std::move(records));
  for (bool first = true; first || !standing.part.ends; first = false) {
    if (stopping_) return Fail(ErrorCode::kUnavailable, "the server is stopping; the file goes on at its next start");
    TARN_ASSIGN(endpoint, ContractOf(claim));
    scan.UseContract(endpoint);
    TARN_ASSIGN(auto cut, unreadable.empty() ? scan.Next() : scan.Unreadable(unreadable));
    TARN_TRY(AppendEntry(claim, std::move(cut), standing));
  }
  return {};
}

Status FileIntake::AppendEntry(const FileClaim& claim, FileCut cut, Standing& standing) {
  const auto before = standing.part;
  standing.part = *cut.entry.file;
  TARN_ASSIGN(const auto number, dependencies_.bronze.AppendFilePart(claim.domain, claim.table, std::move(cut)));
  if (standing.first_entry == 0) standing.first_entry = number;
  standing.last_entry = number;
  rows_.Add(standing.part.rows - before.rows);
  quarantined_.Add(standing.part.quarantined - before.quarantined);
  dependencies_.on_entry(claim.domain, claim.table, number);
  return {};
}

Result<FileClaim> FileIntake::EndClaim(FileClaim claim, const Standing& standing) {
  claim.state = standing.part.error.empty() ? FileClaim::State::kTaken : FileClaim::State::kFailed;
  claim.rows = standing.part.rows;
  claim.quarantined = standing.part.quarantined;
  claim.first_entry = standing.first_entry;
  claim.last_entry = standing.last_entry;
  claim.error = standing.part.error;
  TARN_TRY(PutClaim(claim));
  files_.Add();
  return claim;
}

Status FileIntake::PutClaim(const FileClaim& claim) {
  FileClaimSeries series(dependencies_.store, lake::FileClaimSeries(ClaimOf(claim)), dependencies_.clock);
  TARN_TRY(dependencies_.seat_check());
  TARN_ASSIGN(const auto head, series.Head());
  return series.Put(head.value_or(0) + 1, claim);
}

}  // namespace tarn::bronze

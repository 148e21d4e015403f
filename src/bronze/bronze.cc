// SPDX-License-Identifier: Apache-2.0
#include "bronze/bronze.h"

#include <algorithm>

#include "base/crash_point.h"
#include "bronze/file_scan.h"

namespace tarn::bronze {
namespace {

/// The column with a wider type, as auto_inference publishes it.
contract::Column Retyped(contract::Column column, const table::DataType& type) {
  using contract::ColumnType;
  using table::TypeKind;
  switch (type.kind) {
    case TypeKind::kBoolean:
      column.type = ColumnType::kBoolean;
      break;
    case TypeKind::kInt32:
    case TypeKind::kInt64:
      column.type = ColumnType::kInteger;
      break;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      column.type = ColumnType::kFloat;
      break;
    case TypeKind::kDecimal:
      column.type = ColumnType::kDecimal;
      column.precision = type.precision;
      column.scale = type.scale;
      column.plain_decimal = type.precision == 38 && type.scale == 9;
      break;
    case TypeKind::kDate:
      column.type = ColumnType::kDate;
      break;
    case TypeKind::kTimestamp:
      column.type = ColumnType::kTimestamp;
      break;
    case TypeKind::kJson:
      column.type = ColumnType::kJson;
      break;
    default:
      column.type = ColumnType::kString;
      break;
  }
  return column;
}

}  // namespace

std::vector<ingest::EndpointKey> Bronze::Endpoints() const {
  std::vector<ingest::EndpointKey> endpoints;
  for (const auto& endpoint : dependencies_.registry.ListLast()) {
    endpoints.push_back({endpoint->contract().domain, endpoint->contract().name});
  }
  return endpoints;
}

BronzeLog& Bronze::LogOf(const std::string& domain, const std::string& table) {
  const std::lock_guard lock(mutex_);
  auto& log = logs_[{domain, table}];
  if (!log) log = std::make_unique<BronzeLog>(dependencies_.store, dependencies_.clock, domain, table);
  return *log;
}

Result<std::optional<lake::Offset>> Bronze::LandedOffset(const std::string& domain, const std::string& table) {
  TARN_ASSIGN(const auto summary, LogOf(domain, table).Summary());
  const auto last = summary.last_by_source.find(dependencies_.source);
  if (last == summary.last_by_source.end()) return std::optional<lake::Offset>();
  return std::optional(last->second);
}

Status Bronze::PublishWidened(const std::string& domain, const std::string& table, const VersionRange& range,
                              const WiderColumns& widened) {
  if (widened.empty()) return {};
  TARN_ASSIGN(const auto seen,
              dependencies_.registry.Historic(domain, table, range.generation, range.contract_version));
  const auto newest = dependencies_.registry.Find(domain, table);
  if (!newest || newest->contract().generation != range.generation) return {};
  auto columns = newest->contract().columns;
  bool changed = false;
  for (const auto& [index, type] : widened) {
    for (auto& column : columns) {
      if (column.name != seen->contract().columns[index].name) continue;
      const auto before = contract::StorageType(column);
      const auto wide = contract::WidenedType(before, type);
      if (wide == before) continue;
      column = Retyped(column, wide);
      changed = true;
    }
  }
  if (!changed) return {};
  TARN_TRY(dependencies_.registry.PublishColumns(newest, std::move(columns)));
  return {};
}

Status Bronze::PutObjects(const std::vector<Cut::Object>& objects) {
  std::vector<store::PutRequest> puts;
  for (const auto& object : objects) puts.push_back({object.key, object.body});
  if (puts.empty()) return {};
  TARN_CRASH_POINT("bronze.before_objects");
  return dependencies_.store.PutAll(puts);
}

Result<uint64_t> Bronze::Append(const std::string& domain, const std::string& table, LogEntry& entry) {
  entry.id = NewUuid(dependencies_.randomness);
  entry.incarnation = dependencies_.incarnation;
  entry.written_at = dependencies_.clock.Now();
  return LogOf(domain, table).Append(entry, dependencies_.seat_check);
}

Result<std::optional<Bronze::Landed>> Bronze::LandOnce(const std::string& domain, const std::string& table,
                                                       uint64_t max_bytes) {
  auto pin = std::make_shared<const ingest::TailPin>(dependencies_.tail.Pin(domain, table, max_bytes));
  TARN_ASSIGN(const auto landed, LandedOffset(domain, table));
  const auto begin = FirstUnlanded(*pin, landed);
  if (begin > 0) dependencies_.tail.ReleaseLanded(domain, table, pin->frames()[begin - 1].last());
  if (begin == pin->frames().size()) return std::optional<Landed>();
  const CutRequest request{
      dependencies_.registry, dependencies_.randomness, domain, table, dependencies_.source, landed};
  TARN_ASSIGN(auto cut, BuildCut(request, pin, begin));
  TARN_TRY(PublishWidened(domain, table, cut.entry.ranges.back(), cut.widened));
  TARN_TRY(PutObjects(cut.objects));
  TARN_ASSIGN(const auto number, Append(domain, table, cut.entry));
  Landed result{number, cut.entry.sources.front().last, cut.entry.rows(), begin + cut.frames < pin->frames().size()};
  dependencies_.tail.ReleaseLanded(domain, table, result.upto);
  return std::optional(result);
}

Result<uint64_t> Bronze::AppendFilePart(const std::string& domain, const std::string& table, FileCut cut) {
  TARN_TRY(PublishWidened(domain, table, cut.entry.ranges.back(), cut.widened));
  TARN_TRY(PutObjects(cut.objects));
  return Append(domain, table, cut.entry);
}

Result<std::vector<TakenFile>> Bronze::FilesOf(const std::string& domain, const std::string& table) {
  TARN_ASSIGN(const auto view, LogOf(domain, table).View());
  std::vector<TakenFile> files;
  for (const auto& numbered : view.entries) {
    const auto& entry = numbered.entry;
    if (!entry->file) continue;
    // What took the place of an entry stands where that did.
    const auto number = numbered.first_position();
    if (files.empty() || files.back().part.claim != entry->file->claim) {
      files.push_back({domain, table, "", {}, number, number, {}});
    }
    auto& file = files.back();
    if (!entry->objects.empty()) file.key = entry->objects.front().key;
    file.part = *entry->file;
    file.last_entry = number;
    file.taken_at = entry->newest_at();
  }
  return files;
}

Result<std::vector<NumberedEntry>> Bronze::EntriesToMerge(const std::string& domain, const std::string& table,
                                                          uint64_t after, uint64_t max_object_bytes) {
  TARN_ASSIGN(auto view, LogOf(domain, table).View(after));
  auto& entries = view.entries;
  uint64_t bytes = 0;
  size_t count = 0;
  while (count < entries.size() && (count == 0 || bytes < max_object_bytes)) {
    for (const auto& object : entries[count].entry->objects) bytes += object.size_bytes;
    ++count;
  }
  entries.resize(count);
  return std::move(entries);
}

/// Objects of the entries in order, without rows that are to be skipped.
std::vector<RecordUnit> Bronze::UnitsOf(const std::vector<NumberedEntry>& entries) {
  std::vector<RecordUnit> units;
  for (size_t at = 0; at < entries.size();) {
    std::vector<LogEntryPtr> files;
    for (; at < entries.size() && entries[at].entry->file; ++at) files.push_back(entries[at].entry);
    for (auto& unit : FileUnits(file_sources(), parked_files_, files)) units.push_back(std::move(unit));
    if (at == entries.size()) break;
    auto skip = entries[at].skip_rows;
    for (const auto& object : entries[at++].entry->objects) {
      if (skip < object.rows) units.push_back(ObjectUnit(dependencies_.store, object, skip));
      skip -= std::min(skip, object.rows);
    }
  }
  return units;
}

std::shared_ptr<engine::RowSource> Bronze::RowsToMerge(const std::vector<NumberedEntry>& entries, RowLayout layout) {
  return std::make_shared<BronzeRows>(std::move(layout), UnitsOf(entries));
}

Result<bool> Bronze::HasRecords(const std::string& domain, const std::string& table) {
  if (dependencies_.tail.StateOf(domain, table).frames > 0) return true;
  TARN_ASSIGN(const auto summary, LogOf(domain, table).Summary());
  return summary.rows > 0;
}

Result<uint64_t> Bronze::Purge(const std::string& domain, const std::string& table) {
  LogEntry entry;
  entry.purge = true;
  return Append(domain, table, entry);
}

Result<uint64_t> Bronze::Replace(const std::string& domain, const std::string& table, LogEntry entry) {
  return Append(domain, table, entry);
}

Result<Bronze::Pinned> Bronze::Pin(const std::string& domain, const std::string& table) {
  Pinned pinned;
  pinned.tail = std::make_shared<const ingest::TailPin>(dependencies_.tail.Pin(domain, table));
  TARN_ASSIGN(pinned.log, LogOf(domain, table).View());
  const auto& last_by_source = pinned.log.summary.last_by_source;
  const auto last = last_by_source.find(dependencies_.source);
  const auto landed = last == last_by_source.end() ? std::nullopt : std::optional(last->second);
  pinned.first_unlanded = FirstUnlanded(*pinned.tail, landed);
  return pinned;
}

Result<Bronze::Holdings> Bronze::HoldingsOf(const std::string& domain, const std::string& table) {
  TARN_ASSIGN(auto pinned, Pin(domain, table));
  Holdings holdings{std::move(pinned.log), 0};
  ingest::FrameReader reader(*pinned.tail, pinned.first_unlanded, pinned.tail->frames().size());
  for (;;) {
    TARN_ASSIGN(const auto* frame, reader.Next());
    if (frame == nullptr) return holdings;
    for (uint32_t i = 0; i < frame->header().record_count; ++i) {
      holdings.tail_rows += frame->record(i).disposition == ingest::Disposition::kRejected ? 0 : 1;
    }
  }
}

Result<std::vector<ObservedField>> Bronze::FieldsOf(const contract::EndpointPtr& endpoint, const Pinned& pinned) {
  const auto& contract = endpoint->contract();
  TailFields tail;
  {
    const std::lock_guard lock(mutex_);
    tail = tail_fields_[{contract.domain, contract.name}];
  }
  const auto begin = std::max(pinned.first_unlanded, FirstUnlanded(*pinned.tail, tail.upto));
  contract::FieldObserver observer(endpoint);
  ingest::FrameReader reader(*pinned.tail, begin, pinned.tail->frames().size());
  for (;;) {
    TARN_ASSIGN(const auto* frame, reader.Next());
    if (frame == nullptr) break;
    for (uint32_t i = 0; i < frame->header().record_count; ++i) {
      const auto record = frame->record(i);
      const bool stored =
          record.disposition == ingest::Disposition::kValid || record.disposition == ingest::Disposition::kUnchecked;
      if (stored && record.operation == contract::Operation::kUpsert) TARN_TRY(observer.Observe(record.raw));
    }
    tail.upto = frame->header().last();
  }
  for (const auto& field : observer.Unknown()) ObserveField(tail.fields, {field.name, field.type, field.long_integers});
  {
    const std::lock_guard lock(mutex_);
    auto& known = tail_fields_[{contract.domain, contract.name}];
    if (!known.upto || (tail.upto && *known.upto < *tail.upto)) known = tail;
  }
  auto fields = pinned.log.summary.fields;
  for (const auto& field : tail.fields) ObserveField(fields, field);
  return fields;
}

Result<std::vector<quarantine::EntryUnit>> Bronze::QuarantineUnits(const std::string& domain,
                                                                   const std::string& table) {
  TARN_ASSIGN(const auto pinned, Pin(domain, table));
  std::vector<quarantine::EntryUnit> units;
  for (const auto& [number, entry, skip_rows] : pinned.log.entries) {
    for (const auto& object : entry->quarantine) {
      const quarantine::EntryObject reference{object.key, object.size_bytes, object.crc32c, object.rows};
      auto& store = dependencies_.store;
      units.push_back({object.rows, [&store, reference] { return quarantine::ReadEntries(store, reference); }});
    }
  }
  TARN_ASSIGN(auto tail, TailQuarantine(pinned.tail, pinned.first_unlanded));
  for (auto& unit : tail) units.push_back(std::move(unit));
  return units;
}

Result<Bronze::LastRecords> Bronze::Last(const std::string& domain, const std::string& table, uint64_t rows) {
  TARN_ASSIGN(const auto pinned, Pin(domain, table));
  auto units = UnitsOf(pinned.log.entries);
  TARN_ASSIGN(auto tail, TailUnits(pinned.tail, pinned.first_unlanded));
  for (auto& unit : tail) units.push_back(std::move(unit));
  uint64_t have = 0;
  auto first = units.end();
  while (first != units.begin() && have < rows) have += (--first)->rows;
  units.erase(units.begin(), first);
  return LastRecords{std::move(units), have > rows ? have - rows : 0};
}

Result<engine::BoundTablePtr> Bronze::Resolve(const std::string& domain, const std::string& table,
                                              const std::optional<engine::TimeTravel>& at) {
  if (at) return Fail(ErrorCode::kUnsupported, "bronze keeps no versions: AT is for silver and gold");
  const auto endpoint = dependencies_.registry.FindLast(domain, table);
  if (!endpoint) return Fail(ErrorCode::kNotFound, "no such endpoint: " + domain + "/" + table);
  TARN_ASSIGN(const auto pinned, Pin(domain, table));
  TARN_ASSIGN(const auto fields, FieldsOf(endpoint, pinned));
  auto units = UnitsOf(pinned.log.entries);
  TARN_ASSIGN(auto tail, TailUnits(pinned.tail, pinned.first_unlanded));
  for (auto& unit : tail) units.push_back(std::move(unit));
  auto rows = std::make_shared<BronzeRows>(LayoutForSql(endpoint, fields), std::move(units));
  auto bound = std::make_shared<engine::BoundTable>();
  bound->visible = rows->schema();
  bound->source = std::shared_ptr<engine::RowSource>(std::move(rows));
  return engine::BoundTablePtr(std::move(bound));
}

Result<std::vector<std::string>> Bronze::Domains() { return dependencies_.registry.LastDomains(); }

Result<std::vector<std::string>> Bronze::Tables(const std::string& domain) {
  return dependencies_.registry.LastNames(domain);
}

}  // namespace tarn::bronze

// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/planner.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

#include "codec/digest.h"
#include "table/iceberg/features.h"
#include "table/iceberg/history.h"
#include "table/iceberg/manifest_list_avro.h"
#include "table/iceberg/manifest_plan.h"
#include "table/iceberg/metadata_json.h"
#include "table/iceberg/metadata_names.h"
#include "table/iceberg/name_mapping.h"
#include "table/iceberg/retention.h"
#include "table/iceberg/schema_json.h"
#include "table/iceberg/snapshot_summary.h"
#include "table/iceberg/table_properties.h"

namespace tarn::table::iceberg {
namespace {

constexpr int32_t kDefaultFormatVersion = 2;
constexpr int32_t kLastPartitionIdOfNone = 999;
constexpr size_t kMaxMetadataLog = 100;

int64_t MillisOf(Timestamp at) {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(at.micros)).count();
}

/// A positive number that is the commit's own, as the snapshot ids of all writers are random.
int64_t SnapshotIdOf(const CommitIntent& intent, int64_t version) {
  const codec::Digest256 digest = codec::Sha256(CommitMark(version, intent.commit_id));
  uint64_t bits = 0;
  for (size_t i = 0; i < sizeof(bits); ++i) bits = bits << 8 | digest[i];
  return static_cast<int64_t>(std::max<uint64_t>(bits >> 1, 1));
}

Result<int32_t> FormatVersionOf(const std::string& text) {
  if (text == "2") return 2;
  if (text == "3") return 3;
  return Fail(ErrorCode::kInvalidArgument, "format-version of an Iceberg table is 2 or 3, not " + text);
}

/// Plans one version; the parts of the metadata change one after the other.
class Plan {
 public:
  Plan(const Snapshot& base, const std::string& location, const CommitIntent& intent, const WriterIdentity& writer)
      : base_(base),
        location_(location),
        intent_(intent),
        writer_(writer),
        table_(base.exists() ? StateOf(base).uri : writer.root_uri + "/" + location) {
    if (base.exists()) next_ = *StateOf(base).metadata;
    version_ = base.exists() ? base.version + 1 : kFirstVersion;
  }

  Result<PlannedVersion> Run() {
    TARN_TRY(CheckWritable());
    if (!base_.exists()) Create();
    TARN_TRY(PlanFormatVersion());
    TARN_TRY(PlanSchema());
    PlanProperties();
    PlanHistory();
    TARN_TRY(DropSnapshots(next_, intent_.expire));
    if (NeedsSnapshot()) {
      TARN_TRY(PlanSnapshot());
    } else if (base_.exists()) {
      planned_.state.manifests = StateOf(base_).manifests;
    }
    next_.last_updated_ms = now_ms_;
    return Finish();
  }

 private:
  Status CheckWritable() {
    if (!base_.exists()) {
      if (intent_.schema) return {};
      return Fail(ErrorCode::kFailedPrecondition, "the table does not exist and no schema was given");
    }
    if (const auto& obstacle = StateOf(base_).write_obstacle) {
      return Fail(ErrorCode::kUnsupported, "writing a table with " + *obstacle);
    }
    return {};
  }

  void Create() {
    next_.format_version = kDefaultFormatVersion;
    next_.table_uuid = intent_.commit_id;
    next_.location = table_.uri();
    next_.partition_specs = {PartitionSpec{}};
    next_.last_partition_id = kLastPartitionIdOfNone;
    next_.properties[kExpireProperty] = "true";
    next_.sort_orders = {{0, {{"order-id", 0}, {"fields", codec::OrderedJson::array()}}}};
  }

  Status PlanFormatVersion() {
    const auto wanted = intent_.properties.find(kFormatVersionProperty);
    if (wanted == intent_.properties.end()) return {};
    TARN_ASSIGN(const int32_t version, FormatVersionOf(wanted->second));
    if (version < next_.format_version) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the format version of an Iceberg table never goes back to " + std::to_string(version));
    }
    next_.format_version = version;
    if (version >= 3 && !next_.next_row_id) next_.next_row_id = 0;
    return {};
  }

  Status PlanSchema() {
    schema_ = intent_.schema ? *intent_.schema : base_.schema;
    if (base_.exists() && schema_ == base_.schema) return {};
    const SchemaRecord* before = base_.exists() ? next_.FindSchema(next_.current_schema_id) : nullptr;
    int32_t id = 0;
    for (const auto& record : next_.schemas) id = std::max(id, record->schema_id + 1);
    TARN_ASSIGN(codec::OrderedJson json, EncodeSchema(schema_, id, before == nullptr ? nullptr : &before->json));
    for (const auto& record : next_.schemas) {
      codec::OrderedJson renumbered = json;
      renumbered["schema-id"] = record->schema_id;
      if (renumbered == record->json) id = record->schema_id;
    }
    if (next_.FindSchema(id) == nullptr) {
      next_.schemas.push_back(std::make_shared<SchemaRecord>(SchemaRecord{id, std::move(json)}));
    }
    next_.current_schema_id = id;
    next_.last_column_id = std::max({next_.last_column_id, base_.last_field_id, schema_.MaxFieldId()});
    SetJsonFields(JsonFieldsOf(schema_), next_.properties);
    return {};
  }

  void PlanProperties() {
    for (const auto& [name, value] : intent_.properties) {
      if (name != kFormatVersionProperty) next_.properties[name] = value;
    }
    for (const auto& [app_id, number] : intent_.transactions) {
      next_.properties[TransactionProperty(app_id, location_)] = std::to_string(number);
    }
    // Engines that write the table by its path in the other format leave field ids out of their files.
    if (next_.properties.contains(kMirrorOfProperty)) {
      next_.properties[kNameMappingProperty] = EncodeNameMapping(schema_);
    }
    SetCommitMark(version_, intent_.commit_id, next_.properties);
  }

  /// Time and the files of earlier versions.
  void PlanHistory() {
    now_ms_ = MillisOf(intent_.now);
    if (!base_.exists()) return;
    // Readers take the log's order for the order of time.
    now_ms_ = std::max(now_ms_, next_.last_updated_ms);
    next_.metadata_log.push_back({next_.last_updated_ms, StateOf(base_).metadata_uri});
    size_t kept = kMaxMetadataLog;
    const auto bound = next_.properties.find("write.metadata.previous-versions-max");
    if (bound != next_.properties.end()) {
      const std::string& text = bound->second;
      std::from_chars(text.data(), text.data() + text.size(), kept);
      kept = std::clamp<size_t>(kept, 1, kMaxMetadataLog);
    }
    auto& log = next_.metadata_log;
    if (log.size() > kept) log.erase(log.begin(), log.end() - static_cast<std::ptrdiff_t>(kept));
  }

  bool NeedsSnapshot() const {
    return !intent_.add.empty() || !intent_.remove.empty() || !intent_.deletes.empty() ||
           !intent_.transactions.empty() || intent_.restore != nullptr;
  }

  Status PlanSnapshot() {
    const int64_t id = SnapshotIdOf(intent_, version_);
    if (next_.FindSnapshot(id) != nullptr) return Fail(ErrorCode::kConflict, "the snapshot id is taken");
    const int64_t sequence = next_.last_sequence_number + 1;
    ManifestPlan manifests({next_, schema_, table_, id, sequence, intent_.commit_id}, base_);
    if (intent_.restore != nullptr) TARN_TRY(manifests.Restore(intent_));
    TARN_TRY(manifests.Remove(intent_));
    TARN_TRY(manifests.MergeSmall());
    TARN_TRY(manifests.AddData(intent_));
    TARN_TRY(manifests.AddDeletes(intent_));
    TARN_ASSIGN(ManifestPlan::Outcome outcome, std::move(manifests).Finish());

    auto snapshot = std::make_shared<SnapshotRecord>();
    snapshot->snapshot_id = id;
    snapshot->parent_id = next_.current_snapshot_id;
    snapshot->sequence_number = sequence;
    snapshot->timestamp_ms = now_ms_;
    snapshot->schema_id = next_.current_schema_id;
    snapshot->summary = SummaryOf(outcome.changes, intent_, base_);
    Describe(snapshot->summary);
    if (next_.format_version >= 3) {
      snapshot->first_row_id = next_.next_row_id;
      snapshot->added_rows = outcome.assigned_rows;
    }
    TARN_TRY(PutManifestList(*snapshot, outcome));
    snapshot->text = EncodeSnapshot(*snapshot, next_.format_version);

    if (next_.next_row_id) *next_.next_row_id += outcome.assigned_rows;
    next_.last_sequence_number = sequence;
    next_.current_snapshot_id = id;
    next_.snapshot_log.push_back({now_ms_, id});
    auto& main = next_.refs[kMainBranch];
    main.type = "branch";
    main.snapshot_id = id;
    next_.snapshots.push_back(std::move(snapshot));
    BoundSnapshots(next_, writer_.keep, Timestamp{now_ms_ * 1000});
    planned_.state.manifests = std::move(outcome.manifests);
    return {};
  }

  /// What the summary says beyond the spec: a rollback finds position and side manifest in it (durability.md §5.2).
  void Describe(StringMap& summary) const {
    summary["engine-name"] = "tarn";
    summary["engine-version"] = writer_.version;
    summary[kOperationMember] = intent_.operation;
    summary[kVersionMember] = std::to_string(version_);
    for (const auto& [app_id, number] : TransactionsAfter()) {
      summary[TransactionProperty(app_id, location_)] = std::to_string(number);
    }
    for (const auto& [name, value] : intent_.metrics) summary["tarn.metric." + name] = value;
  }

  std::map<std::string, int64_t> TransactionsAfter() const {
    std::map<std::string, int64_t> transactions = base_.transactions;
    for (const auto& [app_id, number] : intent_.transactions) transactions[app_id] = number;
    return transactions;
  }

  Status PutManifestList(SnapshotRecord& snapshot, ManifestPlan::Outcome& outcome) {
    std::vector<ManifestFile> rows;
    rows.reserve(outcome.manifests.size());
    for (const LoadedManifestPtr& manifest : outcome.manifests) rows.push_back(manifest->entry);
    ManifestListHeader header;
    header.format_version = next_.format_version;
    header.snapshot_id = snapshot.snapshot_id;
    header.parent_snapshot_id = snapshot.parent_id;
    header.sequence_number = snapshot.sequence_number;
    header.first_row_id = snapshot.first_row_id;
    const codec::Digest256 digest = codec::Sha256(intent_.commit_id);
    std::copy_n(codec::AsBytes(digest).begin(), header.sync.size(), header.sync.begin());
    TARN_ASSIGN(std::string body, EncodeManifestList(header, rows));
    const std::string name = ManifestListName(snapshot.snapshot_id, intent_.commit_id);
    snapshot.manifest_list = table_.UriOf(name);
    planned_.plan.objects = std::move(outcome.objects);
    planned_.plan.objects.push_back({name, std::move(body)});
    return {};
  }

  Result<PlannedVersion> Finish() {
    const std::string name = MetadataName(version_);
    planned_.plan.decisive = {name, EncodeMetadata(next_)};
    planned_.plan.version = version_;
    planned_.state.uri = table_.uri();
    planned_.state.metadata_uri = table_.UriOf(name);
    planned_.state.metadata = std::make_shared<const TableMetadata>(std::move(next_));
    return std::move(planned_);
  }

  const Snapshot& base_;
  const std::string& location_;
  const CommitIntent& intent_;
  const WriterIdentity& writer_;
  const TableLocation table_;
  int64_t version_ = 0;
  int64_t now_ms_ = 0;
  Schema schema_;
  TableMetadata next_;
  PlannedVersion planned_;
};

}  // namespace

Result<PlannedVersion> PlanVersion(const Snapshot& base, const std::string& location, const CommitIntent& intent,
                                   const WriterIdentity& writer) {
  auto planned = Plan(base, location, intent, writer).Run();
  if (!planned) return Fail(std::move(planned).error().In(location));
  return planned;
}

}  // namespace tarn::table::iceberg

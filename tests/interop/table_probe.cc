// SPDX-License-Identifier: Apache-2.0
// table_probe FOLDER VERB…: an open table on disk, without a server: what other engines wrote is read, and what they
// are to read is written. Verbs:
//   rows [VERSION]         prints the rows, one JSON object a line
//   refusal                prints why the table cannot be read; fails when it can
//   create KIND SELECT     a new table of the SELECT's rows; KIND is delta, iceberg2 or iceberg3
//   append SELECT          more of them
//   delete CONDITION       deletes rows by deletion vectors; by a position delete file in iceberg2
//   rename COLUMN NAME     renames a column
//   checkpoint             writes a Delta checkpoint of the newest version

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/lake_formats.h"
#include "base/random.h"
#include "base/time.h"
#include "engine/duckdb/duckdb_engine.h"
#include "query/result_writer.h"
#include "store/local/local_store.h"
#include "store/local/posix_disk.h"
#include "table/deleted_rows.h"
#include "table/delta/checkpoint.h"
#include "table/table.h"

namespace tarn {
namespace {

/// The probe's tables have no names.
class NoNames final : public engine::NameResolver {
 public:
  Result<engine::BoundTablePtr> Resolve(const engine::TableName&, const std::optional<engine::TimeTravel>&) override {
    return Fail(ErrorCode::kNotFound, "no such table");
  }
  Result<std::vector<std::string>> Domains() override { return std::vector<std::string>(); }
  Result<std::vector<std::string>> Tables(const std::string&, const std::string&) override {
    return std::vector<std::string>();
  }
};

class Probe {
 public:
  explicit Probe(const std::filesystem::path& folder) : root_(folder.parent_path()), location_(folder.filename()) {}

  Status Run(const std::vector<std::string>& words) {
    TARN_ASSIGN(store_, store::LocalStore::Open(disk_, {.root = root_.string()}));
    engine::EngineConfig config;
    config.temp_directory = (std::filesystem::temp_directory_path() / "table_probe").string();
    TARN_ASSIGN(engine_, engine::DuckDbEngine::Open(config, *store_, names_));
    formats_.emplace(*store_, clock_, randomness_, table::RetentionRule());
    table_.emplace(
        table::Table::Dependencies{
            .store = *store_, .format = formats_->formats(), .clock = clock_, .randomness = randomness_},
        location_);
    const std::string& verb = words.at(0);
    if (verb == "rows") return PrintRows(words.size() > 1 ? std::optional(std::stoll(words[1])) : std::nullopt);
    if (verb == "refusal") return PrintRefusal();
    if (verb == "create") return Create(words.at(1), words.at(2));
    if (verb == "append") return Append(words.at(1));
    if (verb == "delete") return Delete(words.at(1));
    if (verb == "rename") return Rename(words.at(1), words.at(2));
    if (verb == "checkpoint") return Checkpoint();
    return Fail(ErrorCode::kInvalidArgument, "no such verb: " + verb);
  }

 private:
  Result<std::unique_ptr<engine::Workspace>> Open(const table::SnapshotPtr& snapshot) {
    TARN_ASSIGN(auto workspace, engine_->OpenWorkspace({}));
    auto bound = std::make_shared<engine::BoundTable>();
    bound->visible = snapshot->schema;
    bound->source = table::PinnedTable{.location = location_, .snapshot = snapshot, .files = snapshot->files};
    TARN_TRY(workspace->AddInput("t", std::move(bound)));
    return workspace;
  }

  Status PrintRows(std::optional<int64_t> version) {
    TARN_ASSIGN(const auto snapshot, version ? table_->LoadVersion(*version) : table_->Load());
    TARN_ASSIGN(const auto workspace, Open(snapshot));
    TARN_ASSIGN(const auto stream, workspace->Query("SELECT * FROM input.t"));
    const auto writer = query::MakeResultWriter(query::Format::kNdjson);
    std::string out;
    writer->Begin(stream->columns(), out);
    table::BatchView batch;
    uint64_t rows = 0;
    for (;;) {
      TARN_ASSIGN(const bool more, stream->Next(batch));
      if (!more) break;
      writer->Rows(batch, batch.rows, out);
      rows += batch.rows;
    }
    fmt::print("{}", out);
    const int64_t counted = snapshot->RecordCount();
    if (counted >= 0 && counted != static_cast<int64_t>(rows)) {
      return Fail(ErrorCode::kInternal, fmt::format("{} rows were read, the metadata says {}", rows, counted));
    }
    return {};
  }

  Status PrintRefusal() {
    const auto snapshot = table_->Load();
    if (snapshot) return Fail(ErrorCode::kInternal, "the table is not refused");
    fmt::print("{}\n", snapshot.error().ToString());
    return {};
  }

  Status Create(const std::string& kind, const std::string& select) {
    table::CommitIntent intent;
    intent.operation = "CREATE";
    if (kind == "delta") {
      intent.format = kind;
    } else if (kind == "iceberg2" || kind == "iceberg3") {
      intent.format = "iceberg";
      intent.properties["format-version"] = kind.substr(kind.size() - 1);
    } else {
      return Fail(ErrorCode::kInvalidArgument, "no such kind of table: " + kind);
    }
    TARN_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
    TARN_ASSIGN(intent.schema, workspace->Describe(select));
    table::AssignFieldIds(*intent.schema, 0);
    const table::Schema schema = *intent.schema;
    return Write(*workspace, select, std::move(intent), schema);
  }

  Status Append(const std::string& select) {
    TARN_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
    TARN_ASSIGN(const auto base, table_->Load());
    table::CommitIntent intent;
    intent.operation = "WRITE";
    return Write(*workspace, select, std::move(intent), base->schema);
  }

  Status Write(engine::Workspace& workspace, const std::string& select, table::CommitIntent intent,
               const table::Schema& schema) {
    engine::WriteRequest request;
    request.select = select;
    request.location = location_;
    request.schema = schema;
    TARN_ASSIGN(intent.add, workspace.WriteParquet(request));
    return Commit(std::move(intent));
  }

  Status Delete(const std::string& condition) {
    TARN_ASSIGN(const auto base, table_->Load());
    TARN_ASSIGN(const auto workspace, Open(base));
    TARN_ASSIGN(const auto stream,
                workspace->Query(R"(SELECT "file;name", "file;row" FROM input.t WHERE )" + condition));
    std::map<std::string, codec::Bitmap64> added;
    table::BatchView batch;
    for (;;) {
      TARN_ASSIGN(const bool more, stream->Next(batch));
      if (!more) break;
      for (size_t row = 0; row < batch.rows; ++row) {
        const std::string name(batch.columns[0].At<std::string_view>(row));
        added[name].Add(static_cast<uint64_t>(batch.columns[1].At<int64_t>(row)));
      }
    }
    TARN_ASSIGN(const auto deletions, DeletionsOf(*base, added));
    table::CommitIntent intent;
    intent.operation = "DELETE";
    TARN_ASSIGN(intent.deletes, formats_->formats().WriteDeletes(*store_, location_, *base, deletions, randomness_));
    return Commit(std::move(intent));
  }

  Result<std::vector<table::RowDeletion>> DeletionsOf(const table::Snapshot& base,
                                                      const std::map<std::string, codec::Bitmap64>& added) {
    std::vector<table::RowDeletion> deletions;
    for (const auto& [name, rows] : added) {
      for (const table::DataFilePtr& file : base.files) {
        if (!name.ends_with("/" + file->path)) continue;
        table::RowDeletion deletion{.path = file->path, .rows = rows, .added = rows};
        TARN_ASSIGN(const auto before, table::LoadDeletedRows(*store_, &formats_->parquet(), location_, *file));
        deletion.rows |= before;
        deletions.push_back(std::move(deletion));
      }
    }
    return deletions;
  }

  Status Rename(const std::string& column, const std::string& name) {
    TARN_ASSIGN(const auto base, table_->Load());
    table::CommitIntent intent;
    intent.operation = "RENAME COLUMN";
    intent.schema = base->schema;
    const auto index = base->schema.IndexOf(column);
    if (!index) return Fail(ErrorCode::kNotFound, "no such column: " + column);
    intent.schema->fields[*index].name = name;
    return Commit(std::move(intent));
  }

  Status Checkpoint() {
    TARN_ASSIGN(const auto base, table_->Load());
    return table::delta::WriteCheckpointOf(*store_, location_, base->version, formats_->parquet());
  }

  Status Commit(table::CommitIntent intent) {
    const auto planner = [&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
      return std::optional(intent);
    };
    TARN_TRY(table_->Commit(planner));
    return table_->Maintain();
  }

  const std::filesystem::path root_;
  const std::string location_;
  store::PosixDisk disk_;
  NoNames names_;
  SystemClock clock_;
  SystemRandomness randomness_;
  std::unique_ptr<store::LocalStore> store_;
  std::unique_ptr<engine::DuckDbEngine> engine_;
  std::optional<app::LakeFormats> formats_;
  std::optional<table::Table> table_;
};

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2) {
    fmt::print(stderr, "usage: table_probe FOLDER VERB…\n");
    return 2;
  }
  tarn::Probe probe(std::filesystem::absolute(words[0]).lexically_normal());
  const auto done = probe.Run({words.begin() + 1, words.end()});
  if (done) return 0;
  fmt::print(stderr, "{}\n", done.error().ToString());
  return 1;
}

// SPDX-License-Identifier: Apache-2.0
// A lake made by the real parts, then damaged in one place at a time: each damage is found and named.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <thread>

#include "app/lake_node.h"
#include "app/lake_reader.h"
#include "base/result_matchers.h"
#include "engine/duckdb/parquet_codec.h"
#include "silver/side_manifest.h"
#include "store/local/local_store.h"
#include "store/local/posix_disk.h"
#include "table/delta/delta_format.h"
#include "table/iceberg/iceberg_format.h"
#include "upkeep/check.h"

namespace tarn::app {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

/// Ingests a batch and waits until it is in silver.
void Ingest(api::Services& services, std::string body, contract::Operation operation) {
  body.reserve(body.size() + ingest::kFramePadding);
  ingest::IngestRequest request;
  request.endpoint = services.registry.Find("shop", "orders");
  request.body = body;
  request.shape = contract::BodyShape::kBatch;
  request.operation = operation;
  std::promise<ingest::IngestAnswer> answered;
  services.ingest.Submit(request, [&](ingest::IngestAnswer answer) { answered.set_value(std::move(answer)); });
  const auto answer = answered.get_future().get();
  ASSERT_TRUE(answer.stored) << answer.members;
  std::promise<void> merged;
  services.landing.WhenLanded({"shop", "orders"}, answer.last, [&](uint64_t entry) {
    services.silver.WhenMerged("shop", "orders", entry, [&] { merged.set_value(); });
  });
  merged.get_future().get();
}

void RunJob(api::Services& services) {
  gold::Job job;
  job.domain = "shop";
  job.name = "totals";
  job.query = "SELECT count(*) AS n FROM shop.silver.orders";
  job.format = services.settings.default_format;
  ASSERT_THAT(services.jobs.Create(job), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto started, services.runner.Run("shop", "totals", {}));
  for (;;) {
    ASSERT_OK_AND_ASSIGN(const auto execution, services.runs.Find({"shop", "totals", started.run}));
    if (execution && gold::IsFinal(execution->status)) {
      ASSERT_EQ(execution->status, gold::RunStatus::kSucceeded) << execution->error.value_or("");
      return;
    }
    std::this_thread::yield();
  }
}

/// `mirror`: format of the endpoint's mirror; empty = none.
void FillLake(const Config& config, const std::string& mirror) {
  ASSERT_OK_AND_ASSIGN(const auto node, LakeNode::Open(config));
  ASSERT_THAT(node->StartBackground(), IsOk());
  auto& services = node->services();
  contract::ContractDraft draft;
  draft.domain = "shop";
  draft.name = "orders";
  if (!mirror.empty()) draft.mirror = mirror;
  contract::Column id;
  id.name = "id";
  id.type = contract::ColumnType::kInteger;
  id.primary_key = true;
  draft.columns = {id};
  ASSERT_THAT(services.registry.Create(draft), IsOk());
  ASSERT_NO_FATAL_FAILURE(
      Ingest(services, R"([{"id":1,"v":"a"},{"id":2},{"id":"bad"},{"id":2,"v":"b"}])", contract::Operation::kUpsert));
  ASSERT_NO_FATAL_FAILURE(Ingest(services, R"([{"id":1}])", contract::Operation::kDelete));
  ASSERT_NO_FATAL_FAILURE(RunJob(services));
  node->Close();
}

/// Whatever the format of the tables: "delta", or "delta_iceberg" for a table with a mirror.
class FsckTest : public testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    std::string pattern = (fs::temp_directory_path() / "tarn-fsck-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = new fs::path(pattern);
  }
  static void TearDownTestSuite() {
    fs::remove_all(*root_);
    delete root_;
  }

  /// The filled lake is made once for each format and copied for each test.
  void SetUp() override {
    const fs::path made = *root_ / GetParam();
    config_.table_format = GetParam().substr(0, GetParam().find('_'));
    if (!fs::exists(made)) {
      config_.lake = (made / "lake").string();
      config_.data_dir = (made / "data").string();
      config_.engine_threads = 2;
      config_.engine_memory_bytes = 512ULL << 20;
      fs::create_directories(made);
      ASSERT_NO_FATAL_FAILURE(FillLake(config_, MirrorFormat()));
    }
    fs::remove_all(*root_ / "copy");
    fs::copy(made, *root_ / "copy", fs::copy_options::recursive);
    config_.lake = Lake().string();
    config_.data_dir = (*root_ / "copy" / "data").string();
    config_.engine_threads = 1;
    config_.engine_memory_bytes = 256ULL << 20;
  }

  static std::string MirrorFormat() {
    const auto end = GetParam().find('_');
    return end == std::string::npos ? "" : GetParam().substr(end + 1);
  }

  static fs::path Lake() { return *root_ / "copy" / "lake"; }

  upkeep::CheckReport Check() {
    const auto reader = LakeReader::Open(config_);
    EXPECT_THAT(reader, IsOk());
    if (!reader) return {};
    auto& lake = **reader;
    return upkeep::CheckLake(
        {lake.store(), lake.disk(), lake.clock(), lake.engine(), lake.tables(), lake.registry(), config_.data_dir});
  }

  /// The only file below `folder` whose name ends so.
  static fs::path FileIn(const std::string& folder, const std::string& ending) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(Lake() / folder)) {
      if (entry.is_regular_file() && entry.path().string().ends_with(ending)) found.push_back(entry.path());
    }
    std::ranges::sort(found);
    EXPECT_FALSE(found.empty()) << folder << " " << ending;
    return found.empty() ? fs::path() : found.front();
  }

  static void FlipByte(const fs::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(fs::file_size(path) / 2);
    file.seekg(middle);
    const char byte = static_cast<char>(file.get());
    file.seekp(middle);
    file.put(static_cast<char>(byte ^ 0x20));
  }

  static std::vector<fs::path> SideManifests() {
    std::vector<fs::path> manifests;
    for (const auto& entry : fs::directory_iterator(Lake() / "silver/shop/orders.side")) {
      if (entry.is_regular_file()) manifests.push_back(entry.path());
    }
    EXPECT_FALSE(manifests.empty());
    return manifests;
  }

  template <class Change>
  static void ChangeSides(const Change& change) {
    for (const auto& path : SideManifests()) {
      std::ifstream file(path);
      const std::string text(std::istreambuf_iterator<char>(file), {});
      ASSERT_OK_AND_ASSIGN(auto side, silver::DecodeSideManifest(text));
      change(side);
      std::ofstream(path) << silver::EncodeSideManifest(side);
    }
  }

  void ExpectFinding(const std::string& place) {
    const auto report = Check();
    EXPECT_THAT(report.findings, Contains(Field(&upkeep::Finding::place, HasSubstr(place))));
  }

  static fs::path* root_;
  Config config_;
};

fs::path* FsckTest::root_ = nullptr;

INSTANTIATE_TEST_SUITE_P(Formats, FsckTest, testing::Values("delta", "iceberg", "delta_iceberg", "iceberg_delta"),
                         [](const auto& format) { return format.param; });

TEST_P(FsckTest, AWholeLakeIsCleanAndUnchanged) {
  const auto report = Check();
  for (const auto& finding : report.findings) ADD_FAILURE() << finding.place << ": " << finding.what;
  EXPECT_EQ(report.bronze_entries, 2U);
  EXPECT_EQ(report.bronze_rows, 5U);
  EXPECT_EQ(report.quarantine_entries, 1U);
  EXPECT_EQ(report.tables, 2U);
  EXPECT_EQ(report.table_rows, 2U);  // one order left, one row of totals
  EXPECT_GE(report.run_records, 2U);
  EXPECT_GE(report.contracts, 1U);
}

TEST_P(FsckTest, AMirrorThatSomebodyElseWroteIntoIsNamed) {
  if (MirrorFormat().empty()) GTEST_SKIP() << "a table without a mirror";
  SystemClock clock;
  SystemRandomness randomness;
  store::PosixDisk disk;
  ASSERT_OK_AND_ASSIGN(const auto store, store::LocalStore::Open(disk, {.root = config_.lake}));
  engine::DuckDbParquetCodec parquet;
  table::delta::DeltaFormat delta({.parquet = &parquet});
  table::iceberg::IcebergFormat iceberg({.writer_version = "1", .root = store->root(), .parquet = &parquet});
  table::TableFormat& format = MirrorFormat() == "delta" ? static_cast<table::TableFormat&>(delta) : iceberg;
  table::Table mirror({*store, format, clock, randomness}, "silver/shop/orders");
  const auto planner = [](const table::SnapshotPtr& base) -> Result<std::optional<table::CommitIntent>> {
    table::CommitIntent intent;
    intent.operation = "DELETE";
    for (const auto& file : base->files) intent.remove.push_back(file->path);
    return std::optional(std::move(intent));
  };
  ASSERT_THAT(mirror.Commit(planner), IsOk());
  const auto report = Check();
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings.front().what, HasSubstr("the mirror shows 0 rows of it, the table has 1"));
}

TEST_P(FsckTest, AMissingDataFileIsNamed) {
  const auto victim = FileIn("silver/shop/orders/data", ".parquet");
  const auto files_before = Check().data_files;
  for (const auto& entry : fs::directory_iterator(victim.parent_path())) fs::remove(entry.path());
  EXPECT_EQ(files_before, 1U + 1U);
  ExpectFinding("silver/shop/orders/data/");
}

TEST_P(FsckTest, ADamagedBronzeObjectIsNamed) {
  FlipByte(FileIn("bronze/shop/orders", ".ndjson.zst"));
  ExpectFinding(".ndjson.zst");
}

TEST_P(FsckTest, AMissingBronzeObjectIsNamed) {
  const auto victim = FileIn("bronze/shop/orders", ".ndjson.zst");
  fs::remove(victim);
  ExpectFinding(fs::relative(victim, Lake()).string());
}

TEST_P(FsckTest, AMissingQuarantineObjectIsNamed) {
  const auto victim = FileIn("quarantine/shop/orders", ".ndjson.zst");
  fs::remove(victim);
  ExpectFinding(fs::relative(victim, Lake()).string());
}

TEST_P(FsckTest, ADamagedQuarantineObjectIsNamed) {
  FlipByte(FileIn("quarantine/shop/orders", ".ndjson.zst"));
  ExpectFinding("quarantine/shop/orders");
}

TEST_P(FsckTest, AMissingBronzeEntryBreaksTheChain) {
  fs::remove(FileIn("bronze/shop/orders/_log", "01.json"));
  ExpectFinding("bronze/shop/orders/_log/00000000000000000001.json");
}

TEST_P(FsckTest, AMissingSideManifestIsNamed) {
  for (const auto& entry : fs::directory_iterator(Lake() / "silver/shop/orders.side")) {
    if (entry.is_regular_file()) fs::remove(entry.path());
  }
  ExpectFinding("silver/shop/orders");
}

TEST_P(FsckTest, ATombstoneFileOfAnotherSizeIsNamed) {
  std::ofstream(FileIn("silver/shop/orders.side", ".parquet"), std::ios::app) << "x";
  ExpectFinding("silver/shop/orders.side/");
}

TEST_P(FsckTest, AMissingRunRecordIsNamed) {
  fs::remove(FileIn("_control/runs/shop/totals", "01.json"));
  ExpectFinding("_control/runs/shop/totals/");
}

TEST_P(FsckTest, ADamagedGoldFileIsNamed) {
  fs::resize_file(FileIn("gold/shop/totals/data", ".parquet"), 10);
  ExpectFinding("gold/shop/totals/data/");
}

TEST_P(FsckTest, ADamagedSideManifestIsNamed) {
  for (const auto& manifest : SideManifests()) FlipByte(manifest);
  ExpectFinding("silver/shop/orders");
}

TEST_P(FsckTest, ALedgerThatDoesNotBalanceIsNamedWithItsNumbers) {
  ChangeSides([](silver::SideManifest& side) { side.counters.applied += 10; });
  const auto report = Check();
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].place, "silver/shop/orders");
  EXPECT_THAT(report.findings[0].what, HasSubstr("does not balance: its counters sum up to 15 records"));
}

TEST_P(FsckTest, AnHourThatDoesNotBalanceIsNamed) {
  ChangeSides([](silver::SideManifest& side) {
    auto hour = side.hours.back();
    hour.at.micros -= 3'600'000'000;
    hour.through = 1;
    side.hours.insert(side.hours.begin(), hour);
  });
  const auto report = Check();
  ASSERT_EQ(report.findings.size(), 2U) << "one hour has too many, the next too few";
  EXPECT_THAT(report.findings[0].what, HasSubstr("does not balance in the hour until"));
}

TEST_P(FsckTest, AMergeThatIsStillToComeIsNoDamage) {
  if (!MirrorFormat().empty()) GTEST_SKIP() << "a mirror that is ahead of its table is damage";
  const bool is_delta = GetParam() == "delta";
  std::vector<fs::path> commits;
  for (const auto& entry :
       fs::directory_iterator(Lake() / "silver/shop/orders" / (is_delta ? "_delta_log" : "metadata"))) {
    const bool decides = is_delta || entry.path().string().ends_with(".metadata.json");
    if (decides) commits.push_back(entry.path());
  }
  std::ranges::sort(commits);
  ASSERT_GE(commits.size(), 2U);
  fs::remove(commits.back());
  EXPECT_THAT(Check().findings, IsEmpty());
}

TEST_P(FsckTest, ADirectoryOfAnotherLakeIsNamed) {
  auto text = std::string();
  {
    std::ifstream file(fs::path(config_.data_dir) / "node.json");
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto at = text.find("lake_id");
  ASSERT_NE(at, std::string::npos);
  const auto digit = text.find_first_of("0123456789abcdef", text.find(':', at));
  text[digit] = text[digit] == '0' ? '1' : '0';
  std::ofstream(fs::path(config_.data_dir) / "node.json") << text;
  ExpectFinding("data");
}

TEST_P(FsckTest, ADirectoryWithoutALakeIsRefusedAndNotMade) {
  config_.lake = (*root_ / "nowhere").string();
  EXPECT_THAT(LakeReader::Open(config_), ErrorIs(ErrorCode::kNotFound));
  EXPECT_FALSE(fs::exists(config_.lake));
}

}  // namespace
}  // namespace tarn::app

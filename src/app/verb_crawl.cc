// SPDX-License-Identifier: Apache-2.0
#include "app/verb_crawl.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "app/complaint.h"
#include "app/directory_store.h"
#include "app/exit_codes.h"
#include "app/progress.h"
#include "bronze/file_records.h"
#include "bronze/file_sample.h"
#include "contract/field_name.h"
#include "contract/row_decoder.h"
#include "engine/duckdb/parquet_files.h"
#include "store/local/posix_disk.h"

namespace tarn::app {
namespace {

using codec::OrderedJson;

struct FoundFile {
  std::string key;
  uint64_t size_bytes = 0;
};

struct FileSet {
  std::vector<FoundFile> files;
  std::vector<std::string> partitions;
};

bool IsIgnored(std::string_view base) { return base.empty() || base.starts_with('.') || base.starts_with('_'); }

/// Puts the file where it belongs: to its folder without partitions, or for itself.
void Sort(const store::ObjectInfo& object, std::map<std::string, FileSet>& sets) {
  std::string place;
  std::vector<std::string> partitions;
  std::string_view rest = object.key;
  for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
    const auto part = rest.substr(0, slash);
    if (IsIgnored(part)) return;
    if (const auto equals = part.find('='); equals != std::string_view::npos && equals > 0) {
      partitions.emplace_back(part.substr(0, equals));
    } else {
      place += (place.empty() ? "" : "/") + std::string(part);
    }
    rest.remove_prefix(slash + 1);
  }
  if (IsIgnored(rest)) return;
  if (place.empty() && partitions.empty()) place = rest;
  auto& set = sets[place];
  set.files.push_back({object.key, object.size_bytes});
  for (auto& name : partitions) {
    if (std::ranges::find(set.partitions, name) == set.partitions.end()) set.partitions.push_back(std::move(name));
  }
}

constexpr uint8_t kMaxDecimalDigits = 38;
constexpr uint8_t kDefaultScale = 9;

std::string TypeWordOf(const table::DataType& type) {
  using table::TypeKind;
  switch (type.kind) {
    case TypeKind::kBoolean:
      return "boolean";
    case TypeKind::kInt32:
    case TypeKind::kInt64:
      return "integer";
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return "double";
    case TypeKind::kDecimal:
      if (type == table::Decimal(kMaxDecimalDigits, kDefaultScale)) return "decimal";
      return "decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case TypeKind::kDate:
      return "date";
    case TypeKind::kTimestamp:
      return "timestamp";
    default:
      return "string";
  }
}

bool IsNumber(const table::DataType& type) {
  using table::TypeKind;
  return type.kind == TypeKind::kInt32 || type.kind == TypeKind::kInt64 || type.kind == TypeKind::kDouble ||
         type.kind == TypeKind::kDecimal;
}

/// Names of CSV columns as columns of tables can have them: such a column takes the field of either name.
void NameColumns(bronze::FileFormat& format) {
  std::vector<std::string> keys;
  for (const auto& column : format.columns) keys.push_back(column.name);
  const auto names = contract::UniqueSnakeCase(keys);
  for (size_t i = 0; i < names.size(); ++i) format.columns[i].name = names[i];
}

/// Precision and scale of columns whose values would look like doubles.
using Decimals = std::map<std::string, table::DataType>;

Status NoteDecimals(engine::ParquetFiles& files, const std::string& key, Decimals& decimals) {
  TARN_ASSIGN(const auto file, files.Open(key, 0));
  for (const auto& field : file.schema.fields) {
    if (field.type.kind != table::TypeKind::kDecimal || field.type.precision > kMaxDecimalDigits) continue;
    const auto known = decimals.try_emplace(field.name, field.type).first;
    const auto scale = std::max(known->second.scale, field.type.scale);
    const auto whole = std::max(known->second.precision - known->second.scale, field.type.precision - field.type.scale);
    known->second = table::Decimal(static_cast<uint8_t>(std::min(whole + scale, int{kMaxDecimalDigits})), scale);
  }
  return {};
}

/// Reads the beginning of a file into the observer.
Status Observe(const bronze::FileSources& sources, const FoundFile& file, const contract::CompiledContract& contract,
               contract::FieldObserver& observer, Decimals& decimals) {
  TARN_ASSIGN(const auto compression, bronze::CompressionOfObject(sources.store, file.key, file.key, {}));
  TARN_ASSIGN(auto format, bronze::TellFormat(sources, file.key, file.key, compression, {}, contract));
  NameColumns(format);
  if (format.kind == bronze::FileKind::kParquet) TARN_TRY(NoteDecimals(*sources.parquet, file.key, decimals));
  TARN_ASSIGN(auto text, bronze::FileText::OpenAs(sources, file.key, format, {}));
  bronze::FileRecords records(std::move(text), std::move(format), 0);
  for (size_t count = 0; count < kSampledRecords; ++count) {
    bronze::FileRecord record;
    TARN_ASSIGN(const bool more, records.Next(record));
    if (!more) break;
    if (record.fault.empty()) TARN_TRY(observer.Observe(record.Payload()));
  }
  return {};
}

/// Some of the files, from the first to the last.
std::vector<FoundFile> Sampled(const std::vector<FoundFile>& files) {
  std::vector<FoundFile> sampled;
  const auto count = std::min(files.size(), kSampledFiles);
  for (size_t i = 0; i < count; ++i) sampled.push_back(files[count == 1 ? 0 : i * (files.size() - 1) / (count - 1)]);
  return sampled;
}

OrderedJson EndpointOf(const std::string& domain, const std::string& name, const CrawledSet& set,
                       const std::vector<contract::FieldObserver::Observed>& fields) {
  std::vector<std::string> keys;
  for (const auto& field : fields) keys.push_back(field.name);
  const auto names = contract::UniqueSnakeCase(keys);
  auto columns = OrderedJson::array();
  for (size_t i = 0; i < fields.size(); ++i) {
    // A declared column takes objects or lists, not both; one that evolves takes what comes.
    if (fields[i].type.kind == table::TypeKind::kJson) continue;
    OrderedJson column = {{"name", names[i]}, {"type", TypeWordOf(fields[i].type)}};
    if (names[i] == "id" || names[i] == "uuid" || names[i] == "key") column["primary_key"] = true;
    columns.push_back(std::move(column));
  }
  auto description = "raw files of " + (set.place.empty() ? domain : set.place);
  for (size_t i = 0; i < set.partitions.size(); ++i) {
    description += (i == 0 ? ", partitioned by " : ", ") + set.partitions[i];
  }
  return {{"domain", domain}, {"name", name}, {"description", description}, {"columns", std::move(columns)}};
}

/// The last part of a place without the endings of files.
std::string StemOf(const std::string& place) {
  const auto stem = place.substr(place.rfind('/') + 1);
  const auto dot = stem.find('.');
  return dot == 0 ? stem : stem.substr(0, dot);
}

Result<CrawledSet> Describe(const bronze::FileSources& sources, const std::string& place, const FileSet& found,
                            const std::string& domain, const std::string& name) {
  CrawledSet set{place, found.files.size(), 0, found.partitions, nullptr, ""};
  for (const auto& file : found.files) set.size_bytes += file.size_bytes;
  contract::Contract nothing;
  nothing.domain = domain;
  nothing.name = name;
  TARN_ASSIGN(const auto contract, contract::CompiledContract::Compile(nothing));
  contract::FieldObserver observer(contract);
  Decimals decimals;
  for (const auto& file : Sampled(found.files)) {
    if (const auto seen = Observe(sources, file, *contract, observer, decimals); !seen) {
      set.problem = file.key + ": " + seen.error().message;
    }
  }
  auto fields = observer.Unknown();
  for (auto& field : fields) {
    const auto exact = decimals.find(field.name);
    if (exact != decimals.end() && IsNumber(field.type)) field.type = exact->second;
  }
  if (!fields.empty()) set.endpoint = EndpointOf(domain, name, set, fields);
  return set;
}

}  // namespace

Result<std::vector<CrawledSet>> Crawl(const bronze::FileSources& sources, const std::string& domain) {
  TARN_ASSIGN(const auto objects, sources.store.List(""));
  std::map<std::string, FileSet> sets;
  for (const auto& object : objects) Sort(object, sets);
  std::vector<std::string> stems;
  for (const auto& [place, found] : sets) stems.push_back(StemOf(place.empty() ? domain : place));
  const auto names = contract::UniqueSnakeCase(stems);
  std::vector<CrawledSet> crawled;
  for (const auto& [place, found] : sets) {
    TARN_ASSIGN(auto set, Describe(sources, place, found, domain, names[crawled.size()]));
    crawled.push_back(std::move(set));
  }
  return crawled;
}

int RunCrawl(const CrawlCommand& command) {
  std::error_code failed;
  const auto directory = std::filesystem::canonical(command.directory, failed).string();
  if (failed) return Complain("crawl", {ErrorCode::kNotFound, "cannot read " + command.directory, {}});
  const auto domain = command.domain.empty() ? contract::UniqueSnakeCase({StemOf(directory)}).front() : command.domain;
  store::PosixDisk disk;
  DirectoryStore store(disk, directory);
  engine::DuckDbParquetFiles parquet(store);
  const auto sets = [&] {
    const Progress progress("crawl");
    return Crawl({store, &parquet}, domain);
  }();
  if (!sets) return Complain("crawl", sets.error());
  for (const auto& set : *sets) {
    const auto place = set.place.empty() ? command.directory : set.place;
    std::fprintf(stderr, "%s: %llu files, %llu bytes%s%s\n", place.c_str(), static_cast<unsigned long long>(set.files),
                 static_cast<unsigned long long>(set.size_bytes), set.problem.empty() ? "" : "; cannot read ",
                 set.problem.c_str());
    if (!set.endpoint.is_null()) std::printf("%s\n", codec::Dump(set.endpoint).c_str());
  }
  return kExitOk;
}

}  // namespace tarn::app

// SPDX-License-Identifier: Apache-2.0
#include "lake/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tarn::lake {
namespace {

store::SeriesName JsonSeries(std::string prefix) { return {.prefix = std::move(prefix), .suffix = ".json"}; }

/// YYYY/MM/DD/HH in UTC.
std::string HourFolder(Timestamp at) {
  const std::chrono::sys_time<std::chrono::microseconds> instant{std::chrono::microseconds{at.micros}};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{instant - day};
  return fmt::format("{:04}/{:02}/{:02}/{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count());
}

std::string LineObjectKey(std::string_view layer, std::string_view domain, std::string_view table, Timestamp at,
                          std::string_view name) {
  return fmt::format("{}/{}/{}/{}/{}.ndjson.zst", layer, domain, table, HourFolder(at), name);
}

}  // namespace

store::SeriesName LakeSeries() { return JsonSeries("_control/lake/"); }

store::SeriesName NodesSeries() { return JsonSeries("_control/nodes/"); }

store::SeriesName IdempotencySeries(std::string_view node) {
  return JsonSeries(fmt::format("_control/idempotency/{}/", node));
}

store::SeriesName CatalogSeries() { return JsonSeries("_control/catalog/"); }

store::SeriesName TransactionSeries(std::string_view id) { return JsonSeries(fmt::format("_control/tx/{}/", id)); }

store::SeriesName RunsSeries(std::string_view domain, std::string_view job) {
  return JsonSeries(fmt::format("_control/runs/{}/{}/", domain, job));
}

store::SeriesName FileClaimSeries(std::string_view claim) {
  return JsonSeries(fmt::format("_control/files/{}/", claim));
}

std::string FileObjectKey(std::string_view domain, std::string_view table, std::string_view name) {
  return fmt::format("bronze/{}/{}/_files/{}", domain, table, name);
}

store::SeriesName RebuildSeries(std::string_view domain, std::string_view table) {
  return JsonSeries(fmt::format("_control/rebuilds/{}/{}/", domain, table));
}

store::SeriesName ErasureSeries(std::string_view domain, std::string_view table) {
  return JsonSeries(fmt::format("_control/erasures/{}/{}/", domain, table));
}

std::string RebuildStagingFolder(std::string_view domain, std::string_view table) {
  return fmt::format("_control/rebuilds/{}/{}/staged/", domain, table);
}

store::SeriesName BronzeLogSeries(std::string_view domain, std::string_view table) {
  return JsonSeries(fmt::format("bronze/{}/{}/_log/", domain, table));
}

store::SeriesName QuarantineLogSeries(std::string_view domain, std::string_view table) {
  return JsonSeries(fmt::format("quarantine/{}/{}/_log/", domain, table));
}

store::SeriesName ContractSeries(std::string_view domain, std::string_view table, uint64_t generation) {
  return {.prefix = fmt::format("schemas/{}/bronze/{}/{}/v", domain, table, generation), .suffix = ".yaml"};
}

store::SeriesName GenerationSeries(std::string_view domain, std::string_view table) {
  return JsonSeries(fmt::format("schemas/{}/bronze/{}/_generations/", domain, table));
}

store::SeriesName JobSeries(std::string_view domain, std::string_view job) {
  return {.prefix = fmt::format("schemas/{}/gold/{}/v", domain, job), .suffix = ".yaml"};
}

std::string BronzeObjectKey(std::string_view domain, std::string_view table, Timestamp at, std::string_view name) {
  return LineObjectKey("bronze", domain, table, at, name);
}

std::string QuarantineObjectKey(std::string_view domain, std::string_view table, Timestamp at, std::string_view name) {
  return LineObjectKey("quarantine", domain, table, at, name);
}

std::string SilverLocation(std::string_view domain, std::string_view table, uint64_t folder_generation) {
  if (folder_generation <= 1) return fmt::format("silver/{}/{}", domain, table);
  return fmt::format("silver/{}/{}.g{}", domain, table, folder_generation);
}

std::string SideFolder(std::string_view silver_location) { return fmt::format("{}.side", silver_location); }

std::string SideKey(std::string_view silver_location, std::string_view name) {
  return fmt::format("{}/{}", SideFolder(silver_location), name);
}

std::string GoldLocation(std::string_view domain, std::string_view job) {
  return fmt::format("gold/{}/{}", domain, job);
}

std::string ForeignTableHome(std::string_view id) { return fmt::format("catalog/{}", id); }

bool IsOwnFolder(std::string_view prefix) {
  constexpr auto kOwn = std::to_array<std::string_view>(
      {"_control", "bronze", "exports", "gold", "quarantine", "schemas", "silver", "tarn"});
  return prefix == "catalog" || std::ranges::find(kOwn, prefix.substr(0, prefix.find('/'))) != kOwn.end();
}

std::string MirrorName(std::string_view table_location) { return std::string(table_location) + ".mirror"; }

std::string ExportKey(std::string_view layer, std::string_view domain, std::string_view table, std::string_view path) {
  return fmt::format("exports/{}/{}/{}/{}", layer, domain, table, path);
}

std::string ExportHintKey(std::string_view layer, std::string_view domain, std::string_view table) {
  return fmt::format("_control/exports/{}/{}/{}.json", layer, domain, table);
}

std::string ExpiryFolder(std::string_view table_location) { return fmt::format("_control/expiry/{}/", table_location); }

}  // namespace tarn::lake

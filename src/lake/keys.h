// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where things lie in the lake (architecture.md, "The lake on disk"): the one place that spells object keys.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "store/series.h"

namespace tarn::lake {

inline constexpr std::string_view kLakeDocument = "tarn.json";

store::SeriesName LakeSeries();                                               ///< _control/lake/{n}.json
store::SeriesName NodesSeries();                                              ///< _control/nodes/{n}.json
store::SeriesName IdempotencySeries(std::string_view node);                   ///< _control/idempotency/{node}/{n}.json
store::SeriesName CatalogSeries();                                            ///< _control/catalog/{n}.json
store::SeriesName TransactionSeries(std::string_view id);                     ///< _control/tx/{id}/{n}.json
store::SeriesName RunsSeries(std::string_view domain, std::string_view job);  ///< _control/runs/{domain}/{job}/{n}.json
store::SeriesName BronzeLogSeries(std::string_view domain, std::string_view table);  ///< bronze/{d}/{t}/_log/{n}.json
store::SeriesName QuarantineLogSeries(std::string_view domain,
                                      std::string_view table);  ///< quarantine/{d}/{t}/_log/{n}.json
store::SeriesName ContractSeries(std::string_view domain, std::string_view table,
                                 uint64_t generation);  ///< schemas/{d}/bronze/{t}/{g}/v{n}.yaml
store::SeriesName GenerationSeries(
    std::string_view domain,
    std::string_view table);  ///< schemas/{d}/bronze/{t}/_generations/{n}.json: create and delete marks
store::SeriesName JobSeries(std::string_view domain, std::string_view job);  ///< schemas/{d}/gold/{job}/v{n}.yaml

/// _control/erasures/{d}/{t}/{n}.json: what was asked to be erased, and the reports
store::SeriesName ErasureSeries(std::string_view domain, std::string_view table);

store::SeriesName FileClaimSeries(std::string_view claim);  ///< _control/files/{claim}/{n}.json
/// bronze/{d}/{t}/_files/{name}: a file that came through us
std::string FileObjectKey(std::string_view domain, std::string_view table, std::string_view name);

store::SeriesName RebuildSeries(std::string_view domain,
                                std::string_view table);  ///< _control/rebuilds/{d}/{t}/{n}.json
/// _control/rebuilds/{d}/{t}/staged/: tables that rebuilds make before they take the place of silver's
std::string RebuildStagingFolder(std::string_view domain, std::string_view table);

/// bronze/{d}/{t}/YYYY/MM/DD/HH/{name}.ndjson.zst
std::string BronzeObjectKey(std::string_view domain, std::string_view table, Timestamp at, std::string_view name);
/// quarantine/{d}/{t}/YYYY/MM/DD/HH/{name}.ndjson.zst
std::string QuarantineObjectKey(std::string_view domain, std::string_view table, Timestamp at, std::string_view name);

/// silver/{d}/{t}, or silver/{d}/{t}.g{generation} for a table folder that a later generation started.
std::string SilverLocation(std::string_view domain, std::string_view table, uint64_t folder_generation);
/// {silver location}.side
std::string SideFolder(std::string_view silver_location);
/// {silver location}.side/{name}
std::string SideKey(std::string_view silver_location, std::string_view name);
/// gold/{d}/{job}
std::string GoldLocation(std::string_view domain, std::string_view job);
/// catalog/{id}: a table that others made.
std::string ForeignTableHome(std::string_view id);
/// _control/expiry/{table location}/: records of what left that table's history
std::string ExpiryFolder(std::string_view table_location);
/// {table location}.mirror: stands for the table's mirror where something is kept by table location
std::string MirrorName(std::string_view table_location);
/// exports/{layer}/{d}/{table}/{path}
std::string ExportKey(std::string_view layer, std::string_view domain, std::string_view table, std::string_view path);
/// _control/exports/{layer}/{d}/{table}.json: a hint which version the exports show
std::string ExportHintKey(std::string_view layer, std::string_view domain, std::string_view table);
/// Whether a key prefix (without a trailing slash) is or lies in a folder that only the lake itself fills, or holds the
/// homes of all tables that others made.
bool IsOwnFolder(std::string_view prefix);

}  // namespace tarn::lake

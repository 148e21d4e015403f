// SPDX-License-Identifier: Apache-2.0
#include "engine/athena/glue_tables.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "codec/digest.h"

namespace tarn::engine {
namespace {

using codec::Json;

constexpr size_t kMarkLength = 8;
constexpr size_t kMaxReadableLength = 200;
constexpr const char* kLocation = "metadata_location";
constexpr const char* kType = "table_type";
constexpr const char* kTypeWord = "ICEBERG";
/// Whose table it is: that of the lake's table of this name.
constexpr const char* kOwner = "tarn.table";

std::string ParameterOf(const Json& table, const char* name) {
  const auto parameters = table.find("Parameters");
  if (parameters == table.end() || !parameters->is_object()) return {};
  const auto found = parameters->find(name);
  return found != parameters->end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The folder of metadata and n of ".../v{n}.metadata.json".
struct MetadataName {
  std::string folder;
  uint64_t number = 0;
};

std::optional<MetadataName> ReadMetadataName(const std::string& uri) {
  const auto slash = uri.rfind('/');
  if (slash == std::string::npos || uri.compare(slash, 2, "/v") != 0) return std::nullopt;
  MetadataName name{uri.substr(0, slash), 0};
  const char* const end = uri.data() + uri.size();
  const auto [rest, error] = std::from_chars(uri.data() + slash + 2, end, name.number);
  if (error != std::errc() || std::string_view(rest, static_cast<size_t>(end - rest)) != ".metadata.json") {
    return std::nullopt;
  }
  return name;
}

/// Whether what is shown is of the same table and as new.
bool IsShown(const std::string& shown, const std::string& wanted) {
  if (shown == wanted) return true;
  const auto is = ReadMetadataName(shown);
  const auto should = ReadMetadataName(wanted);
  return is && should && is->folder == should->folder && is->number >= should->number;
}

/// "s3://bucket/silver/shop/orders" of ".../metadata/v3.metadata.json".
std::string TableUriOf(const std::string& metadata_uri) {
  const auto file = metadata_uri.rfind('/');
  return metadata_uri.substr(0, metadata_uri.rfind('/', file - 1));
}

}  // namespace

std::string GlueNameOf(const TableName& name) {
  auto text = name.domain + "_" + name.layer + "_" + name.table;
  for (auto& c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  text.resize(std::min(text.size(), kMaxReadableLength));
  return text + "_" + codec::Hex(codec::Sha256(name.ToString())).substr(0, kMarkLength);
}

Json GlueTables::TableInputOf(const RemoteTable& table) const {
  return {{"Name", GlueNameOf(table.name)},
          {"TableType", "EXTERNAL_TABLE"},
          {"Parameters", {{kType, kTypeWord}, {kLocation, table.metadata_uri}, {kOwner, table.name.ToString()}}},
          {"StorageDescriptor", {{"Location", TableUriOf(table.metadata_uri)}, {"Columns", Json::array()}}}};
}

Result<Json> GlueTables::Call(const char* operation, Json input, const Limits& limits) {
  return glue_.Do({operation, std::move(input), limits.deadline, limits.stop});
}

Status GlueTables::ShowOne(const RemoteTable& table, const Limits& limits) {
  const auto name = GlueNameOf(table.name);
  const Json update{{"DatabaseName", database_}, {"TableInput", TableInputOf(table)}};
  auto found = Call("GetTable", {{"DatabaseName", database_}, {"Name", name}}, limits);
  if (!found && found.error().code == ErrorCode::kNotFound) {
    const auto made = Call("CreateTable", update, limits);
    if (made) return {};
    if (made.error().code == ErrorCode::kNotFound) {
      return Fail(ErrorCode::kFailedPrecondition, "glue has no database " + database_ + "; make it");
    }
    if (made.error().code != ErrorCode::kAlreadyExists) return std::unexpected(made.error());
    found = Call("GetTable", {{"DatabaseName", database_}, {"Name", name}}, limits);
  }
  if (!found) return std::unexpected(found.error());
  const auto& shown = found->is_object() && found->contains("Table") ? found->at("Table") : Json();
  if (!shown.is_object() || ParameterOf(shown, kOwner) != table.name.ToString()) {
    return Fail(ErrorCode::kFailedPrecondition,
                "glue's database " + database_ + " has a table of others by the name " + name);
  }
  if (IsShown(ParameterOf(shown, kLocation), table.metadata_uri)) return {};
  auto replaced = update;
  replaced["SkipArchive"] = true;
  TARN_TRY(Call("UpdateTable", std::move(replaced), limits));
  return {};
}

Status GlueTables::Show(std::span<const RemoteTable> tables, std::chrono::steady_clock::time_point deadline,
                        const std::stop_token& stop) {
  const std::lock_guard lock(turn_);
  for (const auto& table : tables) TARN_TRY(ShowOne(table, {deadline, stop}));
  return {};
}

}  // namespace tarn::engine

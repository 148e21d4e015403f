// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/table_properties.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "table/iceberg/json_members.h"
#include "table/iceberg/retention.h"

namespace tarn::table::iceberg {
namespace {

struct OwnApplication {
  std::string_view app_id;
  std::string_view property;
};
constexpr auto kOwnApplications =
    std::to_array<OwnApplication>({{"tarn-bronze", "tarn.bronze-position"}, {"tarn-side", "tarn.side"}});

constexpr std::string_view kRun = "tarn.run";
constexpr std::string_view kForeignPrefix = "tarn.txn.";
constexpr std::string_view kCommit = "tarn.commit";
constexpr std::string_view kJsonFields = "tarn.json-fields";

bool IsOwnedBy(std::string_view location, std::string_view app_id) {
  return location.ends_with(app_id) &&
         (location.size() == app_id.size() || location[location.size() - app_id.size() - 1] == '/');
}

/// The last two folders of a location: domain and job.
std::string_view OwnerOf(std::string_view location) {
  const size_t last = location.rfind('/');
  if (last == std::string_view::npos || last == 0) return location;
  const size_t before = location.rfind('/', last - 1);
  return before == std::string_view::npos ? location : location.substr(before + 1);
}

/// Application id of a property; empty when it is no transaction.
std::string ApplicationOf(std::string_view property, std::string_view location) {
  for (const OwnApplication& own : kOwnApplications) {
    if (own.property == property) return std::string(own.app_id);
  }
  if (property == kRun) return std::string(OwnerOf(location));
  return property.starts_with(kForeignPrefix) ? std::string(property.substr(kForeignPrefix.size())) : std::string();
}

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string TransactionProperty(std::string_view app_id, std::string_view location) {
  for (const OwnApplication& own : kOwnApplications) {
    if (own.app_id == app_id) return std::string(own.property);
  }
  return IsOwnedBy(location, app_id) ? std::string(kRun) : std::string(kForeignPrefix) + std::string(app_id);
}

bool IsTransactionProperty(std::string_view name) { return !ApplicationOf(name, "/").empty(); }

Result<std::map<std::string, int64_t>> TransactionsOf(const StringMap& properties, std::string_view location) {
  std::map<std::string, int64_t> transactions;
  for (const auto& [name, value] : properties) {
    std::string app_id = ApplicationOf(name, location);
    if (app_id.empty()) continue;
    const auto version = ParseNumber<int64_t>(value);
    if (!version) return Broken("property " + name + " is not a 64-bit integer");
    transactions[std::move(app_id)] = *version;
  }
  return transactions;
}

std::string CommitMark(int64_t version, std::string_view commit_id) {
  return std::to_string(version) + ":" + std::string(commit_id);
}

std::string CommitIdOf(const StringMap& properties, int64_t version) {
  const auto found = properties.find(std::string(kCommit));
  const std::string prefix = CommitMark(version, "");
  if (found == properties.end() || !found->second.starts_with(prefix)) return "";
  return found->second.substr(prefix.size());
}

void SetCommitMark(int64_t version, std::string_view commit_id, StringMap& properties) {
  properties[std::string(kCommit)] = CommitMark(version, commit_id);
}

std::set<int32_t> JsonFieldsOf(const StringMap& properties) {
  std::set<int32_t> ids;
  const auto found = properties.find(std::string(kJsonFields));
  if (found == properties.end()) return ids;
  std::string_view text = found->second;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    // A word that is no id is somebody's edit; the column is text then.
    if (const auto id = ParseNumber<int32_t>(word)) ids.insert(*id);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return ids;
}

void SetJsonFields(const std::set<int32_t>& ids, StringMap& properties) {
  std::string text;
  for (const int32_t id : ids) text += (text.empty() ? "" : ",") + std::to_string(id);
  if (text.empty()) {
    properties.erase(std::string(kJsonFields));
  } else {
    properties[std::string(kJsonFields)] = std::move(text);
  }
}

StringMap VisibleProperties(const StringMap& properties) {
  StringMap visible;
  for (const auto& [name, value] : properties) {
    const bool own = name == kCommit || name == kJsonFields || name == kExpireProperty || IsTransactionProperty(name);
    if (!own) visible.emplace(name, value);
  }
  return visible;
}

}  // namespace tarn::table::iceberg

// SPDX-License-Identifier: Apache-2.0
#include "dbt/snapshot_settings.h"

#include <string>

namespace tarn::dbt {
namespace {

using codec::OrderedJson;

std::string TextOf(const OrderedJson& config, const char* key) {
  const auto found = config.find(key);
  return found != config.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool IsGiven(const OrderedJson& config, const char* key) {
  const auto found = config.find(key);
  return found != config.end() && !found->is_null() && !(found->is_string() && found->empty());
}

Result<std::string> HardDeletesOf(const OrderedJson& config) {
  const auto word = TextOf(config, "hard_deletes");
  if (word == "ignore" || word == "invalidate") return word;
  if (word == "new_record") return Fail(ErrorCode::kUnsupported, "not supported: hard_deletes='new_record'");
  if (!word.empty()) return Fail(ErrorCode::kInvalidArgument, "hard_deletes is ignore or invalidate, not " + word);
  const auto old = config.find("invalidate_hard_deletes");
  return std::string(old != config.end() && *old == true ? "invalidate" : "ignore");
}

}  // namespace

Result<OrderedJson> SnapshotOf(const OrderedJson& config) {
  if (!IsGiven(config, "unique_key")) return Fail(ErrorCode::kInvalidArgument, "a snapshot needs a unique_key");
  auto snapshot = OrderedJson::object();
  snapshot["column_names"] = "dbt";
  TARN_ASSIGN(snapshot["hard_deletes"], HardDeletesOf(config));
  const auto strategy = TextOf(config, "strategy");
  snapshot["strategy"] = strategy;
  if (strategy == "timestamp") {
    snapshot["updated_at"] = TextOf(config, "updated_at");
    if (!TextOf(config, "updated_at").empty()) return snapshot;
    return Fail(ErrorCode::kInvalidArgument, "strategy='timestamp' needs updated_at, a column");
  }
  if (strategy != "check") {
    return Fail(ErrorCode::kInvalidArgument,
                "the strategy of a snapshot is timestamp or check, not '" + strategy + "'");
  }
  if (!IsGiven(config, "check_cols")) return Fail(ErrorCode::kInvalidArgument, "strategy='check' needs check_cols");
  snapshot["check_cols"] = config["check_cols"];
  return snapshot;
}

}  // namespace tarn::dbt

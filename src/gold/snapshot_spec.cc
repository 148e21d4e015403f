// SPDX-License-Identifier: Apache-2.0
#include "gold/snapshot_spec.h"

#include "gold/job_words.h"

namespace tarn::gold {
namespace {

using codec::Json;
using codec::OrderedJson;

constexpr Words<SnapshotStrategy, 2> kStrategies{
    {{"timestamp", SnapshotStrategy::kTimestamp}, {"check", SnapshotStrategy::kCheck}}};
constexpr Words<HardDeletes, 2> kHardDeletes{
    {{"ignore", HardDeletes::kIgnore}, {"invalidate", HardDeletes::kInvalidate}}};
constexpr Words<VersionNames, 2> kNames{{{"tarn", VersionNames::kTarn}, {"dbt", VersionNames::kDbt}}};

class SpecReader {
 public:
  SpecReader(const Json& given, std::vector<SnapshotProblem>& problems) : given_(given), problems_(problems) {}

  SnapshotSpec Read() {
    SnapshotSpec spec;
    if (const auto* column = Member("updated_at")) {
      spec.updated_at = column->is_string() ? column->get<std::string>() : "";
      if (spec.updated_at.empty()) Refuse("updated_at", "Input should be the name of a column");
      spec.strategy = SnapshotStrategy::kTimestamp;
    }
    ReadWord("strategy", kStrategies, spec.strategy);
    ReadWord("hard_deletes", kHardDeletes, spec.hard_deletes);
    ReadWord("column_names", kNames, spec.names);
    ReadCheckColumns(spec);
    const bool by_time = spec.strategy == SnapshotStrategy::kTimestamp;
    if (by_time && spec.updated_at.empty()) Refuse("updated_at", "strategy timestamp needs the column that says when");
    if (by_time && !spec.check_columns.empty()) Refuse("check_cols", "check_cols are for strategy check");
    if (!by_time && !spec.updated_at.empty()) Refuse("updated_at", "updated_at is for strategy timestamp");
    return spec;
  }

 private:
  void Refuse(std::string member, std::string message) { problems_.push_back({std::move(member), std::move(message)}); }

  const Json* Member(const char* name) const {
    const auto found = given_.find(name);
    return found == given_.end() || found->is_null() ? nullptr : &*found;
  }

  template <class T, size_t n>
  void ReadWord(const char* member, const Words<T, n>& words, T& value) {
    const auto* text = Member(member);
    if (text == nullptr) return;
    if (const auto read = text->is_string() ? ValueInAnyCase(words, text->get<std::string>()) : std::nullopt) {
      value = *read;
      return;
    }
    std::string expected;
    for (const auto& [word, meaning] : words) expected += (expected.empty() ? "'" : ", '") + std::string(word) + "'";
    Refuse(member, "Input should be one of " + expected);
  }

  void ReadCheckColumns(SnapshotSpec& spec) {
    const auto* columns = Member("check_cols");
    if (columns == nullptr || *columns == "all") return;
    bool fits = columns->is_array() && !columns->empty();
    for (size_t i = 0; fits && i < columns->size(); ++i) {
      fits = (*columns)[i].is_string() && !(*columns)[i].get_ref<const std::string&>().empty();
      if (fits) spec.check_columns.push_back((*columns)[i]);
    }
    if (!fits) Refuse("check_cols", "Input should be 'all' or a list of column names");
  }

  const Json& given_;
  std::vector<SnapshotProblem>& problems_;
};

}  // namespace

OrderedJson SnapshotSpecToJson(const SnapshotSpec& spec) {
  const bool by_time = spec.strategy == SnapshotStrategy::kTimestamp;
  OrderedJson json;
  json["strategy"] = WordOf(kStrategies, spec.strategy);
  json["updated_at"] = by_time ? OrderedJson(spec.updated_at) : OrderedJson(nullptr);
  json["check_cols"] = by_time                      ? OrderedJson(nullptr)
                       : spec.check_columns.empty() ? OrderedJson("all")
                                                    : OrderedJson(spec.check_columns);
  json["hard_deletes"] = WordOf(kHardDeletes, spec.hard_deletes);
  json["column_names"] = WordOf(kNames, spec.names);
  return json;
}

std::optional<SnapshotSpec> ReadSnapshotSpec(const Json& given, std::vector<SnapshotProblem>& problems) {
  if (!given.is_object()) {
    problems.push_back({"", "Input should be an object"});
    return std::nullopt;
  }
  const auto before = problems.size();
  auto spec = SpecReader(given, problems).Read();
  return problems.size() == before ? std::optional(std::move(spec)) : std::nullopt;
}

}  // namespace tarn::gold

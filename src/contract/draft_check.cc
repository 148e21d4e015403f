// SPDX-License-Identifier: Apache-2.0
#include "contract/draft_check.h"

#include <algorithm>

#include "base/ascii.h"
#include "contract/contract_rules.h"
#include "lake/export_json.h"
#include "lake/name.h"

namespace tarn::contract {
namespace {

using codec::Json;
using Loc = std::vector<std::string>;

constexpr std::chrono::milliseconds kShortestLandInterval{1'000};
constexpr std::chrono::milliseconds kLongestLandInterval{15 * 60'000};
constexpr std::string_view kNameRule =
    "must be snake_case: a lower-case letter, then letters, digits and _, at most 128 bytes";

/// Members of one JSON object with their place in the body.
class MemberReader {
 public:
  MemberReader(const Json& object, Loc place, std::vector<BodyError>& problems)
      : object_(object), place_(std::move(place)), problems_(problems) {}

  void Refuse(const std::string& member, std::string type, std::string message) {
    auto loc = place_;
    loc.push_back(member);
    problems_.push_back({std::move(type), std::move(loc), std::move(message)});
  }

  /// The member when it is present and not null.
  const Json* Given(const std::string& member) const {
    const auto found = object_.find(member);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  const Json* Given(const std::string& member, const std::string& alias) const {
    const auto* given = Given(member);
    return given != nullptr ? given : Given(alias);
  }

  /// Given as null, which takes back what a PUT keeps otherwise.
  bool IsNull(const std::string& member) const {
    const auto found = object_.find(member);
    return found != object_.end() && found->is_null();
  }

  std::optional<std::string> Text(const std::string& member) {
    const auto* given = Given(member);
    if (given == nullptr) return std::nullopt;
    if (given->is_string()) return given->get<std::string>();
    Refuse(member, "string_type", "Input should be a valid string");
    return std::nullopt;
  }

  bool Bool(const std::string& member, const std::string& alias = "") {
    const auto* given = alias.empty() ? Given(member) : Given(member, alias);
    if (given == nullptr) return false;
    if (given->is_boolean()) return given->get<bool>();
    Refuse(member, "bool_type", "Input should be a valid boolean");
    return false;
  }

  /// A required name by the name rule.
  std::string Name(const std::string& member, const std::string& alias = "") {
    const auto* given = alias.empty() ? Given(member) : Given(member, alias);
    if (given == nullptr) {
      Refuse(member, "missing", "Field required");
      return "";
    }
    if (!given->is_string()) {
      Refuse(member, "string_type", "Input should be a valid string");
      return "";
    }
    auto name = given->get<std::string>();
    if (!lake::IsName(name)) Refuse(member, "value_error", std::string(kNameRule));
    return name;
  }

  std::optional<std::chrono::milliseconds> Duration(const std::string& member) {
    const auto text = Text(member);
    if (!text) return std::nullopt;
    const auto duration = ParseDuration(*text);
    if (duration) return *duration;
    Refuse(member, "value_error", duration.error().message);
    return std::nullopt;
  }

 private:
  const Json& object_;
  const Loc place_;
  std::vector<BodyError>& problems_;
};

class DraftReader {
 public:
  DraftReader(const Json& body, const Contract* present)
      : present_(present), members_(body, {"body"}, check_.problems) {}

  DraftCheck Read() && {
    ReadNames();
    ReadMode();
    ReadColumns();
    check_.draft.description = members_.Text("description");
    check_.draft.sequence_by = members_.Text("sequence_by");
    ReadMerging();
    CheckRules();
    ReadLandInterval();
    ReadRetention("tombstone_retention", check_.draft.tombstone_retention);
    ReadRetention("bronze_retention", check_.draft.bronze_retention);
    ReadRetention("quarantine_retention", check_.draft.quarantine_retention);
    ReadFormat();
    ReadMirror();
    ReadExports();
    return std::move(check_);
  }

 private:
  void ReadNames() {
    if (present_ != nullptr) {
      check_.draft.domain = present_->domain;
      check_.draft.name = present_->name;
      return;
    }
    check_.draft.name = members_.Name("name");
    check_.draft.domain = members_.Name("domain");
    if (lake::IsReservedDomain(check_.draft.domain)) {
      members_.Refuse("domain", "value_error", "this domain is reserved: " + check_.draft.domain);
    }
  }

  void ReadMode() {
    const auto word = members_.Text("mode");
    if (!word || present_ != nullptr) return;
    check_.draft.mode = ::tarn::contract::ReadMode(*word);
    if (!check_.draft.mode)
      members_.Refuse("mode", "enum", "Input should be 'manual', 'auto_inference' or 'single_column'");
  }

  void ReadColumns() {
    const auto* given = members_.Given("columns");
    if (given == nullptr) return;
    if (!given->is_array()) return members_.Refuse("columns", "list_type", "Input should be a valid list");
    for (size_t i = 0; i < given->size(); ++i) {
      check_.draft.columns.push_back(ReadColumn((*given)[i], {"body", "columns", std::to_string(i)}));
    }
  }

  Column ReadColumn(const Json& json, const Loc& place) {
    Column column;
    if (!json.is_object()) {
      check_.problems.push_back({"model_attributes_type", place, "Input should be a valid object"});
      return column;
    }
    MemberReader members(json, place, check_.problems);
    column.name = members.Name("name", "column_name");
    ReadType(members, column);
    column.required = members.Bool("required");
    column.primary_key = members.Bool("primary_key", "is_primary_key");
    column.pii = members.Bool("pii");
    column.description = members.Text("description");
    column.default_text = members.Text("default");
    return column;
  }

  static void ReadType(MemberReader& members, Column& column) {
    const auto* given = members.Given("type", "data_type");
    if (given == nullptr) return;
    if (!given->is_string()) return members.Refuse("type", "string_type", "Input should be a valid string");
    if (ReadTypeWord(given->get<std::string>(), column)) return;
    members.Refuse(
        "type", "enum",
        "Input should be string, varchar, integer, bigint, float, double, boolean, timestamp, date, json, array, "
        "decimal, decimal(p,s), list<type> or struct<name:type,...>, at most " +
            std::to_string(kMaxTypeDepth) + " of these two within each other");
  }

  /// Rules over the whole schema, once its parts have their shapes; a PUT keeps what it does not give.
  void CheckRules() {
    if (!check_.problems.empty()) return;
    Contract after = present_ != nullptr ? *present_ : Contract();
    Apply(check_.draft, after);
    for (auto& issue : CheckContract(after)) {
      Loc loc{"body"};
      if (issue.column) {
        loc.push_back("columns");
        loc.push_back(std::to_string(*issue.column));
      }
      loc.push_back(issue.member);
      check_.problems.push_back({issue.type, std::move(loc), issue.message});
    }
  }

  void ReadLandInterval() {
    check_.draft.land_interval = members_.Duration("land_interval");
    if (!check_.draft.land_interval) return;
    if (*check_.draft.land_interval < kShortestLandInterval || *check_.draft.land_interval > kLongestLandInterval) {
      members_.Refuse("land_interval", "value_error", "Input should be a duration from 1s to 15m");
    }
  }

  /// One of the words, in any case.
  std::optional<std::string> ReadChoice(const std::string& member, const std::vector<std::string>& words) {
    const auto text = members_.Text(member);
    if (!text) return std::nullopt;
    auto word = Lower(*text);
    if (std::ranges::find(words, word) != words.end()) return word;
    std::string expected;
    for (const auto& choice : words) expected += (expected.empty() ? "'" : ", '") + choice + "'";
    members_.Refuse(member, "enum", "Input should be one of " + expected);
    return std::nullopt;
  }

  void ReadFormat() {
    check_.draft.format = ReadChoice("format", {"delta", "iceberg"});
    if (!check_.draft.format || present_ == nullptr || *check_.draft.format == present_->format) return;
    members_.Refuse("format", "value_error", "The format is fixed when the endpoint is created: " + present_->format);
  }

  /// How records become rows.
  void ReadMerging() {
    if (const auto word = ReadChoice("unknown_fields", {"evolve", "rescue", "quarantine", "ignore"})) {
      check_.draft.unknown_fields = ReadUnknownFields(*word);
    }
    if (const auto word = ReadChoice("merge_mode", {"replace", "patch"})) {
      check_.draft.merge_mode = ReadMergeMode(*word);
    }
    if (const auto word = ReadChoice("history", {"none", "scd2"})) check_.draft.history = ReadHistory(*word);
    if (const auto word = ReadChoice("envelope", {"none", "debezium"})) check_.draft.envelope = ReadEnvelope(*word);
    if (members_.Given("soft_delete") != nullptr) check_.draft.soft_delete = members_.Bool("soft_delete");
  }

  void ReadMirror() {
    auto& draft = check_.draft;
    draft.mirror = ReadChoice("mirror", {"delta", "iceberg"});
    if (!draft.mirror) return;
    if (present_ != nullptr && draft.mirror != present_->mirror) {
      return members_.Refuse("mirror", "value_error",
                             "The mirror is fixed when the endpoint is created: " + present_->mirror.value_or("none"));
    }
    if (draft.mirror == draft.format) {
      members_.Refuse("mirror", "value_error", "A mirror is of another format than the table: " + *draft.mirror);
    }
  }

  void ReadRetention(const std::string& member, std::optional<std::optional<std::chrono::milliseconds>>& retention) {
    if (members_.IsNull(member)) retention.emplace();
    const auto duration = members_.Duration(member);
    if (!duration) return;
    retention = duration;
    if (*duration <= std::chrono::milliseconds::zero()) {
      members_.Refuse(member, "value_error", "Input should be a duration above 0s");
    }
  }

  void ReadExports() {
    const auto* exports = members_.Given("exports");
    if (exports == nullptr) return;
    if (!exports->is_array()) return members_.Refuse("exports", "list_type", "Input should be a valid list");
    std::vector<lake::ExportProblem> problems;
    check_.draft.exports = lake::ReadExports(*exports, problems);
    for (auto& problem : problems) {
      Loc loc{"body", "exports", std::to_string(problem.index)};
      if (!problem.member.empty()) loc.emplace_back(problem.member);
      check_.problems.push_back({std::move(problem.type), std::move(loc), std::move(problem.message)});
    }
  }

  const Contract* present_;
  DraftCheck check_;
  MemberReader members_;
};

}  // namespace

DraftCheck CheckDraft(const codec::Json& body, const Contract* present) {
  if (!body.is_object()) {
    DraftCheck check;
    check.problems.push_back({"model_attributes_type", {"body"}, "Input should be a valid object"});
    return check;
  }
  return DraftReader(body, present).Read();
}

}  // namespace tarn::contract

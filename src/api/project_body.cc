// SPDX-License-Identifier: Apache-2.0
#include "api/project_body.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "api/parameters.h"
#include "base/ascii.h"
#include "lake/name.h"

namespace tarn::api {
namespace {

using codec::Json;

constexpr std::array<std::string_view, 5> kCommands{"build", "run", "test", "seed", "snapshot"};
constexpr std::array<std::string_view, 7> kMembers{"project", "command", "select",      "exclude",
                                                   "vars",    "domain",  "full_refresh"};

/// One folder's name, nothing that leads elsewhere.
bool IsFolderName(const std::string& name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, is_plain);
}

class CallReader {
 public:
  CallReader(const Json& given, const std::string& place, std::vector<Problem>& problems)
      : given_(given), place_(place), problems_(problems) {}

  pipeline::ProjectCall Read() {
    if (!given_.is_object()) {
      Refuse("", "dict_type", "Input should be a valid dictionary");
      return {};
    }
    for (const auto& [name, value] : given_.items()) {
      if (std::ranges::find(kMembers, name) == kMembers.end()) Refuse(name, "extra_forbidden", "no such member");
    }
    ReadProject();
    ReadCommand();
    ReadWords("select", call_.select);
    ReadWords("exclude", call_.exclude);
    ReadRest();
    return std::move(call_);
  }

 private:
  void Refuse(const std::string& member, std::string type, std::string message) {
    std::vector<std::string> at{"body", "dbt"};
    if (!member.empty()) at.push_back(member);
    problems_.push_back({std::move(type), std::move(at), std::move(message)});
  }

  /// nullptr for what is absent or null.
  const Json* Given(const char* member) const {
    const auto found = given_.find(member);
    return found == given_.end() || found->is_null() ? nullptr : &*found;
  }

  void ReadProject() {
    const auto* name = Given("project");
    if (name == nullptr) return Refuse("project", "missing", "Field required");
    if (!name->is_string() || !IsFolderName(name->get<std::string>())) {
      return Refuse("project", "value_error", "Input should be the name of a folder: letters, digits, _ and -");
    }
    call_.project = name->get<std::string>();
    if (place_.empty()) {
      return Refuse("project", "value_error", "this server has no dbt projects: set dbt_projects to their folder");
    }
    std::error_code error;
    if (!std::filesystem::exists(std::filesystem::path(place_) / call_.project / "dbt_project.yml", error)) {
      Refuse("project", "value_error", "there is no dbt project " + call_.project + " in the server's dbt_projects");
    }
  }

  void ReadCommand() {
    const auto* word = Given("command");
    if (word == nullptr) return;
    const auto command = word->is_string() ? Lower(word->get<std::string>()) : std::string();
    if (std::ranges::find(kCommands, command) == kCommands.end()) {
      return Refuse("command", "enum", "Input should be one of 'build', 'run', 'test', 'seed', 'snapshot'");
    }
    call_.command = command;
  }

  void ReadWords(const char* member, std::vector<std::string>& words) {
    const auto* list = Given(member);
    if (list == nullptr) return;
    const bool is_list =
        list->is_array() && std::ranges::all_of(*list, [](const Json& one) { return one.is_string(); });
    if (!is_list) return Refuse(member, "list_type", "Input should be a list of words as of --select");
    words = list->get<std::vector<std::string>>();
  }

  void ReadRest() {
    if (const auto* vars = Given("vars")) {
      if (!vars->is_object()) return Refuse("vars", "dict_type", "Input should be a valid dictionary");
      call_.vars = *vars;
    }
    if (const auto* domain = Given("domain")) {
      if (!domain->is_string() || !lake::IsName(domain->get<std::string>())) {
        return Refuse("domain", "value_error", "Input should be the name of a domain");
      }
      call_.domain = domain->get<std::string>();
    }
    if (const auto* all = Given("full_refresh")) {
      if (!all->is_boolean()) return Refuse("full_refresh", "bool_type", "Input should be a valid boolean");
      call_.full_refresh = all->get<bool>();
    }
  }

  const Json& given_;
  const std::string& place_;
  std::vector<Problem>& problems_;
  pipeline::ProjectCall call_;
};

}  // namespace

pipeline::ProjectCall ReadProjectCall(const Json& given, const std::string& place, std::vector<Problem>& problems) {
  return CallReader(given, place, problems).Read();
}

}  // namespace tarn::api

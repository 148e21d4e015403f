// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_contracts.h"

#include <algorithm>
#include <charconv>

#include "contract/compiled_contract.h"
#include "contract/contract_yaml.h"
#include "lake/keys.h"
#include "upkeep/check_series.h"

namespace tarn::upkeep {
namespace {

class ContractCheck {
 public:
  ContractCheck(store::ObjectStore& store, Clock& clock, CheckReport& report)
      : store_(store), clock_(clock), report_(report) {}

  Status Run() {
    TARN_ASSIGN(const auto domains, store_.ListFolders("schemas/"));
    for (const auto& domain : domains) {
      TARN_ASSIGN(const auto names, store_.ListFolders("schemas/" + domain + "/bronze/"));
      for (const auto& name : names) TARN_TRY(CheckEndpoint(domain, name));
    }
    return {};
  }

 private:
  Status CheckEndpoint(const std::string& domain, const std::string& name) {
    const auto folder = "schemas/" + domain + "/bronze/" + name + "/";
    const auto marked = CheckSeries(
        store_, clock_, lake::GenerationSeries(domain, name), [](uint64_t, std::string_view) { return Status(); },
        report_);
    TARN_ASSIGN(const auto folders, store_.ListFolders(folder));
    std::vector<uint64_t> generations;
    for (const auto& text : folders) {
      uint64_t generation = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), generation);
      if (error == std::errc() && end == text.data() + text.size()) generations.push_back(generation);
    }
    std::ranges::sort(generations);
    for (size_t i = 0; i < generations.size(); ++i) {
      if (generations[i] != i + 1) report_.Add(folder, "generation " + std::to_string(i + 1) + " is missing");
      if (generations[i] > marked + 1) {
        report_.Add(folder,
                    "generation " + std::to_string(generations[i]) + " began before its predecessor's delete mark");
      }
      CheckVersions(domain, name, generations[i]);
    }
    return {};
  }

  void CheckVersions(const std::string& domain, const std::string& name, uint64_t generation) {
    const auto visit = [&](uint64_t number, std::string_view body) -> Status {
      TARN_ASSIGN(auto contract, contract::DecodeContract(body));
      ++report_.contracts;
      const bool fits = contract.domain == domain && contract.name == name && contract.generation == generation &&
                        contract.version == number;
      if (!fits) return Fail(ErrorCode::kCorrupt, "the contract is about something else than its key");
      TARN_TRY(contract::CompiledContract::Compile(std::move(contract)));
      return {};
    };
    CheckSeries(store_, clock_, lake::ContractSeries(domain, name, generation), visit, report_);
  }

  store::ObjectStore& store_;
  Clock& clock_;
  CheckReport& report_;
};

}  // namespace

void CheckContracts(store::ObjectStore& store, Clock& clock, CheckReport& report) {
  if (const auto done = ContractCheck(store, clock, report).Run(); !done) report.Add("schemas/", done.error());
}

}  // namespace tarn::upkeep

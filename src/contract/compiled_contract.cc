// SPDX-License-Identifier: Apache-2.0
#include "contract/compiled_contract.h"

#include <algorithm>
#include <array>

#include "contract/contract_rules.h"
#include "contract/field_name.h"

namespace tarn::contract {
namespace {

constexpr std::array<std::string_view, 11> kReservedMembers{"_insert_date",    "_domain", "_endpoint", "_request_id",
                                                            "_schema_version", "_len",    "_offset",   "_disposition",
                                                            "_replay_of",      "_raw",    "_rescued"};

/// A longer key has no column: every character of a name comes from at most four bytes of the key.
constexpr size_t kMaxKeyBytes = 512;

}  // namespace

bool IsReservedMember(std::string_view name) {
  return name.starts_with('_') && std::ranges::find(kReservedMembers, name) != kReservedMembers.end();
}

Result<std::shared_ptr<const CompiledContract>> CompiledContract::Compile(Contract contract) {
  const auto issues = CheckContract(contract);
  if (!issues.empty()) return Fail(ErrorCode::kInvalidArgument, "contract " + contract.id() + ": " + issues[0].message);
  std::shared_ptr<CompiledContract> compiled(new CompiledContract());
  compiled->contract_ = std::move(contract);
  const auto& columns = compiled->contract_.columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    compiled->by_name_.emplace(columns[i].name, static_cast<int>(i));
    TARN_ASSIGN(auto value, CastDefault(columns[i]));
    compiled->defaults_.push_back(std::move(value));
    if (columns[i].name == compiled->contract_.sequence_by) compiled->sequence_column_ = i;
  }
  compiled->has_key_ = compiled->contract_.has_key();
  return std::shared_ptr<const CompiledContract>(std::move(compiled));
}

int CompiledContract::ColumnOf(std::string_view key, bool& exact) const {
  exact = true;
  if (const auto found = by_name_.find(key); found != by_name_.end()) return found->second;
  exact = false;
  if (by_name_.empty() || key.size() > kMaxKeyBytes || IsReservedMember(key) || key == kOperationMember) return -1;
  const auto found = by_name_.find(SnakeCase(key));
  return found == by_name_.end() ? -1 : found->second;
}

}  // namespace tarn::contract

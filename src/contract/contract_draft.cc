// SPDX-License-Identifier: Apache-2.0
#include "contract/contract_draft.h"

namespace tarn::contract {

void Apply(const ContractDraft& draft, Contract& contract) {
  if (!draft.columns.empty()) contract.columns = draft.columns;
  if (draft.description && !draft.description->empty()) contract.description = draft.description;
  if (draft.sequence_by) contract.sequence_by = draft.sequence_by;
  if (draft.unknown_fields) contract.unknown_fields = *draft.unknown_fields;
  if (draft.merge_mode) contract.merge_mode = *draft.merge_mode;
  if (draft.soft_delete) contract.soft_delete = *draft.soft_delete;
  if (draft.history) contract.history = *draft.history;
  if (draft.envelope) contract.envelope = *draft.envelope;
  if (draft.land_interval) contract.land_interval = draft.land_interval;
  if (draft.tombstone_retention) contract.tombstone_retention = *draft.tombstone_retention;
  if (draft.exports) contract.exports = *draft.exports;
  if (draft.bronze_retention) contract.bronze_retention = *draft.bronze_retention;
  if (draft.quarantine_retention) contract.quarantine_retention = *draft.quarantine_retention;
}

}  // namespace tarn::contract

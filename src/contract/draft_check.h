// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bodies of POST and PUT /endpoints into drafts (http-api.md §3.1): every field checked with the errors clients see.
// Pure; shared by the API and whoever else takes contract documents.

#include <string>
#include <vector>

#include "codec/json.h"
#include "contract/record_checker.h"
#include "contract/registry.h"

namespace tarn::contract {

struct DraftCheck {
  ContractDraft draft;
  std::vector<BodyError> problems;  ///< 422
};

/// `present` is the contract a PUT changes (its path names win, mode is ignored); nullptr for a POST.
DraftCheck CheckDraft(const codec::Json& body, const Contract* present);

}  // namespace tarn::contract

// SPDX-License-Identifier: Apache-2.0
#pragma once
// The schema document of a contract (http-api.md §3.3, docs/formats/contract-yaml.md): the only place that knows its
// shape. Pure functions.

#include <string>
#include <string_view>

#include "codec/json.h"
#include "contract/contract.h"

namespace tarn::contract {

/// The document as clients see it: without Tarn's own bookkeeping.
codec::OrderedJson ToDocument(const Contract& contract);

/// The document as text clients see.
std::string ToYaml(const Contract& contract);

/// The stored form: the document and a `tarn` mapping (generation, folder_generation, columns_fixed, inferred, format).
std::string EncodeContract(const Contract& contract);
Result<Contract> DecodeContract(std::string_view yaml);

}  // namespace tarn::contract

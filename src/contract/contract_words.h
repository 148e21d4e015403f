// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words of a contract's choices (http-api.md §3.1): read in any letter case and with aliases, written in lower
// case. Pure functions.

#include <optional>
#include <string>
#include <string_view>

#include "contract/contract.h"

namespace tarn::contract {

std::string_view ModeWord(Mode mode);
std::optional<Mode> ReadMode(std::string_view word);

std::string_view UnknownFieldsWord(UnknownFields rule);
std::optional<UnknownFields> ReadUnknownFields(std::string_view word);

/// Sets type, precision, scale and plain_decimal from a type word such as "bigint" or "decimal(10,2)"; false for
/// others.
bool ReadTypeWord(std::string_view word, Column& column);

}  // namespace tarn::contract

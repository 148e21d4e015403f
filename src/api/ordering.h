// SPDX-License-Identifier: Apache-2.0
#pragma once
// `order_by` of list routes (http-api.md §3.4): one member of the listed objects, `-` in front for descending.

#include <string>
#include <vector>

#include "codec/json.h"

namespace tarn::api {

/// Sorts objects by the member; an unknown member leaves the order. Stable.
void OrderBy(std::vector<codec::OrderedJson>& objects, std::string order_by);

}  // namespace tarn::api

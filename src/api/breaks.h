// SPDX-License-Identifier: Apache-2.0
#pragma once
// What of gold a change of a job or of a contract would break, as answers list it: an array of
// `{"column","change","breaks"}` (docs/guide/lineage.md). Free functions; thread-safe.

#include <optional>

#include "api/services.h"
#include "codec/json.h"
#include "contract/contract.h"
#include "gold/job.h"
#include "net/message.h"

namespace tarn::api {

/// The 409 of a change of a job that would break what reads its table; nullopt when nothing would.
std::optional<net::Response> RefusedByReaders(Services& services, const gold::Job& before, const gold::Job& after);

/// What reads columns of the silver table that get another type. Columns that the contract names no longer stay there.
codec::OrderedJson BreaksOf(Services& services, const contract::Contract& before, const contract::Contract& after);

}  // namespace tarn::api

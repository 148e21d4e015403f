// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /lineage: which tables and columns a table comes from and goes into.

#include <optional>

#include "api/access.h"
#include "gold/job.h"

namespace tarn::api {

void AddLineageRoutes(Routes& routes);

/// The 409 of a change of a job that would break what reads its table; nullopt when nothing would.
std::optional<net::Response> RefusedByReaders(Services& services, const gold::Job& before, const gold::Job& after);

}  // namespace tarn::api

// SPDX-License-Identifier: Apache-2.0
#pragma once
// POST and GET /endpoints/{domain}/{name}/rebuild (http-api.md §5), and rebuilds as executions (§8.2).

#include "api/access.h"

namespace tarn::api {

void AddRebuildRoutes(Routes& routes);

/// The execution of that id when it is a rebuild; nullopt when it is not.
std::optional<net::Response> RebuildExecution(Services& services, std::string_view execution_id);

}  // namespace tarn::api

// SPDX-License-Identifier: Apache-2.0
#pragma once
// POST /ingest/{domain}/{name} and …/batch (http-api.md §4): the hot path from socket to log.

#include <memory>

#include "api/access.h"

namespace tarn::api {

class AckComposer;

void AddIngestRoutes(Routes& routes, std::shared_ptr<AckComposer> acks);

}  // namespace tarn::api

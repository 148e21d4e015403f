// SPDX-License-Identifier: Apache-2.0
#pragma once
// POST /files/{domain}/{name}: a file, or several as multipart/form-data, straight into the store and from there into
// bronze; GET: what became of the endpoint's files (docs/guide/files.md). Handlers that take bodies run on a pool of
// their own: an upload may take as long as its client needs.

#include "api/access.h"

namespace tarn::api {

void AddFileRoutes(Routes& routes);

}  // namespace tarn::api

// SPDX-License-Identifier: Apache-2.0
#pragma once
// /pipelines and their runs, in the manner of http-api.md §8 (docs/guide/pipelines.md).

#include "api/access.h"

namespace tarn::api {

void AddPipelineRoutes(Routes& routes);

}  // namespace tarn::api

// SPDX-License-Identifier: Apache-2.0
#pragma once
// The part of the Firehose API that producers use, for AWS SDKs and the AWS command line as they are: POST / with
// X-Amz-Target (docs/guide/firehose.md).

#include "api/access.h"

namespace tarn::api {

void AddFirehoseRoutes(Routes& routes);

}  // namespace tarn::api

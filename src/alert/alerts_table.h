// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn.system.alerts`: every alert that is kept. Free function; thread-safe.

#include <memory>

#include "alert/alerts.h"
#include "lake/value_rows.h"

namespace tarn::alert {

std::shared_ptr<lake::ValueRows> AlertRows(const Alerts& alerts);

}  // namespace tarn::alert

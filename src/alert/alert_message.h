// SPDX-License-Identifier: Apache-2.0
#pragma once
// What webhooks are told of an event of an alert: JSON of Tarn's own, or in the shape that Slack's incoming webhooks
// take (docs/guide/monitors.md). Pure functions.

#include <string>

#include "alert/alert.h"
#include "alert/webhook.h"

namespace tarn::alert {

/// `public_url`: what paths of the API stand behind; empty: nothing.
std::string MessageOf(Shape shape, const Alert& alert, const AlertEvent& event, const std::string& public_url);

/// The same for every attempt to tell of the event, and of no other: "monitor.orders_volume.3.1".
std::string KeyOf(const Alert& alert, const AlertEvent& event);

}  // namespace tarn::alert

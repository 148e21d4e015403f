// SPDX-License-Identifier: Apache-2.0
#pragma once
// run_started_at: an instant in UTC that templates format. Immutable.

#include "base/time.h"
#include "dbt/jinja/value.h"

namespace tarn::dbt {

class TimeObject final : public jinja::Object {
 public:
  explicit TimeObject(Timestamp at) : at_(at) {}
  std::string TypeName() const override { return "datetime"; }
  /// strftime(), isoformat(), date(), timestamp(), year, month, day, hour, minute, second.
  Result<jinja::Value> Attribute(const std::string& name) override;
  /// 2026-01-02 03:04:05.000006+00:00
  std::string Text() const override;

 private:
  Timestamp at_;
};

/// %Y %m %d %H %M %S %f %y %j %a %A %b %B %p %I %Z %z %F %T %s %%; kUnsupported for others.
Result<std::string> FormatTime(Timestamp at, const std::string& pattern);

}  // namespace tarn::dbt

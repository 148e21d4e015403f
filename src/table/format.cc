// SPDX-License-Identifier: Apache-2.0
#include "table/format.h"

namespace tarn::table {
namespace {

Error NotExpired(const TableFormat& format) {
  return {ErrorCode::kUnsupported, "expiry of " + std::string(format.name()) + " tables", {}};
}

}  // namespace

Result<std::vector<int64_t>> TableFormat::History(store::ObjectStore&, const std::string&) {
  return Fail(NotExpired(*this));
}

Result<VersionChange> TableFormat::LoadChange(store::ObjectStore&, const std::string&, int64_t) {
  return Fail(NotExpired(*this));
}

Result<ExpiryPlan> TableFormat::PrepareExpiry(store::ObjectStore&, const std::string&, const std::set<int64_t>&,
                                              const std::set<int64_t>&) {
  return Fail(NotExpired(*this));
}

}  // namespace tarn::table

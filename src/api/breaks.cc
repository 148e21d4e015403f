// SPDX-License-Identifier: Apache-2.0
#include "api/breaks.h"

#include <algorithm>

#include "gold/lineage.h"
#include "net/error_body.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

OrderedJson BreaksJson(const std::vector<gold::Breakage>& broken) {
  auto breaks = OrderedJson::array();
  for (const auto& one : broken) {
    breaks.push_back({{"column", one.column}, {"change", one.change}, {"breaks", one.what}});
  }
  return breaks;
}

gold::ColumnChanges ChangesOf(const contract::Contract& before, const contract::Contract& after) {
  gold::ColumnChanges changes;
  for (const auto& old : before.columns) {
    const auto same = std::ranges::find(after.columns, old.name, &contract::Column::name);
    if (same == after.columns.end()) continue;
    const auto had = table::SqlTypeName(contract::StorageType(old));
    const auto has = table::SqlTypeName(contract::StorageType(*same));
    if (had != has) changes[old.name] = had + " becomes " + has;
  }
  return changes;
}

}  // namespace

std::optional<net::Response> RefusedByReaders(Services& services, const gold::Job& before, const gold::Job& after) {
  const auto broken = gold::Lineage(services.jobs, services.engine).BrokenBy(before, after);
  if (broken.empty()) return std::nullopt;
  const OrderedJson detail{{"error", "the change breaks what reads " + before.table().ToString() +
                                         "; with force=true it is made all the same"},
                           {"breaks", BreaksJson(broken)}};
  return net::ErrorResponseWithJson(409, codec::Dump(detail), "breaks_readers");
}

OrderedJson BreaksOf(Services& services, const contract::Contract& before, const contract::Contract& after) {
  return BreaksJson(gold::Lineage(services.jobs, services.engine)
                        .BrokenBy({before.domain, "silver", before.name}, ChangesOf(before, after)));
}

}  // namespace tarn::api

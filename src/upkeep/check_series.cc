// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_series.h"

namespace tarn::upkeep {

uint64_t CheckSeries(store::ObjectStore& store, Clock& clock, const store::SeriesName& name, const VersionVisit& visit,
                     CheckReport& report) {
  store::Series series(store, name, clock);
  const auto numbers = series.Numbers();
  if (!numbers) {
    report.Add(name.prefix, numbers.error());
    return 0;
  }
  uint64_t expected = name.first_number;
  for (const auto number : *numbers) {
    if (number != expected) {
      report.Add(name.KeyOf(expected), "missing: the series goes on with number " + std::to_string(number));
    }
    expected = number + 1;
    const auto body = store.Get(name.KeyOf(number));
    const auto visited = body ? visit(number, *body) : Status(Fail(body.error()));
    if (!visited) report.Add(name.KeyOf(number), visited.error());
  }
  return numbers->empty() ? 0 : numbers->back();
}

}  // namespace tarn::upkeep

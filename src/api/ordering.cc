// SPDX-License-Identifier: Apache-2.0
#include "api/ordering.h"

#include <algorithm>

namespace tarn::api {

void OrderBy(std::vector<codec::OrderedJson>& objects, std::string order_by) {
  const bool descending = order_by.starts_with('-');
  if (descending) order_by.erase(0, 1);
  if (order_by.empty() || objects.empty() || !objects.front().contains(order_by)) return;
  std::ranges::stable_sort(objects, [&](const codec::OrderedJson& a, const codec::OrderedJson& b) {
    return descending ? b.at(order_by) < a.at(order_by) : a.at(order_by) < b.at(order_by);
  });
}

}  // namespace tarn::api

// SPDX-License-Identifier: Apache-2.0
#include "api/iceberg_rest/paging.h"

#include <algorithm>
#include <charconv>

#include "codec/base64.h"
#include "codec/or_null.h"

namespace tarn::api::iceberg_rest {
namespace {

constexpr size_t kMostPageRows = 10'000;

}  // namespace

void Page::SetNext(codec::OrderedJson& body) const { body["next-page-token"] = codec::OrNull(next); }

std::optional<Page> PageOf(const net::Request& request, const std::vector<std::string>& names) {
  const auto token = request.QueryValue("pageToken");
  const auto size = request.QueryValue("pageSize");
  Page page{.begin = 0, .end = names.size(), .next = std::nullopt};
  if (!token && !size) return page;
  if (token && !token->empty()) {
    const auto last = codec::Base64UrlDecode(*token);
    if (!last) return std::nullopt;
    page.begin = static_cast<size_t>(std::ranges::upper_bound(names, *last) - names.begin());
  }
  size_t rows = kMostPageRows;
  if (size) {
    const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), rows);
    if (error != std::errc{} || end != size->data() + size->size() || rows == 0) return std::nullopt;
  }
  page.end = page.begin + std::min({rows, kMostPageRows, names.size() - page.begin});
  if (page.end < names.size()) page.next = codec::Base64UrlEncode(names[page.end - 1]);
  return page;
}

}  // namespace tarn::api::iceberg_rest

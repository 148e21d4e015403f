// SPDX-License-Identifier: Apache-2.0
#pragma once
// A query as a client asks for it: GET parameters or POST body, format by parameter or Accept (http-api.md §7).

#include <expected>

#include "api/parameters.h"
#include "query/query_service.h"

namespace tarn::api {

inline constexpr size_t kMaxGetSqlCharacters = 10'000;
inline constexpr size_t kMaxPostSqlBytes = size_t{1} << 20;

/// The query, or the answer that refuses it.
std::expected<query::UserQuery, net::Response> ReadGetQuery(const net::Request& request,
                                                            const query::QueryLimits& limits);
std::expected<query::UserQuery, net::Response> ReadPostQuery(const net::Request& request,
                                                             const query::QueryLimits& limits);

}  // namespace tarn::api

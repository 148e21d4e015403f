// SPDX-License-Identifier: Apache-2.0
#pragma once
// Paths and bodies of the Iceberg REST protocol as the catalog's values. An error is the answer. Stateless.

#include <expected>
#include <string>
#include <vector>

#include "catalog/namespace_name.h"
#include "catalog/registry_document.h"
#include "codec/json.h"
#include "net/message.h"
#include "table/iceberg/table_updates.h"

namespace tarn::api::iceberg_rest {

template <class T>
using Read = std::expected<T, net::Response>;

/// Of the path; an unusable one does not exist.
Read<catalog::Namespace> NamespaceOf(const net::Request& request);
Read<catalog::TableName> TableOf(const net::Request& request);

/// The body, an object.
Read<codec::OrderedJson> BodyOf(const net::Request& request);

/// An array of text: levels of a namespace.
Read<catalog::Namespace> LevelsOf(const codec::OrderedJson& body, const char* member);
/// {"namespace", "name"}
Read<catalog::TableName> IdentifierOf(const codec::OrderedJson& body, const char* member);
/// An object of text; empty when absent.
Read<catalog::Properties> PropertiesOf(const codec::OrderedJson& body, const char* member);
/// An array of text; empty when absent.
Read<std::vector<std::string>> TextsOf(const codec::OrderedJson& body, const char* member);
Read<std::string> TextOf(const codec::OrderedJson& body, const char* member);
/// False when absent.
Read<bool> FlagOf(const codec::OrderedJson& body, const char* member);
/// An array, whatever is in it.
Read<codec::OrderedJson> ListOf(const codec::OrderedJson& body, const char* member);
/// Schema, partitions, order, properties and location of a request to create a table.
Read<table::iceberg::NewTable> NewTableOf(const codec::OrderedJson& body);

}  // namespace tarn::api::iceberg_rest

/// `TARN_READ(auto x, F());` returns F's answer to the client or moves its value into x.
#define TARN_READ(lhs, expr) TARN_READ_INNER(TARN_CONCAT(tarn_read_, __COUNTER__), lhs, expr)
#define TARN_READ_INNER(result, lhs, expr)                        \
  auto result = (expr);                                           \
  if (!result) return std::unexpected(std::move(result).error()); \
  lhs = std::move(*result)

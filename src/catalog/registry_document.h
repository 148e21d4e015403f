// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the catalog knows of namespaces and tables that others made: one document, a version of it for each change
// (format page: docs/formats/catalog.md). Plain values and their JSON.

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/namespace_name.h"

namespace tarn::catalog {

using Properties = std::map<std::string, std::string>;

struct TableEntry {
  std::string home;        ///< key prefix; its metadata/v{n}.metadata.json are the table's versions
  std::string registered;  ///< key of the metadata it came with, its state while the home holds none; else empty

  bool operator==(const TableEntry&) const = default;
};

struct RegistryDocument {
  std::map<Namespace, Properties> namespaces;
  std::map<TableName, TableEntry> tables;

  /// Whether a table or another namespace lies in it.
  bool HasChildren(const Namespace& levels) const;
  bool operator==(const RegistryDocument&) const = default;
};

/// Codec of store::SeriesOf.
struct RegistryCodec {
  static std::string Encode(const RegistryDocument& document);
  static Result<RegistryDocument> Decode(std::string_view body);
};

}  // namespace tarn::catalog

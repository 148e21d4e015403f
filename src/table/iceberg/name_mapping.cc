// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/name_mapping.h"

#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "codec/json.h"

namespace tarn::table::iceberg {
namespace {

using codec::OrderedJson;
using NamesById = std::map<int32_t, std::vector<std::string>>;

std::unexpected<Error> Corrupt(std::string why) {
  return Fail(ErrorCode::kCorrupt, "damaged Iceberg name mapping: " + std::move(why));
}

Result<std::vector<std::string>> NamesOf(const OrderedJson& json, std::set<std::string>& taken) {
  std::vector<std::string> names;
  const auto found = json.find("names");
  if (found == json.end() || !found->is_array()) return Corrupt("a field has no names");
  for (const OrderedJson& name : *found) {
    if (!name.is_string()) return Corrupt("a name is no text");
    names.push_back(name.get<std::string>());
    if (!taken.insert(names.back()).second) return Corrupt("a name stands for two fields: " + names.back());
  }
  return names;
}

Status Collect(const OrderedJson& fields, NamesById& names_by_id) {
  if (!fields.is_array()) return Corrupt("fields are no list");
  std::set<std::string> taken;
  for (const OrderedJson& field : fields) {
    if (!field.is_object()) return Corrupt("a field is no object");
    TARN_ASSIGN(auto names, NamesOf(field, taken));
    const auto id = field.find("field-id");  // absent: the names are of a column the table has no use for
    if (id != field.end()) {
      if (!id->is_number_unsigned() || id->get<uint64_t>() > std::numeric_limits<int32_t>::max()) {
        return Corrupt("a field id is no positive number");
      }
      if (!names_by_id.emplace(id->get<int32_t>(), std::move(names)).second) return Corrupt("a field id comes twice");
    }
    const auto inner = field.find("fields");
    if (inner != field.end()) TARN_TRY(Collect(*inner, names_by_id));
  }
  return {};
}

void Apply(const NamesById& names_by_id, std::vector<Field>& fields) {
  for (Field& field : fields) {
    const auto found = names_by_id.find(field.id);
    if (found != names_by_id.end()) field.stored_names = found->second;
    Apply(names_by_id, field.type.children);
  }
}

OrderedJson MappingOf(const std::vector<Field>& fields) {
  auto mapping = OrderedJson::array();
  for (const Field& field : fields) {
    OrderedJson entry{{"field-id", field.id}, {"names", OrderedJson::array({field.name})}};
    if (!field.type.children.empty()) entry["fields"] = MappingOf(field.type.children);
    mapping.push_back(std::move(entry));
  }
  return mapping;
}

}  // namespace

std::string EncodeNameMapping(const Schema& schema) { return codec::Dump(MappingOf(schema.fields)); }

Status ApplyNameMapping(std::string_view json, Schema& schema) {
  auto document = codec::ParseOrderedJson(json);
  if (!document) return Corrupt(document.error().message);
  NamesById names_by_id;
  TARN_TRY(Collect(*document, names_by_id));
  Apply(names_by_id, schema.fields);
  return {};
}

}  // namespace tarn::table::iceberg

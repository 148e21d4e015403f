// SPDX-License-Identifier: Apache-2.0
#include "api/dry_run.h"

#include <utility>

#include "api/answers.h"
#include "api/breaks.h"
#include "contract/record_checker.h"
#include "contract/row_decoder.h"
#include "silver/target_schema.h"
#include "table/type_shape.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

/// Records whose errors are listed; the rest is counted.
constexpr size_t kMaxListed = 100;

/// Looks at stored records as a contract would.
class Sample {
 public:
  explicit Sample(contract::EndpointPtr endpoint) : endpoint_(std::move(endpoint)), observer_(endpoint_) {}

  Status Add(const bronze::StoredRecord& record) {
    ++checked_;
    refused_before_ += record.disposition == "quarantined" ? 1 : 0;
    auto operation = contract::ReadOperation(record.operation).value_or(contract::Operation::kUpsert);
    const auto errors = record.is_object
                            ? contract::CheckRecord(record.payload, *endpoint_, operation)
                            : std::vector<contract::FieldError>{{"", "the record is no JSON object", "json_invalid"}};
    if (!errors.empty()) {
      if (refused_++ < kMaxListed) {
        listed_.push_back({{"offset", record.offset.ToString()}, {"errors", ErrorsJson(errors)}});
      }
      return {};
    }
    return operation == contract::Operation::kUpsert ? observer_.Observe(record.payload) : Status();
  }

  /// Fields without a column that would get one.
  std::vector<bronze::ObservedField> Fields() const {
    std::vector<bronze::ObservedField> fields;
    for (const auto& field : observer_.Unknown()) fields.push_back({field.name, field.type, field.long_integers});
    return fields;
  }

  OrderedJson Json() && {
    return {{"checked", checked_},
            {"valid", checked_ - refused_},
            {"quarantined", refused_},
            {"quarantined_before", refused_before_},
            {"errors", std::move(listed_)}};
  }

 private:
  const contract::EndpointPtr endpoint_;
  contract::FieldObserver observer_;
  uint64_t checked_ = 0;
  uint64_t refused_ = 0;
  uint64_t refused_before_ = 0;
  OrderedJson listed_ = OrderedJson::array();
};

Status ReadLast(Services& services, const contract::Contract& contract, uint64_t rows, Sample& sample) {
  TARN_ASSIGN(auto last, services.bronze.Last(contract.domain, contract.name, rows));
  bronze::StoredRecord record;
  for (auto& unit : last.units) {
    TARN_ASSIGN(const auto next, unit.open(bronze::Payloads::kText));
    for (;;) {
      TARN_ASSIGN(const bool more, next(record));
      if (!more) break;
      if (last.skip > 0) {
        --last.skip;
        continue;
      }
      TARN_TRY(sample.Add(record));
    }
  }
  return {};
}

/// The table the endpoint's records would go to; an empty snapshot when there is none yet.
Result<table::SnapshotPtr> LiveTable(Services& services, const contract::Contract& contract) {
  const auto last = services.registry.FindLast(contract.domain, contract.name);
  if (!last || last->contract().folder_generation != contract.folder_generation) {
    return std::make_shared<const table::Snapshot>();
  }
  TARN_ASSIGN(const auto table, services.silver.TableOf(contract.domain, contract.name));
  return table->Load();
}

/// The table's columns as they are against those it would have.
OrderedJson ColumnsJson(const table::Schema& before, const table::Schema& after) {
  auto added = OrderedJson::array();
  auto changed = OrderedJson::array();
  for (const auto& field : after.fields) {
    if (silver::IsMetadataColumn(field.name)) continue;
    const auto type = table::SqlTypeName(field.type);
    const auto known = before.IndexOf(field.name);
    if (!known) {
      added.push_back({{"name", field.name}, {"type", type}});
    } else if (!table::SameShape(before.fields[*known].type, field.type)) {
      changed.push_back({{"name", field.name}, {"from", table::SqlTypeName(before.fields[*known].type)}, {"to", type}});
    }
  }
  auto removed = OrderedJson::array();
  for (const auto& field : before.fields) {
    if (!after.IndexOf(field.name)) removed.push_back(field.name);
  }
  return {{"new", std::move(added)}, {"changed", std::move(changed)}, {"removed", std::move(removed)}};
}

}  // namespace

Result<OrderedJson> DryRun(Services& services, const contract::Registry::Planned& planned, uint64_t rows) {
  const auto& contract = planned.endpoint->contract();
  Sample sample(planned.endpoint);
  TARN_TRY(ReadLast(services, contract, rows, sample));
  TARN_ASSIGN(const auto live, LiveTable(services, contract));
  // What is rebuilt starts from an empty table.
  const auto base = planned.changes.empty() ? live : std::make_shared<const table::Snapshot>();
  const auto target = silver::PlanSchema(*base, contract, sample.Fields());
  auto changes = OrderedJson::array();
  for (const auto& change : planned.changes) {
    changes.push_back({{"column", change.column}, {"change", change.change}, {"reason", change.reason}});
  }
  const auto present = services.registry.Find(contract.domain, contract.name);
  return OrderedJson{{"dry_run", true},
                     {"id", contract.id()},
                     {"version", contract.version},
                     {"compatible", planned.changes.empty()},
                     {"changes", std::move(changes)},
                     {"breaks", present ? BreaksOf(services, present->contract(), contract) : OrderedJson::array()},
                     {"records", std::move(sample).Json()},
                     {"columns", ColumnsJson(live->schema, target.schema)}};
}

}  // namespace tarn::api

// SPDX-License-Identifier: Apache-2.0
// Request bodies against a contract with a column of every type.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "contract/record_checker.h"

namespace {

using namespace tarn::contract;

std::shared_ptr<const CompiledContract> EveryType() {
  constexpr std::array kWords{"string",
                              "integer",
                              "float",
                              "boolean",
                              "timestamp",
                              "date",
                              "json",
                              "array",
                              "decimal(12,3)",
                              "decimal",
                              "varchar",
                              "list<list<integer>>",
                              "struct<a:list<struct<b:string,c:json>>,some_name:date>"};
  Contract contract;
  contract.domain = "fuzz";
  contract.name = "records";
  for (const auto* word : kWords) {
    Column column;
    column.name = "c" + std::to_string(contract.columns.size());
    if (!ReadTypeWord(word, column)) std::abort();
    column.primary_key = contract.columns.empty();
    contract.columns.push_back(column);
  }
  auto compiled = CompiledContract::Compile(contract);
  if (!compiled) std::abort();
  return *compiled;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto contract = EveryType();
  static RecordChecker checker;
  if (size == 0) return 0;
  std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  body.resize(body.size() + RecordChecker::kPadding);
  CheckRequest request;
  request.shape = static_cast<BodyShape>(data[0] % 3);
  request.operation = (data[0] & 4) != 0 ? Operation::kDelete : Operation::kUpsert;
  (void)checker.Check(std::string_view(body).substr(0, size - 1), request, *contract, [&](const CheckedRecord& record) {
    const auto* begin = body.data();
    if (record.raw.data() < begin || record.raw.data() + record.raw.size() > begin + size - 1) std::abort();
  });
  return 0;
}

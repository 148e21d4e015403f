// SPDX-License-Identifier: Apache-2.0
// Members of CSV records say what their texts say, to whoever reads them.
#include "bronze/csv_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/result_matchers.h"
#include "contract/record_checker.h"
#include "contract/row_decoder.h"

namespace tarn::bronze {
namespace {

using contract::CheckedRecord;
using contract::Operation;
using table::TypeKind;
using ContractPtr = std::shared_ptr<const contract::CompiledContract>;
using testing::ElementsAre;

ContractPtr Orders() {
  contract::Contract contract;
  contract.domain = "sales";
  contract.name = "orders";
  for (const auto& [name, word] : std::vector<std::pair<std::string, std::string>>{{"id", "integer"},
                                                                                   {"unit_price", "double"},
                                                                                   {"amount", "decimal"},
                                                                                   {"paid", "boolean"},
                                                                                   {"at", "timestamp"},
                                                                                   {"day", "date"},
                                                                                   {"note", "string"}}) {
    contract::Column column;
    column.name = name;
    EXPECT_TRUE(contract::ReadTypeWord(word, column)) << word;
    contract.columns.push_back(column);
  }
  contract.columns.front().primary_key = true;
  auto compiled = contract::CompiledContract::Compile(std::move(contract));
  EXPECT_THAT(compiled, IsOk());
  return *compiled;
}

FileFormat Csv(std::vector<CsvColumn> columns) {
  FileFormat format;
  format.kind = FileKind::kCsv;
  format.csv = {',', '"', true};
  format.columns = std::move(columns);
  format.nulls = "NA";
  return format;
}

/// Exact keys, another spelling, a member that says what to do, a literal and fields without a column.
FileFormat Wide() {
  return Csv({{"id", CsvValue::kText},
              {"UnitPrice", CsvValue::kText},
              {"amount", CsvValue::kText},
              {"paid", CsvValue::kText},
              {"at", CsvValue::kText},
              {"day", CsvValue::kText},
              {"note", CsvValue::kText},
              {"_op", CsvValue::kText},
              {"lines", CsvValue::kLiteral},
              {"an \"odd\" name", CsvValue::kText},
              {"evolved", CsvValue::kText},
              {"payload", CsvValue::kText}});
}

std::string ShownValue(const table::ColumnView& column, size_t row) {
  if (!column.IsValid(row)) return "NULL";
  switch (column.type->kind) {
    case TypeKind::kBoolean:
      return column.At<uint8_t>(row) != 0 ? "true" : "false";
    case TypeKind::kDate:
      return std::to_string(column.At<int32_t>(row));
    case TypeKind::kInt64:
    case TypeKind::kTimestamp:
      return std::to_string(column.At<int64_t>(row));
    case TypeKind::kDouble:
      return std::to_string(column.At<double>(row));
    case TypeKind::kDecimal:
      return table::FormatDecimal(column.At<table::Int128>(row), column.type->scale);
    default:
      return "'" + std::string(column.At<std::string_view>(row)) + "'";
  }
}

std::string ShownCheck(const CheckedRecord& record) {
  std::string text = record.verdict == contract::Verdict::kValid ? "valid" : "invalid";
  text += " " + std::to_string(static_cast<int>(record.operation)) + (record.has_others ? " others" : "");
  if (record.errors == nullptr) return text;
  for (const auto& error : *record.errors) text += "; " + error.field + ": " + error.type;
  return text;
}

std::string ShownRow(const contract::DecodedRow& row, const table::BatchBuilder& builder) {
  std::string text;
  for (const auto& column : builder.View().columns) text += ShownValue(column, builder.rows() - 1) + "|";
  return text + std::string(row.rescued) + "|" + std::string(row.presence) + "|" + row.unfit;
}

/// Reads records both ways.
class BothWays {
 public:
  BothWays(ContractPtr endpoint, const FileFormat& format)
      : endpoint_(std::move(endpoint)),
        format_(format),
        object_(format_),
        decoder_(Plan()),
        builder_(Types()),
        by_members_(endpoint_),
        by_text_(endpoint_) {}

  void Read(const std::string& line) {
    const auto scan = codec::ScanCsvRecord(line, format_.csv, true, fields_);
    ASSERT_EQ(scan.outcome, codec::CsvOutcome::kRecord) << line;
    ASSERT_EQ(fields_.size(), format_.columns.size()) << line;
    object_.Take(line, fields_);
    ASSERT_TRUE(object_.knows_members());
    const auto text = object_.Text();
    EXPECT_EQ(ShownCheck(checker_.CheckMembers(object_.members(), request_, *endpoint_)), CheckText(text)) << text;
    const auto members = ShownRow(decoder_.AppendMembers(object_.members(), builder_, 0), builder_);
    ASSERT_OK_AND_ASSIGN(const auto row, decoder_.Append(text, builder_, 0));
    EXPECT_EQ(members, ShownRow(row, builder_)) << text;
    by_members_.ObserveMembers(object_.members());
    ASSERT_THAT(by_text_.Observe(text), IsOk());
  }

  /// What was observed so far, which is the same both ways.
  std::vector<std::string> Observed() const {
    std::vector<std::string> names;
    const auto members = by_members_.Unknown();
    const auto text = by_text_.Unknown();
    EXPECT_EQ(members.size(), text.size());
    for (size_t i = 0; i < std::min(members.size(), text.size()); ++i) {
      EXPECT_EQ(members[i].name, text[i].name);
      EXPECT_EQ(members[i].type, text[i].type);
      names.push_back(members[i].name);
    }
    return names;
  }

 private:
  contract::DecodePlan Plan() const {
    contract::DecodePlan plan;
    plan.contract = endpoint_;
    const auto& columns = endpoint_->contract().columns;
    for (size_t i = 0; i < columns.size(); ++i) {
      plan.columns.push_back({columns[i].name, contract::StorageType(columns[i]), static_cast<int>(i)});
    }
    plan.columns.push_back({"evolved", table::Scalar(TypeKind::kString)});
    plan.columns.push_back({"payload", table::Scalar(TypeKind::kJson)});
    plan.wants_presence = true;
    return plan;
  }

  std::vector<table::DataType> Types() const {
    std::vector<table::DataType> types;
    for (const auto& column : Plan().columns) types.push_back(column.type);
    return types;
  }

  std::string CheckText(std::string_view text) {
    std::string line(text);
    line += '\n';
    const auto size = line.size();
    line.append(contract::RecordChecker::kPadding, '\0');
    std::string shown;
    const auto failure = checker_.Check(std::string_view(line).substr(0, size), request_, *endpoint_,
                                        [&](const CheckedRecord& record) { shown = ShownCheck(record); });
    EXPECT_FALSE(failure) << text;
    return shown;
  }

  const ContractPtr endpoint_;
  const FileFormat format_;
  CsvObject object_;
  std::vector<codec::CsvField> fields_;
  contract::RecordChecker checker_;
  contract::CheckRequest request_{.shape = contract::BodyShape::kNdjson,
                                  .operation = Operation::kUpsert,
                                  .validate = true,
                                  .max_records = 100'000,
                                  .max_record_bytes = 8U << 20};
  contract::RowDecoder decoder_;
  table::BatchBuilder builder_;
  contract::FieldObserver by_members_;
  contract::FieldObserver by_text_;
};

TEST(CsvObjectTest, TheTextIsTheObject) {
  const auto format = Csv({{"a", CsvValue::kText}, {"b", CsvValue::kLiteral}, {"c", CsvValue::kJson}});
  CsvObject object(format);
  EXPECT_FALSE(object.knows_members());
  std::vector<codec::CsvField> fields;
  const auto text = [&](std::string_view line) {
    EXPECT_EQ(codec::ScanCsvRecord(line, format.csv, true, fields).outcome, codec::CsvOutcome::kRecord);
    object.Take(line, fields);
    return std::string(object.Text());
  };
  EXPECT_EQ(text("x,1,2"), R"({"a":"x","b":1,"c":2})");
  EXPECT_EQ(text("NA,,\"NA\""), R"({"a":null,"b":null,"c":"NA"})");
  EXPECT_EQ(text("\"a \"\"b\"\"\",01,\"{\"\"x\"\":\n[1]}\""), R"({"a":"a \"b\"","b":"01","c":{"x": [1]}})");
  EXPECT_EQ(text("\"\",true,tr\\ue"), R"({"a":"","b":true,"c":"tr\\ue"})");
}

TEST(CsvObjectTest, MembersSayWhatTheTextSays) {
  BothWays both(Orders(), Wide());
  both.Read("1,2.5,3.25,true,2026-01-02T03:04:05Z,2026-01-02,a note,upsert,7,odd,text,{}");
  both.Read("1,,,,,,,,,,,");
  both.Read("NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA");
  both.Read("x,x,x,x,x,x,x,x,x,x,x,x");
  both.Read("+1,-.5,1e2,YES,2026-01-02 03:04:05.5+02:00,2026-01-02,\"a \"\"b\"\"\nc\",DELETE,1.5,\"\",1,\"\"\"q\"\"\"");
  both.Read("1_000,1.,1e400,no,2026-13-01,2026-01-02T01:00:00,\\back\tslash\x01,delete,true,\"NA\",false,null");
  both.Read("9223372036854775808,-1e-400,nan,2,,,\xC3\xA4\xE2\x82\xAC,truncate,9223372036854775808,-0,0x1,[1]");
  both.Read(" 12 , 1.5 ,\"1,5\",on,,,,unknown word,-0.5e3,,,");
  EXPECT_THAT(both.Observed(), ElementsAre("lines", "evolved", "payload"));
}

TEST(CsvObjectTest, MembersSayWhatTheTextSaysAtRandom) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 dice(seed);
  const std::vector<std::string> pieces{"",     "NA",   "1",        "-", ".5", "e3",   "true", "false",
                                        "\"\"", "\\",   "\n",       " ", "x",  "2026", "-",    "01",
                                        "T0:0", "\x7F", "\xC3\xA4", ",", "{",  "\x1F", "_"};
  BothWays both(Orders(), Wide());
  for (int round = 0; round < 2000; ++round) {
    std::string line;
    for (size_t column = 0; column < Wide().columns.size(); ++column) {
      std::string value;
      for (auto left = dice() % 4; left > 0; --left) value += pieces[dice() % pieces.size()];
      const bool quoted = value.find_first_of(",\n\"") != std::string::npos || dice() % 3 == 0;
      line += column == 0 ? "" : ",";
      line += quoted ? '"' + value + '"' : value;
    }
    both.Read(line);
    if (testing::Test::HasFailure()) break;
  }
  both.Observed();
}

TEST(CsvObjectTest, ContractsThatNeedTheTextSaySo) {
  contract::Contract contract;
  contract.domain = "sales";
  contract.name = "orders";
  contract.mode = contract::Mode::kSingleColumn;
  ASSERT_OK_AND_ASSIGN(const auto whole, contract::CompiledContract::Compile(contract));
  EXPECT_FALSE(contract::RecordChecker::TakesMembers(*whole));
  EXPECT_TRUE(contract::RecordChecker::TakesMembers(*Orders()));
}

}  // namespace
}  // namespace tarn::bronze

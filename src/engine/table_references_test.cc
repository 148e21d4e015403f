// SPDX-License-Identifier: Apache-2.0
#include "engine/table_references.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::engine {
namespace {

using testing::HasSubstr;

TableReference At(size_t offset, std::string table = "c") {
  TableReference reference;
  reference.name = {"a", "b", std::move(table)};
  reference.offset = offset;
  return reference;
}

Result<std::string> Name(const TableReference& reference) { return "<" + reference.name.table + ">"; }

TEST(TableReferencesTest, EveryNameIsReplacedAndAllElseStays) {
  const std::string sql = "SELECT 'a.b.c', /* a.b.c */ x FROM a.b.c AS y, a.b.d -- a.b.c";
  const std::vector<TableReference> references{At(sql.find("a.b.c AS")), At(sql.find("a.b.d"), "d")};
  ASSERT_OK_AND_ASSIGN(const auto text, ReplaceReferences(sql, references, Name));
  EXPECT_EQ(text, "SELECT 'a.b.c', /* a.b.c */ x FROM <c> AS y, <d> -- a.b.c");
}

TEST(TableReferencesTest, NamesMayBeQuotedSpacedAndCommented) {
  for (const std::string name : {"a.b.c", "A.B.C", "\"a\".\"b\".\"c\"", "a . b . c", "a.\n\tb\n.c",
                                 "a/* x /* y */ . */.b.c", "a -- it's\n.b.c", "\"A\".b.\"C\""}) {
    EXPECT_EQ(ReferenceLength(name, At(0)).value_or(0), name.size()) << name;
    EXPECT_EQ(ReferenceLength(name + " x", At(0)).value_or(0), name.size()) << name;
    EXPECT_EQ(ReferenceLength(name + ")", At(0)).value_or(0), name.size()) << name;
  }
  EXPECT_EQ(ReferenceLength("a.b.\"x.\"\"y\" z", At(0, "x.\"y")).value_or(0), 11U);
}

TEST(TableReferencesTest, APlaceWithAnotherNameIsRefusedAndNotReplaced) {
  for (const std::string sql :
       {"", "a", "a.b", "a.b.", "a.b.cc", "a.b.\"c", "x.b.c", "a.b c", "'a'.b.c", "a.b.d", "(a.b.c"}) {
    EXPECT_THAT(ReferenceLength(sql, At(0)), ErrorIs(ErrorCode::kInvalidArgument)) << sql;
  }
  EXPECT_THAT(ReferenceLength("a.b.c", At(SIZE_MAX)), ErrorIs(ErrorCode::kInvalidArgument));
  const std::vector<TableReference> references{At(1)};
  const auto text = ReplaceReferences("FROM a.b.c", references, Name);
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message, HasSubstr("a.b.c"));
}

TEST(TableReferencesTest, ErrorsOfTheReplacementComeOut) {
  const std::vector<TableReference> references{At(5)};
  const auto refuse = [](const TableReference&) -> Result<std::string> { return Fail(ErrorCode::kNotFound, "gone"); };
  EXPECT_THAT(ReplaceReferences("FROM a.b.c", references, refuse), ErrorIs(ErrorCode::kNotFound));
}

}  // namespace
}  // namespace tarn::engine

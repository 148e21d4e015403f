// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/reference_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::engine {
namespace {

/// Every mention as "[table]", with a mark of an alias and of time travel.
std::string Marked(const std::string& sql) {
  const auto references = ReferenceFinder().References(sql);
  if (!references) return references.error().message;
  const auto marked = ReplaceReferences(sql, *references, [](const TableReference& one) -> Result<std::string> {
    return "[" + one.name.ToString() + (one.has_alias ? "+" : "") + (one.time_travels ? "@" : "") + "]";
  });
  return marked ? *marked : marked.error().message;
}

TEST(ReferenceFinderTest, NamesAreFoundWhereTheParserSeesThem) {
  EXPECT_EQ(Marked("SELECT * FROM a.b.c"), "SELECT * FROM [a.b.c]");
  EXPECT_EQ(Marked("SELECT 'a.b.c' AS \"a.b.c\" FROM \"A\" . b /* a.b.x */ .\"C c\" AS q -- a.b.c"),
            "SELECT 'a.b.c' AS \"a.b.c\" FROM [a.b.c c+] AS q -- a.b.c");
  EXPECT_EQ(Marked("SELECT (SELECT max(i) FROM a.b.c) FROM a.b.d t(x, y), LATERAL (SELECT * FROM ü.b.e)"),
            "SELECT (SELECT max(i) FROM [a.b.c]) FROM [a.b.d+] t(x, y), LATERAL (SELECT * FROM [ü.b.e])");
  EXPECT_EQ(
      Marked("WITH c AS (SELECT * FROM a.b.c) SELECT * FROM c JOIN a.b.c USING (i) UNION ALL SELECT * FROM a.b.c z"),
      "WITH c AS (SELECT * FROM [a.b.c]) SELECT * FROM c JOIN [a.b.c] USING (i) UNION ALL SELECT * FROM [a.b.c+] z");
  EXPECT_EQ(
      Marked("SELECT * FROM a.b.c WHERE i IN (SELECT i FROM a.b.d) AND EXISTS (SELECT 1 FROM a.b.e e WHERE e.i = c.i)"),
      "SELECT * FROM [a.b.c] WHERE i IN (SELECT i FROM [a.b.d]) AND EXISTS (SELECT 1 FROM [a.b.e+] e WHERE e.i = c.i)");
}

TEST(ReferenceFinderTest, TimeTravelAndSchemasOfTheEngineAreSeen) {
  EXPECT_EQ(Marked("FROM a.b.c AT (VERSION => 3)"), "FROM [a.b.c@] AT (VERSION => 3)");
  EXPECT_EQ(Marked("FROM a.information_schema.tables"), "FROM [a.information_schema.tables]");
  EXPECT_EQ(Marked("FROM a.b.c JOIN (SELECT 1 AS i) ON true"), "FROM [a.b.c] JOIN (SELECT 1 AS i) ON true");
}

TEST(ReferenceFinderTest, WhatHasNoPlaceIsRefused) {
  EXPECT_THAT(Marked("SELECT * FROM\u00a0a.b.c"), testing::HasSubstr("was not found"));
  EXPECT_THAT(Marked("DROP TABLE a.b.c"), testing::HasSubstr("Only SELECT"));
}

}  // namespace
}  // namespace tarn::engine

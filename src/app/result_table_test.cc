// SPDX-License-Identifier: Apache-2.0
#include "app/result_table.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::app {
namespace {

using testing::ElementsAre;
using testing::Optional;

constexpr std::string_view kAnswer =
    R"json({"columns":[{"name":"n","type":"DECIMAL(38,9)"},{"name":"t","type":"VARCHAR"},{"name":"j","type":"JSON"}],)json"
    R"("data":[{"n":12345678901234567890.123456789,"t":"田中\n","j":{"a":[1,{"b":null},"x"],"c":1.50}},)"
    R"({"n":-1,"t":null,"j":[]}],"row_count":2,"truncated":true,"max_rows":2})";

TEST(ResultTableTest, CellsKeepTheirText) {
  ASSERT_OK_AND_ASSIGN(const auto table, ReadResultTable(kAnswer));
  ASSERT_EQ(table.columns.size(), 3U);
  EXPECT_EQ(table.columns[0].type, "DECIMAL(38,9)");
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_THAT(table.rows[0],
              ElementsAre(Optional(std::string("12345678901234567890.123456789")), Optional(std::string("田中\n")),
                          Optional(std::string(R"({"a":[1,{"b":null},"x"],"c":1.50})"))));
  EXPECT_THAT(table.rows[1], ElementsAre(Optional(std::string("-1")), std::nullopt, Optional(std::string("[]"))));
  EXPECT_TRUE(table.truncated);
}

TEST(ResultTableTest, OtherTextsAreRefused) {
  for (const auto* text : {"", "{", R"({"columns":[],"data":[{"a":1}]})", "not json"}) {
    EXPECT_THAT(ReadResultTable(text), ErrorIs(ErrorCode::kCorrupt)) << text;
  }
}

TEST(ResultTableTest, ColumnsAlignWhateverTheScript) {
  ASSERT_OK_AND_ASSIGN(const auto table, ReadResultTable(kAnswer));
  TableStyle style;
  style.max_cell_columns = 30;
  EXPECT_EQ(FormatTable(table, style),
            "                             n  t       j\n"
            "──────────────────────────────  ──────  ──────────────────────────────\n"
            "12345678901234567890.123456789  田中\\n  {\"a\":[1,{\"b\":null},\"x\"],\"c\":1…\n"
            "                            -1  NULL    []\n");
}

TEST(ResultTableTest, WidthIsWhatATerminalShows) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("é"), 1U);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1U);
  EXPECT_EQ(DisplayWidth("田中"), 4U);
  EXPECT_EQ(DisplayWidth("\xFF"), 1U);
}

TEST(ResultTableTest, ControlCharactersCannotReachTheTerminal) {
  ASSERT_OK_AND_ASSIGN(
      const auto table,
      ReadResultTable(R"({"columns":[{"name":"t","type":"VARCHAR"}],"data":[{"t":"\u001b[31mred\u0007"}]})"));
  const auto text = FormatTable(table, {});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("\\x1b[31mred\\x07"), std::string::npos);
}

}  // namespace
}  // namespace tarn::app

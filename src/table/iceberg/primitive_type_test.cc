// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/primitive_type.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::table::iceberg {
namespace {

TEST(PrimitiveType, EveryNameReadsBackAsItself) {
  for (const char* name :
       {"boolean", "int", "long", "float", "double", "decimal(9, 2)", "date", "time", "timestamp", "timestamptz",
        "timestamp_ns", "timestamptz_ns", "string", "uuid", "fixed[16]", "binary", "unknown"}) {
    ASSERT_OK_AND_ASSIGN(const PrimitiveType type, ParsePrimitiveType(name));
    EXPECT_EQ(PrimitiveTypeName(type), name);
  }
}

TEST(PrimitiveType, DecimalsAndFixedReadWithAndWithoutBlanks) {
  ASSERT_OK_AND_ASSIGN(const PrimitiveType decimal, ParsePrimitiveType("decimal(38,10)"));
  EXPECT_EQ(decimal.precision, 38);
  EXPECT_EQ(decimal.scale, 10);
  EXPECT_EQ(ParsePrimitiveType("decimal( 38 , 10 )").value(), decimal);
}

TEST(PrimitiveType, OtherTextsAreRefused) {
  for (const char* text :
       {"", "Long", "varchar", "decimal", "decimal(39,2)", "decimal(5,6)", "decimal(5,2", "decimal(5,2)x",
        "decimal(-1,0)", "fixed[]", "fixed[-1]", "fixed[99999999999]", "geometry", "list"}) {
    EXPECT_THAT(ParsePrimitiveType(text), ErrorIs(ErrorCode::kUnsupported)) << text;
  }
}

TEST(PrimitiveType, ScalarColumnsGoThereAndBack) {
  for (const DataType& type :
       {Scalar(TypeKind::kBoolean), Scalar(TypeKind::kInt32), Scalar(TypeKind::kInt64), Scalar(TypeKind::kFloat),
        Scalar(TypeKind::kDouble), Decimal(9, 2), Scalar(TypeKind::kDate), Scalar(TypeKind::kTimestamp),
        Scalar(TypeKind::kTimestampNaive), Scalar(TypeKind::kString), Scalar(TypeKind::kBinary)}) {
    const auto primitive = PrimitiveTypeOf(type);
    ASSERT_TRUE(primitive) << SqlTypeName(type);
    EXPECT_EQ(DataTypeOf(*primitive), type) << SqlTypeName(type);
  }
  EXPECT_EQ(PrimitiveTypeName(*PrimitiveTypeOf(Scalar(TypeKind::kJson))), "string");
  EXPECT_FALSE(PrimitiveTypeOf(Scalar(TypeKind::kStruct)));
  EXPECT_FALSE(DataTypeOf(ParsePrimitiveType("uuid").value()));
}

}  // namespace
}  // namespace tarn::table::iceberg

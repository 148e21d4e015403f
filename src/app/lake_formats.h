// SPDX-License-Identifier: Apache-2.0
#pragma once
// The table formats this program knows, over one lake's store: the only place that names them. Thread-safe.

#include "app/version.h"
#include "engine/duckdb/parquet_codec.h"
#include "lake/table_formats.h"
#include "store/object_store.h"
#include "table/delta/delta_format.h"
#include "table/iceberg/iceberg_format.h"

namespace tarn::app {

class LakeFormats {
 public:
  /// All of them outlive this object.
  LakeFormats(const store::ObjectStore& store, Clock& clock, Randomness& randomness, const table::RetentionRule& keep)
      : delta_({.engine_info = "tarn/" + std::string(kVersion), .parquet = &parquet_}),
        iceberg_({.writer_version = std::string(kVersion),
                  .root_of = [&store](std::string_view location) { return store.root_of(location); },
                  .parquet = &parquet_,
                  .keep = keep}),
        mirrors_({clock, randomness, &parquet_, {&delta_, &iceberg_}}) {}

  lake::TableFormats& formats() { return formats_; }
  lake::Mirrors& mirrors() { return mirrors_; }
  table::ParquetCodec& parquet() { return parquet_; }

 private:
  engine::DuckDbParquetCodec parquet_;
  table::delta::DeltaFormat delta_;
  table::iceberg::IcebergFormat iceberg_;
  lake::Mirrors mirrors_;
  lake::TableFormats formats_{{&delta_, &iceberg_}, &mirrors_};
};

}  // namespace tarn::app

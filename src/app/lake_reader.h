// SPDX-License-Identifier: Apache-2.0
#pragma once
// A lake opened to be read by a verb, beside whoever serves it: no seat, no log, no tail, nothing written but the
// engine's spill directory (lake.md §8). The counterpart of LakeNode. Thread-compatible; its parts are thread-safe.

#include <memory>
#include <string>

#include "app/config.h"
#include "base/metrics.h"
#include "bronze/bronze.h"
#include "engine/query_engine.h"
#include "gold/jobs.h"
#include "lake/open_tables.h"

namespace tarn::app {

class LakeReader {
 public:
  /// kNotFound when the directory holds no lake (nothing is created). Of the configuration it takes the lake and the
  /// engine's settings.
  static Result<std::unique_ptr<LakeReader>> Open(const Config& config);
  ~LakeReader();
  LakeReader(const LakeReader&) = delete;
  LakeReader& operator=(const LakeReader&) = delete;

  store::ObjectStore& store();
  store::Disk& disk();
  Clock& clock();
  engine::ParquetFiles& parquet_files();
  engine::QueryEngine& engine();
  lake::OpenTables& tables();
  contract::Registry& registry();
  gold::Jobs& jobs();
  MetricRegistry& metrics();

 private:
  struct Parts;
  explicit LakeReader(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tarn::app

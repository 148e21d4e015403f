// SPDX-License-Identifier: Apache-2.0
#pragma once
// Builders and golden files for tests of manifests. For *_test.cc files only.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "table/iceberg/manifest_avro.h"

namespace tarn::table::iceberg {

inline constexpr int64_t kSnapshot = 3051729675574597004;
inline constexpr codec::AvroSyncMarker kSync{'t', 'a', 'r', 'n', ' ', 's', 'y', 'n',
                                             'c', ' ', 'm', 'a', 'r', 'k', 'e', 'r'};

inline std::string ReadGolden(const std::string& name) {
  std::ifstream file(std::string(TARN_TEST_DATA) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Compares with the golden file; what was written instead is kept where the message says.
inline void ExpectGolden(const std::string& bytes, const std::string& name) {
  if (bytes == ReadGolden(name)) return;
  const std::string place = testing::TempDir() + name;
  std::ofstream(place, std::ios::binary) << bytes;
  ADD_FAILURE() << name << " is another now; the new one is " << place;
}

inline PartitionColumn ColumnOf(int32_t field_id, std::string name, std::string_view type) {
  return {.field_id = field_id, .name = std::move(name), .type = ParsePrimitiveType(type).value()};
}

inline ManifestFile RowOf(std::string path, int64_t sequence = 9) {
  ManifestFile manifest;
  manifest.path = std::move(path);
  manifest.sequence = sequence;
  manifest.added_snapshot_id = kSnapshot;
  return manifest;
}

inline ContentFile FileOf(const std::string& name, int64_t rows) {
  ContentFile file;
  file.path = "s3://bucket/t/data/" + name;
  file.record_count = rows;
  file.size_bytes = rows * 10;
  return file;
}

inline Result<std::vector<ManifestEntry>> EntriesOf(std::string_view bytes, const ManifestFile& manifest,
                                                    ManifestReader::Options options = {}) {
  TARN_ASSIGN(auto reader, ManifestReader::Open(bytes, manifest, options));
  std::vector<ManifestEntry> entries;
  ManifestEntry entry;
  while (true) {
    TARN_ASSIGN(const bool more, reader.Next(entry));
    if (!more) return entries;
    entries.push_back(entry);
  }
}

}  // namespace tarn::table::iceberg

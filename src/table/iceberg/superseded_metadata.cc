// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/superseded_metadata.h"

#include <unordered_set>

#include "table/iceberg/history.h"
#include "table/iceberg/metadata_names.h"

namespace tarn::table::iceberg {
namespace {

/// Numbers that are named without a look: commits without a snapshot stand between two snapshots, too.
constexpr int64_t kMostUnlooked = 16;
/// Numbers that share all digits but the last three are listed at once.
constexpr int64_t kBlock = 1'000;

/// Adds the numbers in [from, to) whose objects are there.
Status AddPresent(store::ObjectStore& store, const std::string& location, int64_t from, int64_t to,
                  std::vector<int64_t>& numbers) {
  const auto folder = location + "/" + std::string(kMetadataFolder);
  for (int64_t block = from / kBlock; block * kBlock < to; ++block) {
    const auto prefix = folder + "v" + (block == 0 ? "" : std::to_string(block));
    TARN_ASSIGN(const auto objects, store.List(prefix));
    for (const auto& object : objects) {
      const auto name = ParseMetadataFileName(std::string_view(object.key).substr(folder.size()));
      const bool is_of_block = name && name->of_series && name->version / kBlock == block;
      if (is_of_block && name->version >= from && name->version < to) numbers.push_back(name->version);
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> SupersededMetadata(store::ObjectStore& store, const std::string& location,
                                                    const Snapshot& newest, const std::set<int64_t>& leaving) {
  const IcebergState& state = StateOf(newest);
  const auto snapshots = SnapshotsInOrder(*state.metadata);
  std::unordered_set<std::string> logged;
  for (const MetadataLogEntry& entry : state.metadata->metadata_log) {
    logged.insert(entry.metadata_file.substr(entry.metadata_file.rfind('/') + 1));
  }
  std::vector<int64_t> numbers;
  int64_t next = newest.version;
  for (size_t i = snapshots.size(); i-- > 0;) {
    const auto version = VersionOf(*snapshots[i]);
    if (!version || *version >= next) continue;
    const bool is_first = i == 0 && !snapshots[i]->parent_id;
    const int64_t from = is_first ? kFirstVersion : *version;
    if (leaving.contains(snapshots[i]->snapshot_id)) {
      if (next - from > kMostUnlooked) {
        TARN_TRY(AddPresent(store, location, from, next, numbers));
      } else {
        for (int64_t number = from; number < next; ++number) numbers.push_back(number);
      }
    }
    next = *version;
  }
  std::vector<std::string> names;
  for (const int64_t number : numbers) {
    std::string name = MetadataName(number);
    if (!logged.contains(name.substr(kMetadataFolder.size()))) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace tarn::table::iceberg

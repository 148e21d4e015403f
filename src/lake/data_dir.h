// SPDX-License-Identifier: Apache-2.0
#pragma once
// The small files of a node's data directory: who it belongs to and which incarnations it has begun (durability.md
// §2.1, docs/formats/data-dir.md). Plain values and their durable files; the caller holds the directory's lock.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/disk.h"

namespace tarn::lake {

/// What a data directory says about itself.
struct NodeIdentity {
  std::string lake_id;
  std::string node_id;
};

/// Reads `{data_dir}/node.json`; kNotFound in a directory no node has used.
Result<NodeIdentity> ReadNodeIdentity(store::Disk& disk, const std::string& data_dir);
/// Durable on return.
Status WriteNodeIdentity(store::Disk& disk, const std::string& data_dir, const NodeIdentity& identity);

/// An incarnation this directory is about to put, or has put.
struct IncarnationIntent {
  uint64_t number = 0;
  std::string random_id;
};

struct IncarnationJournal {
  std::vector<uint64_t> previous;          ///< confirmed earlier incarnations, ascending
  std::vector<IncarnationIntent> intents;  ///< from the newest confirmed one on
};

/// Empty when the file is absent.
Result<IncarnationJournal> ReadIncarnations(store::Disk& disk, const std::string& data_dir);
/// Durable on return.
Status WriteIncarnations(store::Disk& disk, const std::string& data_dir, const IncarnationJournal& journal);

/// One incarnation of one node, as `_control/nodes/{n}` holds it.
struct NodeEntry {
  std::string node_id;
  std::string random_id;
  Timestamp started_at;
};
std::string EncodeNodeEntry(const NodeEntry& entry);
Result<NodeEntry> DecodeNodeEntry(std::string_view text);

}  // namespace tarn::lake

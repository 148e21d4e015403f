// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names of a simulated disk: directories as the process sees them and as the medium is known to hold them. A crash
// decides each change of a name that no directory sync covered by itself; a rename is one change. A directory whose own
// name is lost is lost with all below it. Thread-compatible; owned by SimulatedDisk, which locks.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "store/faulty/simulated_content.h"

namespace tarn::store {

struct SimulatedNode;
using SimulatedNodePtr = std::shared_ptr<SimulatedNode>;
using SimulatedNames = std::map<std::string, SimulatedNodePtr, std::less<>>;

/// One step that is durable whole or not at all.
struct NameChange {
  struct Edit {
    std::weak_ptr<SimulatedNode> directory;
    std::string name;
    SimulatedNodePtr node;  ///< null = the name goes away
  };
  std::vector<Edit> edits;
  bool doomed = false;   ///< a failed sync covered it: no later one makes it durable
  bool settled = false;  ///< durable, or lost in a crash
};

struct SimulatedNode {
  bool is_directory = false;
  Timestamp modified;
  std::weak_ptr<void> lock;

  SimulatedContent content;  ///< of a file

  SimulatedNames visible;  ///< of a directory, as are the rest
  SimulatedNames durable;
  std::vector<std::shared_ptr<NameChange>> unsynced;
};

class SimulatedTree {
 public:
  SimulatedTree();

  /// A directory and the last name of a path in it.
  struct Place {
    SimulatedNodePtr directory;
    std::string name;
  };

  /// kNotFound when the directory is absent.
  Result<Place> Locate(const std::string& path) const;
  /// kNotFound when absent.
  Result<SimulatedNodePtr> Find(const std::string& path) const;

  SimulatedNodePtr NewNode(bool is_directory, Timestamp modified);

  /// Visible at once, durable after SyncDirectory.
  void Set(const Place& place, SimulatedNodePtr node);
  void Move(const Place& from, const Place& to);

  void SyncDirectory(SimulatedNode& directory);
  /// What the failed sync covered looks clean from now on.
  void FailSyncDirectory(SimulatedNode& directory);

  /// Forgets at random what was not synced: names first, then bytes.
  void Crash(Randomness& randomness);

 private:
  void Record(NameChange change);

  std::vector<std::weak_ptr<SimulatedNode>> nodes_;  ///< in order of creation
  SimulatedNodePtr root_;                            ///< made by NewNode, which needs nodes_
};

/// Takes the next segment off the front of `path`, skipping empty ones and "."; empty at the end.
std::string_view TakeSegment(std::string_view& path);

}  // namespace tarn::store

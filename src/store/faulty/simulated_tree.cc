// SPDX-License-Identifier: Apache-2.0
#include "store/faulty/simulated_tree.h"

#include <algorithm>

namespace tarn::store {
namespace {

void Apply(SimulatedNames& names, const std::string& name, const SimulatedNodePtr& node) {
  if (node) {
    names[name] = node;
  } else {
    names.erase(name);
  }
}

void MakeDurable(NameChange& change) {
  change.settled = true;
  for (const auto& edit : change.edits) {
    if (const auto directory = edit.directory.lock()) Apply(directory->durable, edit.name, edit.node);
  }
}

/// After a newer change of a name is durable, a doomed older one can no longer come back.
void SettleDoomed(const SimulatedNode& directory, std::string_view name) {
  for (const auto& change : directory.unsynced) {
    const bool names_it = std::ranges::any_of(change->edits, [&](const auto& edit) {
      return edit.name == name && edit.directory.lock().get() == &directory;
    });
    if (change->doomed && names_it) change->settled = true;
  }
}

void DropSettled(SimulatedNode& directory) {
  std::erase_if(directory.unsynced, [](const auto& change) { return change->settled; });
}

}  // namespace

std::string_view TakeSegment(std::string_view& path) {
  while (!path.empty()) {
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
    if (!segment.empty() && segment != ".") return segment;
  }
  return {};
}

SimulatedTree::SimulatedTree() : root_(NewNode(true, Timestamp{})) {}

SimulatedNodePtr SimulatedTree::NewNode(bool is_directory, Timestamp modified) {
  auto node = std::make_shared<SimulatedNode>();
  node->is_directory = is_directory;
  node->modified = modified;
  nodes_.push_back(node);
  return node;
}

Result<SimulatedTree::Place> SimulatedTree::Locate(const std::string& path) const {
  std::string_view rest = path;
  auto directory = root_;
  auto name = TakeSegment(rest);
  if (name.empty()) return Fail(ErrorCode::kInvalidArgument, "the root has no name");
  for (auto next = TakeSegment(rest); !next.empty(); next = TakeSegment(rest)) {
    const auto found = directory->visible.find(name);
    if (found == directory->visible.end() || !found->second->is_directory) {
      return Fail(ErrorCode::kNotFound, "no such directory: " + path);
    }
    directory = found->second;
    name = next;
  }
  return Place{std::move(directory), std::string(name)};
}

Result<SimulatedNodePtr> SimulatedTree::Find(const std::string& path) const {
  std::string_view rest = path;
  const auto* node = &root_;
  for (auto name = TakeSegment(rest); !name.empty(); name = TakeSegment(rest)) {
    const auto found = (*node)->visible.find(name);
    if (found == (*node)->visible.end()) return Fail(ErrorCode::kNotFound, "no such file or directory: " + path);
    node = &found->second;
  }
  return *node;
}

void SimulatedTree::Record(NameChange change) {
  const auto shared = std::make_shared<NameChange>(std::move(change));
  SimulatedNodePtr last;
  for (const auto& edit : shared->edits) {
    const auto directory = edit.directory.lock();
    Apply(directory->visible, edit.name, edit.node);
    if (directory != last) directory->unsynced.push_back(shared);
    last = directory;
  }
}

void SimulatedTree::Set(const Place& place, SimulatedNodePtr node) {
  NameChange change;
  change.edits.push_back({place.directory, place.name, std::move(node)});
  Record(std::move(change));
}

void SimulatedTree::Move(const Place& from, const Place& to) {
  NameChange change;
  change.edits.push_back({from.directory, from.name, nullptr});
  change.edits.push_back({to.directory, to.name, from.directory->visible.at(from.name)});
  Record(std::move(change));
}

void SimulatedTree::SyncDirectory(SimulatedNode& directory) {
  for (const auto& change : directory.unsynced) {
    if (change->doomed || change->settled) continue;
    MakeDurable(*change);
    for (const auto& edit : change->edits) SettleDoomed(directory, edit.name);
  }
  DropSettled(directory);
}

void SimulatedTree::FailSyncDirectory(SimulatedNode& directory) {
  for (const auto& change : directory.unsynced) change->doomed = true;
}

void SimulatedTree::Crash(Randomness& randomness) {
  std::erase_if(nodes_, [](const auto& node) { return node.expired(); });
  for (const auto& weak : nodes_) {
    const auto node = weak.lock();
    if (!node || !node->is_directory) continue;
    const auto mood = randomness.Next() % 4;  // 0 keeps all, 1 loses all, else each change by itself
    for (const auto& change : node->unsynced) {
      if (change->settled) continue;
      const bool kept = mood == 0 || (mood > 1 && randomness.Next() % 2 == 0);
      if (kept) MakeDurable(*change);
      change->settled = true;
    }
  }
  for (const auto& weak : nodes_) {
    const auto node = weak.lock();
    if (!node) continue;
    node->unsynced.clear();
    node->visible = node->durable;
    node->lock.reset();
    if (!node->is_directory) node->content.Crash(randomness);
  }
}

}  // namespace tarn::store

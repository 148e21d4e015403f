// SPDX-License-Identifier: Apache-2.0
#include "store/faulty/simulated_disk.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace tarn::store {
namespace {

bool ChangesDisk(DiskOperation operation) {
  switch (operation) {
    case DiskOperation::kOpen:
    case DiskOperation::kRead:
    case DiskOperation::kList:
    case DiskOperation::kLock:
      return false;
    default:
      return true;
  }
}

std::unexpected<Error> Gone() { return Fail(ErrorCode::kUnavailable, "the disk is gone"); }

class SimulatedLock final : public DiskLock {
 public:
  explicit SimulatedLock(std::shared_ptr<void> held) : held_(std::move(held)) {}

 private:
  const std::shared_ptr<void> held_;
};

}  // namespace

class SimulatedFile final : public DiskFile {
 public:
  struct Opened {
    std::string path;
    bool writable = false;
    uint64_t generation = 0;
  };

  SimulatedFile(SimulatedDisk& disk, SimulatedNodePtr node, Opened opened)
      : disk_(disk), node_(std::move(node)), opened_(std::move(opened)) {}

  Status WriteAt(uint64_t offset, std::string_view data) override {
    return Change(DiskOperation::kWrite, [&](DiskEffect effect) {
      if (effect == DiskEffect::kNothing) return;
      node_->content.Write(offset, effect == DiskEffect::kHalf ? data.substr(0, data.size() / 2) : data);
      node_->modified = disk_.Tick();
    });
  }

  Result<size_t> ReadAt(uint64_t offset, std::span<char> out) const override {
    size_t got = 0;
    const std::lock_guard lock(disk_.mutex_);
    if (opened_.generation != disk_.generation_) return Gone();
    TARN_TRY(disk_.Perform(DiskOperation::kRead, opened_.path, [&](DiskEffect) -> Status {
      const auto bytes = node_->content.bytes();
      if (offset < bytes.size()) got = bytes.copy(out.data(), out.size(), offset);
      return {};
    }));
    return got;
  }

  Status Sync() override {
    return Change(DiskOperation::kSync, [&](DiskEffect effect) {
      if (effect == DiskEffect::kWhole) {
        node_->content.Sync();
      } else {
        node_->content.FailSync();
      }
    });
  }

  Status Preallocate(uint64_t size_bytes) override {
    return Change(DiskOperation::kPreallocate, [&](DiskEffect effect) {
      if (effect != DiskEffect::kNothing) {
        node_->content.Preallocate(effect == DiskEffect::kHalf ? size_bytes / 2 : size_bytes);
      }
    });
  }

  Status Truncate(uint64_t size_bytes) override {
    return Change(DiskOperation::kTruncate, [&](DiskEffect effect) {
      if (effect == DiskEffect::kWhole) node_->content.Truncate(size_bytes);
    });
  }

  Result<uint64_t> Size() const override {
    const std::lock_guard lock(disk_.mutex_);
    if (disk_.gone_ || opened_.generation != disk_.generation_) return Gone();
    return node_->content.bytes().size();
  }

 private:
  template <class Apply>
  Status Change(DiskOperation operation, Apply apply) {
    const std::lock_guard lock(disk_.mutex_);
    if (opened_.generation != disk_.generation_) return Gone();
    if (!opened_.writable && operation != DiskOperation::kSync) {
      return Fail(ErrorCode::kFailedPrecondition, "the file is open for reading only: " + opened_.path);
    }
    return disk_.Perform(operation, opened_.path, [&](DiskEffect effect) -> Status {
      apply(effect);
      return {};
    });
  }

  SimulatedDisk& disk_;
  const SimulatedNodePtr node_;
  const Opened opened_;
};

// ---- faults ----

void SimulatedDisk::Inject(DiskFault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(fault));
}

void SimulatedDisk::ClearFaults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

uint64_t SimulatedDisk::operation_count() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

void SimulatedDisk::CrashAfter(uint64_t count, DiskEffect in_flight) {
  const std::lock_guard lock(mutex_);
  gone_after_ = operations_ + count;
  in_flight_ = in_flight;
}

void SimulatedDisk::Crash(Randomness& randomness) {
  const std::lock_guard lock(mutex_);
  tree_.Crash(randomness);
  faults_.clear();
  gone_after_.reset();
  gone_ = false;
  ++generation_;
}

SimulatedDisk::Ruling SimulatedDisk::Rule(DiskOperation operation, const std::string& path) {
  const Error gone = Gone().error();
  if (gone_) return {gone, DiskEffect::kNothing};
  if (ChangesDisk(operation)) {
    if (gone_after_ && operations_ >= *gone_after_) {
      gone_ = true;
      return {gone, in_flight_};
    }
    ++operations_;
  }
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->operation != operation || !path.contains(fault->path_contains)) continue;
    if (fault->nth > 1) {
      --fault->nth;
      continue;
    }
    Ruling ruling{fault->reported ? std::optional(fault->error) : std::nullopt, fault->effect};
    if (fault->times != UINT64_MAX && --fault->times == 0) faults_.erase(fault);
    return ruling;
  }
  return {};
}

/// Runs `apply` with the effect the operation is to have; a fault's error wins over its own.
template <class Apply>
Status SimulatedDisk::Perform(DiskOperation operation, const std::string& path, Apply apply) {
  const auto ruling = Rule(operation, path);
  const bool is_sync = operation == DiskOperation::kSync || operation == DiskOperation::kSyncDirectory;
  const bool dooms = is_sync && ruling.error && !gone_;
  Status applied;
  if (ruling.effect != DiskEffect::kNothing || dooms) applied = apply(ruling.effect);
  if (ruling.error) return Fail(*ruling.error);
  return applied;
}

// ---- files and names ----

Result<SimulatedNodePtr> SimulatedDisk::OpenNode(const std::string& path, OpenMode mode) {
  SimulatedNodePtr node;
  if (mode == OpenMode::kCreateNew) {
    TARN_TRY(Perform(DiskOperation::kCreate, path, [&](DiskEffect effect) -> Status {
      if (effect != DiskEffect::kWhole) return {};
      TARN_ASSIGN(const auto place, tree_.Locate(path));
      if (place.directory->visible.contains(place.name))
        return Fail(ErrorCode::kAlreadyExists, "the file exists: " + path);
      node = tree_.NewNode(false, Tick());
      tree_.Set(place, node);
      return {};
    }));
    return node;
  }
  TARN_TRY(Perform(DiskOperation::kOpen, path, [&](DiskEffect) -> Status {
    TARN_ASSIGN(node, tree_.Find(path));
    if (node->is_directory) return Fail(ErrorCode::kFailedPrecondition, "a directory is in the way: " + path);
    return {};
  }));
  return node;
}

Result<std::unique_ptr<DiskFile>> SimulatedDisk::Open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(mutex_);
  TARN_ASSIGN(auto node, OpenNode(path, mode));
  return std::make_unique<SimulatedFile>(*this, std::move(node),
                                         SimulatedFile::Opened{path, mode != OpenMode::kRead, generation_});
}

Status SimulatedDisk::Link(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  return Perform(DiskOperation::kLink, to, [&](DiskEffect effect) -> Status {
    if (effect != DiskEffect::kWhole) return {};
    TARN_ASSIGN(auto node, tree_.Find(from));
    TARN_ASSIGN(const auto place, tree_.Locate(to));
    if (place.directory->visible.contains(place.name)) return Fail(ErrorCode::kAlreadyExists, "the file exists: " + to);
    tree_.Set(place, std::move(node));
    return {};
  });
}

Status SimulatedDisk::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  return Perform(DiskOperation::kRename, from, [&](DiskEffect effect) -> Status {
    if (effect != DiskEffect::kWhole) return {};
    TARN_ASSIGN(const auto node, tree_.Find(from));
    TARN_ASSIGN(const auto source, tree_.Locate(from));
    TARN_ASSIGN(const auto target, tree_.Locate(to));
    const auto present = target.directory->visible.find(target.name);
    if (present != target.directory->visible.end()) {
      if (present->second == node) return {};  // two names of one file: nothing happens
      if (present->second->is_directory)
        return Fail(ErrorCode::kFailedPrecondition, "a directory is in the way: " + to);
    }
    tree_.Move(source, target);
    return {};
  });
}

Status SimulatedDisk::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Perform(DiskOperation::kRemove, path, [&](DiskEffect effect) -> Status {
    if (effect != DiskEffect::kWhole) return {};
    TARN_ASSIGN(const auto node, tree_.Find(path));
    if (node->is_directory) return Fail(ErrorCode::kFailedPrecondition, "a directory is in the way: " + path);
    TARN_ASSIGN(const auto place, tree_.Locate(path));
    tree_.Set(place, nullptr);
    return {};
  });
}

Status SimulatedDisk::MakeDirectories(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::string parent;
  std::string_view rest = path;
  for (auto segment = TakeSegment(rest); !segment.empty(); segment = TakeSegment(rest)) {
    auto here = parent + "/" + std::string(segment);
    TARN_TRY(MakeOneDirectory(here, parent));
    parent = std::move(here);
  }
  return {};
}

Status SimulatedDisk::MakeOneDirectory(const std::string& path, const std::string& parent) {
  if (gone_) return Gone();
  if (const auto found = tree_.Find(path)) {
    if ((*found)->is_directory) return {};
    return Fail(ErrorCode::kFailedPrecondition, "cannot create directory: a file is in the way: " + path);
  }
  TARN_ASSIGN(const auto place, tree_.Locate(path));
  TARN_TRY(Perform(DiskOperation::kMakeDirectory, path, [&](DiskEffect effect) -> Status {
    if (effect == DiskEffect::kWhole) tree_.Set(place, tree_.NewNode(true, Tick()));
    return {};
  }));
  auto synced = SyncDirectoryLocked(parent);
  if (!synced && !gone_) tree_.Set(place, nullptr);
  return synced;
}

Status SimulatedDisk::SyncDirectory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return SyncDirectoryLocked(path);
}

Status SimulatedDisk::SyncDirectoryLocked(const std::string& path) {
  return Perform(DiskOperation::kSyncDirectory, path, [&](DiskEffect effect) -> Status {
    TARN_ASSIGN(const auto node, tree_.Find(path));
    if (!node->is_directory) return Fail(ErrorCode::kNotFound, "no such directory: " + path);
    if (effect == DiskEffect::kWhole) {
      tree_.SyncDirectory(*node);
    } else {
      tree_.FailSyncDirectory(*node);
    }
    return {};
  });
}

Result<std::vector<std::string>> SimulatedDisk::List(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  TARN_TRY(Perform(DiskOperation::kList, path, [&](DiskEffect) -> Status {
    TARN_ASSIGN(const auto node, tree_.Find(path));
    if (!node->is_directory) return Fail(ErrorCode::kNotFound, "no such directory: " + path);
    for (const auto& [name, child] : node->visible) names.push_back(child->is_directory ? name + "/" : name);
    return {};
  }));
  std::ranges::sort(names);
  return names;
}

Result<bool> SimulatedDisk::Exists(const std::string& path) {
  const auto info = Stat(path);
  if (info) return true;
  if (info.error().code == ErrorCode::kNotFound) return false;
  return Fail(info.error());
}

Result<FileInfo> SimulatedDisk::Stat(const std::string& path) {
  const std::lock_guard lock(mutex_);
  FileInfo info;
  TARN_TRY(Perform(DiskOperation::kOpen, path, [&](DiskEffect) -> Status {
    TARN_ASSIGN(const auto node, tree_.Find(path));
    info = {node->content.bytes().size(), node->modified, node->is_directory};
    return {};
  }));
  return info;
}

Result<std::unique_ptr<DiskLock>> SimulatedDisk::Lock(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<void> held;
  TARN_TRY(Perform(DiskOperation::kLock, path, [&](DiskEffect) -> Status {
    TARN_ASSIGN(const auto place, tree_.Locate(path));
    auto& names = place.directory->visible;
    if (!names.contains(place.name)) tree_.Set(place, tree_.NewNode(false, Tick()));
    const auto& node = names.at(place.name);
    if (!node->lock.expired()) {
      return Fail(ErrorCode::kFailedPrecondition, "another process holds the lock: " + path);
    }
    held = std::make_shared<int>(0);
    node->lock = held;
    return {};
  }));
  return std::make_unique<SimulatedLock>(std::move(held));
}

}  // namespace tarn::store

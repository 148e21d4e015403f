// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/parallel.h"
#include "store/local/local_listing.h"
#include "store/object_key.h"

namespace tarn::store {
namespace {

/// Processes on one root at a time.
constexpr int kMaxSlots = 256;
constexpr size_t kMaxDurableFolders = 65'536;
constexpr size_t kMaxDurableKeys = 4'096;

/// Before the link nothing has happened, so the caller may repeat the call; a full disk is named as what it is.
Error BeforeLink(Error error) {
  if (error.code == ErrorCode::kResourceExhausted) {
    return Error{error.code, "the lake's disk is full", std::move(error.message)};
  }
  error.code = ErrorCode::kUnavailable;
  return error;
}

/// Errors of a read other than absence are the disk's, not the key's.
Error OfRead(Error error, const std::string& key) {
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kFailedPrecondition) {
    return {ErrorCode::kNotFound, "no such object: " + key, {}};
  }
  error.code = ErrorCode::kUnavailable;
  return error;
}

class LocalReader final : public ObjectReader {
 public:
  LocalReader(std::unique_ptr<DiskFile> file, uint64_t size, std::string key)
      : file_(std::move(file)), size_bytes_(size), key_(std::move(key)) {}

  uint64_t size_bytes() const override { return size_bytes_; }

  Status ReadAt(uint64_t offset, std::span<char> out) override {
    if (offset > size_bytes_ || out.size() > size_bytes_ - offset) {
      return Fail(ErrorCode::kInvalidArgument, "range ends behind the object: " + key_);
    }
    auto got = file_->ReadAt(offset, out);
    if (!got) return Fail(OfRead(std::move(got).error(), key_));
    if (*got != out.size()) return Fail(ErrorCode::kCorrupt, "object is shorter than it was: " + key_);
    return {};
  }

 private:
  const std::unique_ptr<DiskFile> file_;
  const uint64_t size_bytes_;
  const std::string key_;
};

}  // namespace

/// An unfinished object; its name goes away with it, the object's own name stays.
struct LocalStore::TempFile {
  TempFile(Disk& on, std::string at, std::unique_ptr<DiskFile> opened)
      : disk(&on), path(std::move(at)), file(std::move(opened)) {}
  TempFile(TempFile&& other) noexcept
      : disk(std::exchange(other.disk, nullptr)), path(std::move(other.path)), file(std::move(other.file)) {}
  TempFile& operator=(TempFile&&) = delete;
  ~TempFile() {
    file.reset();
    // One that cannot be removed now is removed when the slot is taken next.
    if (disk != nullptr) static_cast<void>(disk->Remove(path));
  }

  Disk* disk;
  std::string path;
  std::unique_ptr<DiskFile> file;
};

/// Streams one object into a temp file.
class LocalWriter final : public ObjectWriter {
 public:
  LocalWriter(LocalStore& store, std::string key, LocalStore::TempFile temp, LocalStore::Placement placement)
      : store_(store), key_(std::move(key)), temp_(std::move(temp)), placement_(placement) {}

  Status Append(std::string_view data) override {
    if (state_ != State::kOpen) return Fail(ErrorCode::kFailedPrecondition, "the writer is closed: " + key_);
    auto written = temp_->file->WriteAt(size_bytes_, data);
    if (!written) {
      Close();
      return Fail(BeforeLink(std::move(written).error()));
    }
    size_bytes_ += data.size();
    return {};
  }

  Result<uint64_t> Finish() override {
    if (state_ != State::kOpen) return Fail(ErrorCode::kFailedPrecondition, "the writer is closed: " + key_);
    auto synced = temp_->file->Sync();
    auto published =
        synced ? store_.Publish(*temp_, key_, placement_) : Status(Fail(BeforeLink(std::move(synced).error())));
    Close();
    TARN_TRY(std::move(published));
    return size_bytes_;
  }

 private:
  enum class State { kOpen, kClosed };

  void Close() {
    state_ = State::kClosed;
    temp_.reset();
  }

  LocalStore& store_;
  const std::string key_;
  std::optional<LocalStore::TempFile> temp_;
  const LocalStore::Placement placement_;
  uint64_t size_bytes_ = 0;
  State state_ = State::kOpen;
};

LocalStore::LocalStore(Disk& disk, Options options)
    : disk_(disk),
      options_(std::move(options)),
      syncers_("tarn-sync", {.threads = std::max<size_t>(options_.sync_threads, 1) - 1}) {}

Result<std::unique_ptr<LocalStore>> LocalStore::Open(Disk& disk, Options options) {
  while (options.root.size() > 1 && options.root.ends_with('/')) options.root.pop_back();
  if (options.root.empty()) return Fail(ErrorCode::kInvalidArgument, "the lake's directory is empty");
  std::unique_ptr<LocalStore> store(new LocalStore(disk, std::move(options)));
  TARN_TRY(disk.MakeDirectories(store->PathOf(kTempFolder)));
  TARN_TRY(store->TakeSlot());
  return store;
}

Status LocalStore::TakeSlot() {
  const auto folder = PathOf(kTempFolder) + "/";
  int own = 0;
  for (; own < kMaxSlots && !slot_lock_; ++own) {
    auto lock = disk_.Lock(folder + std::to_string(own) + ".lock");
    if (lock) {
      slot_lock_ = std::move(*lock);
      temp_prefix_ = folder + std::to_string(own) + ".";
    } else if (lock.error().code != ErrorCode::kFailedPrecondition) {
      return Fail(std::move(lock).error());
    }
  }
  if (!slot_lock_) return Fail(ErrorCode::kFailedPrecondition, "too many processes use the lake: " + options_.root);
  return RemoveLeftovers();
}

Status LocalStore::RemoveLeftovers() {
  const auto folder = PathOf(kTempFolder) + "/";
  TARN_ASSIGN(const auto names, disk_.List(folder));
  std::map<std::string, std::vector<std::string>> files_of_slots;
  for (const auto& name : names) {
    if (!name.ends_with(".lock")) files_of_slots[name.substr(0, name.find('.') + 1)].push_back(folder + name);
  }
  for (const auto& [slot, files] : files_of_slots) {
    std::unique_ptr<DiskLock> held;
    if (folder + slot != temp_prefix_) {
      auto lock = disk_.Lock(folder + slot + "lock");
      if (!lock) continue;  // its process lives
      held = std::move(*lock);
    }
    for (const auto& file : files) {
      const auto removed = disk_.Remove(file);
      if (removed || removed.error().code == ErrorCode::kNotFound) continue;
      LogWarning("unfinished object not removed", {{"file", file}, {"error", removed.error().ToString()}});
    }
  }
  return {};
}

std::string LocalStore::PathOf(std::string_view key) const {
  std::string path;
  path.reserve(options_.root.size() + 1 + key.size());
  path.append(options_.root).append("/").append(key);
  return path;
}

Status LocalStore::CheckAlive() const {
  if (failed_) return Fail(ErrorCode::kUnavailable, "the store stopped after a failed directory sync");
  return {};
}

std::unexpected<Error> LocalStore::EndProcess(Error error) {
  if (!failed_.exchange(true) && options_.on_fatal) options_.on_fatal(error);
  return Fail(ErrorCode::kUnknownOutcome, std::move(error.message));
}

// ---- reading ----

Result<std::string> LocalStore::Get(const std::string& key) {
  TARN_ASSIGN(const auto reader, OpenReader(key));
  std::string body(reader->size_bytes(), '\0');
  TARN_TRY(reader->ReadAt(0, body));
  return body;
}

Result<std::unique_ptr<ObjectReader>> LocalStore::OpenReader(const std::string& key) {
  TARN_TRY(CheckKey(key));
  TARN_TRY(CheckAlive());
  const auto path = PathOf(key);
  auto file = disk_.Open(path, OpenMode::kRead);
  if (!file) return Fail(OfRead(std::move(file).error(), key));
  auto size = (*file)->Size();
  if (!size) return Fail(OfRead(std::move(size).error(), key));
  return std::make_unique<LocalReader>(std::move(*file), *size, key);
}

Result<ObjectInfo> LocalStore::Head(const std::string& key) {
  TARN_TRY(CheckKey(key));
  TARN_TRY(CheckAlive());
  auto info = disk_.Stat(PathOf(key));
  if (!info) return Fail(OfRead(std::move(info).error(), key));
  if (info->is_directory) return Fail(ErrorCode::kNotFound, "no such object: " + key);
  return ObjectInfo{key, info->size_bytes, info->modified};
}

Result<std::vector<ObjectInfo>> LocalStore::List(const std::string& prefix, const std::string& start_after,
                                                 size_t limit) {
  TARN_TRY(CheckPrefix(prefix));
  TARN_TRY(CheckAlive());
  auto found =
      ListObjects(disk_, {.root = options_.root, .prefix = prefix, .start_after = start_after, .limit = limit});
  if (!found) return Fail(OfRead(std::move(found).error(), prefix));
  return found;
}

Result<std::vector<std::string>> LocalStore::ListFolders(const std::string& prefix) {
  TARN_TRY(CheckFolderPrefix(prefix));
  TARN_TRY(CheckAlive());
  auto found = ListObjectFolders(disk_, options_.root, prefix);
  if (!found) return Fail(OfRead(std::move(found).error(), prefix));
  return found;
}

// ---- writing ----

Result<LocalStore::TempFile> LocalStore::CreateTemp() {
  auto path = temp_prefix_ + std::to_string(next_temp_.fetch_add(1));
  auto file = disk_.Open(path, OpenMode::kCreateNew);
  if (!file) return Fail(BeforeLink(std::move(file).error()));
  return TempFile(disk_, std::move(path), std::move(*file));
}

Result<LocalStore::TempFile> LocalStore::WriteTemp(std::string_view body) {
  TARN_ASSIGN(auto temp, CreateTemp());
  auto written = temp.file->WriteAt(0, body);
  if (written) written = temp.file->Sync();
  if (!written) return Fail(BeforeLink(std::move(written).error()));
  return temp;
}

Result<std::vector<LocalStore::TempFile>> LocalStore::WriteTemps(std::span<const PutRequest> objects) {
  std::vector<std::optional<TempFile>> written(objects.size());
  TARN_TRY(RunParallel(syncers_, objects.size(), options_.sync_threads, [&](size_t i) -> Status {
    TARN_ASSIGN(auto temp, WriteTemp(objects[i].body));
    written[i].emplace(std::move(temp));
    return {};
  }));
  std::vector<TempFile> temps;
  temps.reserve(objects.size());
  for (auto& temp : written) temps.push_back(*std::move(temp));
  return temps;
}

Status LocalStore::PlaceTemp(const TempFile& temp, const std::string& key, Placement placement) {
  const std::string folder(FolderOf(key));
  TARN_TRY(EnsureFolder(folder));
  const auto path = PathOf(key);
  const auto place = [&] {
    return placement == Placement::kFree ? disk_.Link(temp.path, path) : disk_.Rename(temp.path, path);
  };
  auto placed = place();
  if (!placed && placed.error().code == ErrorCode::kNotFound) {
    ForgetFolders();  // somebody removed the directory
    TARN_TRY(EnsureFolder(folder));
    placed = place();
  }
  if (placed) return {};
  if (placed.error().code == ErrorCode::kAlreadyExists)
    return Fail(ErrorCode::kAlreadyExists, "the object exists: " + key);
  return Fail(BeforeLink(std::move(placed).error()));
}

Status LocalStore::Publish(const TempFile& temp, const std::string& key, Placement placement) {
  TARN_TRY(CheckAlive());
  TARN_CRASH_POINT("store.put.before_link");
  TARN_TRY(PlaceTemp(temp, key, placement));
  TARN_CRASH_POINT("store.put.after_link");
  TARN_TRY(SyncFolder(std::string(FolderOf(key))));
  TARN_CRASH_POINT("store.put.after_dirsync");
  RememberDurable(key);
  return {};
}

Status LocalStore::PutIfAbsent(const std::string& key, std::string_view body) {
  TARN_TRY(CheckKey(key));
  TARN_TRY(CheckAlive());
  TARN_ASSIGN(const auto temp, WriteTemp(body));
  return Publish(temp, key, Placement::kFree);
}

Result<std::unique_ptr<ObjectWriter>> LocalStore::OpenWriter(const std::string& key) {
  TARN_TRY(CheckKey(key));
  TARN_TRY(CheckAlive());
  TARN_ASSIGN(auto temp, CreateTemp());
  return std::make_unique<LocalWriter>(*this, key, std::move(temp), Placement::kFree);
}

Result<std::unique_ptr<ObjectWriter>> LocalStore::OpenReplacement(const std::string& key) {
  TARN_TRY(CheckKey(key));
  TARN_TRY(CheckAlive());
  TARN_ASSIGN(auto temp, CreateTemp());
  return std::make_unique<LocalWriter>(*this, key, std::move(temp), Placement::kAny);
}

Status LocalStore::PutAll(std::span<const PutRequest> objects) {
  for (const auto& object : objects) TARN_TRY(CheckKey(object.key));
  if (objects.empty()) return {};
  if (objects.size() == 1) return PutIfAbsent(objects[0].key, objects[0].body);
  TARN_TRY(CheckAlive());
  TARN_ASSIGN(const auto temps, WriteTemps(objects));
  TARN_CRASH_POINT("store.put.before_link");
  std::set<std::string> folders;
  for (size_t i = 0; i < objects.size(); ++i) {
    auto linked = PlaceTemp(temps[i], objects[i].key, Placement::kFree);
    if (!linked) {
      // Nobody else uses these names: the call may be repeated with them.
      for (size_t done = 0; done < i; ++done) static_cast<void>(disk_.Remove(PathOf(objects[done].key)));
      return linked;
    }
    folders.emplace(FolderOf(objects[i].key));
  }
  TARN_CRASH_POINT("store.put.after_link");
  TARN_TRY(SyncFolders({folders.begin(), folders.end()}));
  TARN_CRASH_POINT("store.put.after_dirsync");
  for (const auto& object : objects) RememberDurable(object.key);
  return {};
}

Status LocalStore::Delete(const std::string& key) {
  TARN_TRY(CheckKey(key));
  TARN_TRY(CheckAlive());
  {
    const std::lock_guard lock(mutex_);
    durable_keys_.erase(key);
  }
  auto removed = disk_.Remove(PathOf(key));
  if (removed) return {};
  const auto code = removed.error().code;
  if (code == ErrorCode::kNotFound || code == ErrorCode::kFailedPrecondition) return {};  // absent or a folder
  return Fail(BeforeLink(std::move(removed).error()));
}

// ---- durability of names ----

Status LocalStore::MakeDurable(const std::string& key) {
  TARN_TRY(CheckKey(key));
  TARN_TRY(CheckAlive());
  if (IsKnownDurable(key)) return {};
  TARN_ASSIGN(const auto info, Head(key));
  const std::string folder(FolderOf(key));
  TARN_TRY(EnsureFolder(folder));
  TARN_TRY(SyncFolder(folder));
  RememberDurable(key);
  return {};
}

Status LocalStore::EnsureFolder(const std::string& folder) {
  if (folder.empty()) return {};
  {
    const std::lock_guard lock(mutex_);
    if (durable_folders_.contains(folder)) return {};
  }
  const std::string parent(FolderOf(folder));
  TARN_TRY(EnsureFolder(parent));
  auto made = disk_.MakeDirectories(PathOf(folder));
  if (!made) return Fail(BeforeLink(std::move(made).error()));
  // Whoever made it may not have synced it yet.
  TARN_TRY(SyncFolder(parent));
  const std::lock_guard lock(mutex_);
  if (durable_folders_.size() >= kMaxDurableFolders) durable_folders_.clear();
  durable_folders_.insert(folder);
  return {};
}

Status LocalStore::SyncFolder(const std::string& folder) {
  auto synced = disk_.SyncDirectory(folder.empty() ? options_.root : PathOf(folder));
  if (!synced) return EndProcess(std::move(synced).error());
  return {};
}

Status LocalStore::SyncFolders(const std::vector<std::string>& folders) {
  return RunParallel(syncers_, folders.size(), options_.sync_threads, [&](size_t i) { return SyncFolder(folders[i]); });
}

void LocalStore::ForgetFolders() {
  const std::lock_guard lock(mutex_);
  durable_folders_.clear();
}

bool LocalStore::IsKnownDurable(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  return durable_keys_.contains(key);
}

void LocalStore::RememberDurable(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (durable_keys_.size() >= kMaxDurableKeys) durable_keys_.clear();
  durable_keys_.insert(key);
}

}  // namespace tarn::store

// SPDX-License-Identifier: Apache-2.0
#include "store/local/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace tarn::store {
namespace {

constexpr mode_t kFileMode = 0666;       // less the umask
constexpr mode_t kDirectoryMode = 0777;  // less the umask
constexpr size_t kZeroFillBytes = 1 << 20;

struct Advice {
  ErrorCode code;
  std::string_view text;
};

Advice AdviceOn(int error) {
  switch (error) {
    case ENOSPC:
      return {ErrorCode::kResourceExhausted, "the disk is full, free some space"};
    case EDQUOT:
      return {ErrorCode::kResourceExhausted, "the disk quota is used up, free some space or raise it"};
    case EFBIG:
      return {ErrorCode::kResourceExhausted,
              "the file would be larger than allowed, raise the file size limit (ulimit -f)"};
    case EACCES:
    case EPERM:
      return {ErrorCode::kPermissionDenied, "no permission, check the owner and mode of the path"};
    case EROFS:
      return {ErrorCode::kPermissionDenied, "the file system is read-only, mount it writable"};
    case ENOENT:
    case ENOTDIR:
      return {ErrorCode::kNotFound, "no such file or directory"};
    case EEXIST:
      return {ErrorCode::kAlreadyExists, "the file exists"};
    case EISDIR:
      return {ErrorCode::kFailedPrecondition, "a directory is in the way"};
    case EMFILE:
    case ENFILE:
      return {ErrorCode::kUnavailable, "too many open files, raise the limit (ulimit -n)"};
    case EIO:
      return {ErrorCode::kUnavailable, "input/output error, check the disk"};
    default:
      return {ErrorCode::kUnavailable, ""};
  }
}

std::unexpected<Error> FailErrno(int error, std::string_view action, const std::string& path) {
  const auto advice = AdviceOn(error);
  const auto text = advice.text.empty() ? std::generic_category().message(error) : std::string(advice.text);
  return Fail(advice.code, "cannot " + std::string(action) + ": " + text + ": " + path);
}

/// Repeats a system call that a signal interrupted.
template <class Call>
auto Uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<Descriptor> OpenDescriptor(const std::string& path, int flags, std::string_view action) {
  const int fd = Uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); });
  if (fd < 0) return FailErrno(errno, action, path);
  return Descriptor(fd);
}

Timestamp TimestampOf(const timespec& at) { return {int64_t{at.tv_sec} * 1'000'000 + at.tv_nsec / 1000}; }

class PosixFile final : public DiskFile {
 public:
  PosixFile(Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Status WriteAt(uint64_t offset, std::string_view data) override {
    TARN_TRY(WriteAll(offset, data));
    WriteBehind(offset, data.size());
    return {};
  }

  Result<size_t> ReadAt(uint64_t offset, std::span<char> out) const override {
    size_t total = 0;
    while (total < out.size()) {
      const auto got = Uninterrupted([&] {
        return ::pread(descriptor_.get(), out.data() + total, out.size() - total, static_cast<off_t>(offset + total));
      });
      if (got < 0) return FailErrno(errno, "read", path_);
      if (got == 0) break;
      total += static_cast<size_t>(got);
    }
    return total;
  }

  Status Sync() override {
    // Not repeated after EINTR either: a second call may report success for pages the first one lost.
    if (::fdatasync(descriptor_.get()) != 0) return FailErrno(errno, "sync", path_);
    run_begin_ = run_end_;
    return {};
  }

  Status Preallocate(uint64_t size_bytes) override {
    const auto size = static_cast<off_t>(size_bytes);
    if (size == 0) return {};
    if (Uninterrupted([&] { return ::fallocate(descriptor_.get(), 0, 0, size); }) != 0 && errno != EOPNOTSUPP) {
      return FailErrno(errno, "allocate", path_);
    }
    // Written zeros, unlike fallocate's unwritten extents, need no metadata when they are overwritten and synced.
    const std::string zeros(std::min<uint64_t>(size_bytes, kZeroFillBytes), '\0');
    for (uint64_t offset = 0; offset < size_bytes; offset += zeros.size()) {
      TARN_TRY(WriteAll(offset, std::string_view(zeros).substr(0, size_bytes - offset)));
    }
    return {};
  }

  Status Truncate(uint64_t size_bytes) override {
    if (Uninterrupted([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size_bytes)); }) != 0) {
      return FailErrno(errno, "truncate", path_);
    }
    return {};
  }

  Result<uint64_t> Size() const override {
    struct stat info{};
    if (::fstat(descriptor_.get(), &info) != 0) return FailErrno(errno, "read the size of", path_);
    if (S_ISDIR(info.st_mode)) return FailErrno(EISDIR, "read the size of", path_);
    return static_cast<uint64_t>(info.st_size);
  }

 private:
  static constexpr uint64_t kWriteBehindBytes = 8ULL << 20;

  Status WriteAll(uint64_t offset, std::string_view data) {
    while (!data.empty()) {
      const auto written = Uninterrupted(
          [&] { return ::pwrite(descriptor_.get(), data.data(), data.size(), static_cast<off_t>(offset)); });
      if (written < 0) return FailErrno(errno, "write", path_);
      if (written == 0) return Fail(ErrorCode::kUnavailable, "cannot write: short write: " + path_);
      data.remove_prefix(static_cast<size_t>(written));
      offset += static_cast<uint64_t>(written);
    }
    return {};
  }

  /// Has the system begin to write a long run to the disk while more of it comes, so that Sync has less to wait for.
  void WriteBehind(uint64_t offset, uint64_t size) {
    if (offset != run_end_) run_begin_ = offset;
    run_end_ = offset + size;
    if (run_end_ - run_begin_ < kWriteBehindBytes) return;
#ifdef __linux__
    // What fails here shows at Sync.
    ::sync_file_range(descriptor_.get(), static_cast<off_t>(run_begin_), static_cast<off_t>(run_end_ - run_begin_),
                      SYNC_FILE_RANGE_WRITE);
#endif
    run_begin_ = run_end_;
  }

  const Descriptor descriptor_;
  const std::string path_;
  uint64_t run_begin_ = 0;  ///< of what was written in one run and is not on its way to the disk …
  uint64_t run_end_ = 0;    ///< … and its end
};

class PosixLock final : public DiskLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  const Descriptor descriptor_;
};

/// Path of the directory that holds `path`'s entry.
std::string ParentOf(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

Result<bool> IsDirectory(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0) return S_ISDIR(info.st_mode);
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return FailErrno(errno, "look at", path);
}

}  // namespace

Result<std::unique_ptr<DiskFile>> PosixDisk::Open(const std::string& path, OpenMode mode) {
  const int flags = mode == OpenMode::kRead ? O_RDONLY : mode == OpenMode::kWrite ? O_RDWR : O_RDWR | O_CREAT | O_EXCL;
  TARN_ASSIGN(auto descriptor, OpenDescriptor(path, flags, mode == OpenMode::kCreateNew ? "create" : "open"));
  return std::make_unique<PosixFile>(std::move(descriptor), path);
}

Status PosixDisk::Link(const std::string& from, const std::string& to) {
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0) != 0) return FailErrno(errno, "link", to);
  return {};
}

Status PosixDisk::Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return FailErrno(errno, "rename", from);
  return {};
}

Status PosixDisk::Remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return FailErrno(errno, "remove", path);
  return {};
}

Status PosixDisk::MakeDirectories(const std::string& path) {
  TARN_ASSIGN(const bool present, IsDirectory(path));
  if (present) return {};
  const auto parent = ParentOf(path);
  if (parent != path) TARN_TRY(MakeDirectories(parent));
  if (::mkdir(path.c_str(), kDirectoryMode) != 0) {
    if (errno != EEXIST) return FailErrno(errno, "create directory", path);
    TARN_ASSIGN(const bool made_meanwhile, IsDirectory(path));
    if (!made_meanwhile)
      return Fail(ErrorCode::kFailedPrecondition, "cannot create directory: a file is in the way: " + path);
  }
  auto synced = SyncDirectory(parent);
  // A later attempt must not take the unsynced directory for a durable one.
  if (!synced) ::rmdir(path.c_str());
  return synced;
}

Status PosixDisk::SyncDirectory(const std::string& path) {
  TARN_ASSIGN(const auto descriptor, OpenDescriptor(path, O_RDONLY | O_DIRECTORY, "open directory"));
  if (::fsync(descriptor.get()) != 0) return FailErrno(errno, "sync directory", path);
  return {};
}

Result<std::vector<std::string>> PosixDisk::List(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
  if (!directory) return FailErrno(errno, "list", path);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const auto* entry = ::readdir(directory.get());
    if (entry == nullptr && errno != 0) return FailErrno(errno, "list", path);
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool is_directory = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN || entry->d_type == DT_LNK) {
      TARN_ASSIGN(is_directory, IsDirectory(path + "/" + name));
    }
    if (is_directory) name += '/';
    names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

Result<bool> PosixDisk::Exists(const std::string& path) {
  const auto info = Stat(path);
  if (info) return true;
  if (info.error().code == ErrorCode::kNotFound) return false;
  return Fail(info.error());
}

Result<FileInfo> PosixDisk::Stat(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return FailErrno(errno, "look at", path);
  return FileInfo{static_cast<uint64_t>(info.st_size), TimestampOf(info.st_mtim), S_ISDIR(info.st_mode)};
}

Result<std::unique_ptr<DiskLock>> PosixDisk::Lock(const std::string& path) {
  TARN_ASSIGN(auto descriptor, OpenDescriptor(path, O_RDWR | O_CREAT, "open lock file"));
  if (Uninterrupted([&] { return ::flock(descriptor.get(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno == EWOULDBLOCK) return Fail(ErrorCode::kFailedPrecondition, "another process holds the lock: " + path);
    return FailErrno(errno, "lock", path);
  }
  return std::make_unique<PosixLock>(std::move(descriptor));
}

}  // namespace tarn::store

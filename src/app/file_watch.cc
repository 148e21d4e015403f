// SPDX-License-Identifier: Apache-2.0
#include "app/file_watch.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/log.h"
#include "base/random.h"
#include "base/this_thread.h"
#include "lake/keys.h"

namespace tarn::app {
namespace {

constexpr size_t kCopyBytes = 1ULL << 20;

/// Names under which programs write what is not complete yet, or keep what is theirs.
bool IsIgnored(std::string_view name) {
  const auto base = name.substr(name.rfind('/') + 1);
  return base.empty() || base.starts_with('.') || base.starts_with('_') || base.ends_with(".tmp") ||
         base.ends_with(".part") || base.ends_with("~");
}

}  // namespace

FileWatch::FileWatch(Dependencies dependencies, std::vector<WatchedPlace> places, std::chrono::milliseconds interval)
    : dependencies_(dependencies), places_(std::move(places)), interval_(interval), seen_(places_.size()) {}

FileWatch::~FileWatch() { Stop(); }

void FileWatch::Start() {
  if (!places_.empty()) thread_ = std::thread([this] { Run(); });
}

void FileWatch::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void FileWatch::Run() {
  StepBack(kBackgroundNiceness);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    LookOnce();
    lock.lock();
    wake_.wait_for(lock, interval_, [this] { return stopping_; });
  }
}

void FileWatch::LookOnce() {
  for (size_t i = 0; i < places_.size(); ++i) {
    auto now = Look(places_[i]);
    if (!now) {
      LogWarning("a watched place cannot be read", {{"place", places_[i].place}, {"error", now.error().ToString()}});
      continue;
    }
    auto& seen = seen_[i];
    for (auto& [name, sight] : *now) {
      const auto before = seen.find(name);
      const bool same = before != seen.end() && before->second.size_bytes == sight.size_bytes &&
                        before->second.modified == sight.modified;
      sight.taken = same && before->second.taken;
      if (!same || sight.taken) continue;
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
      }
      const auto taken = TakeFile(places_[i], name, sight);
      sight.taken = taken.has_value();
      if (taken) continue;
      LogWarning("a dropped file was not taken and will be tried again",
                 {{"place", places_[i].place}, {"file", name}, {"error", taken.error().ToString()}});
    }
    seen = *std::move(now);
  }
}

Result<FileWatch::Sights> FileWatch::Look(const WatchedPlace& place) const {
  Sights sights;
  if (place.in_lake) {
    TARN_ASSIGN(const auto objects, dependencies_.store.List(place.place, "", kMostFiles));
    for (const auto& object : objects) {
      if (!IsIgnored(object.key)) sights[object.key] = {object.size_bytes, object.modified.micros, false};
    }
    return sights;
  }
  std::error_code failed;
  std::filesystem::recursive_directory_iterator files(place.place, failed);
  for (; !failed && files != std::filesystem::recursive_directory_iterator() && sights.size() < kMostFiles;
       files.increment(failed)) {
    struct stat info{};
    if (stat(files->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const auto name = files->path().lexically_relative(place.place).generic_string();
    if (IsIgnored(name)) continue;
    const auto modified = info.st_mtim.tv_sec * int64_t{1'000'000} + info.st_mtim.tv_nsec / 1'000;
    sights[name] = {static_cast<uint64_t>(info.st_size), modified, false};
  }
  if (failed) return Fail(ErrorCode::kUnavailable, "cannot read a watched directory: " + failed.message());
  return sights;
}

Status FileWatch::TakeFile(const WatchedPlace& place, const std::string& name, const Sight& sight) {
  bronze::DroppedFile file;
  file.domain = place.domain;
  file.table = place.table;
  file.name = name;
  file.etag = std::to_string(sight.modified);
  file.unreadable = bronze::DroppedFile::Unreadable::kQuarantine;
  TARN_ASSIGN(const auto known, dependencies_.intake.Find(file, sight.size_bytes));
  if (known && known->state != bronze::FileClaim::State::kOpen) return {};
  file.key = name;
  if (!place.in_lake) {
    file.key = lake::FileObjectKey(place.domain, place.table, NewUuid(dependencies_.randomness));
    TARN_TRY(Copy(place.place + "/" + name, file.key));
  }
  TARN_ASSIGN(const auto taken, dependencies_.intake.Take(file));
  LogInfo("dropped file taken", {{"endpoint", place.domain + "/" + place.table},
                                 {"file", name},
                                 {"rows", taken.claim.rows},
                                 {"quarantined", taken.claim.quarantined},
                                 {"state", bronze::FileStateWord(taken.claim.state)}});
  return {};
}

Status FileWatch::Copy(const std::string& path, const std::string& key) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kUnavailable, "cannot read a dropped file: " + path);
  TARN_ASSIGN(const auto writer, dependencies_.store.OpenWriter(key));
  std::string bytes(kCopyBytes, '\0');
  while (file) {
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const auto got = static_cast<size_t>(file.gcount());
    if (got > 0) TARN_TRY(writer->Append(std::string_view(bytes).substr(0, got)));
  }
  if (file.bad()) return Fail(ErrorCode::kUnavailable, "cannot read a dropped file: " + path);
  TARN_TRY(writer->Finish());
  return {};
}

}  // namespace tarn::app

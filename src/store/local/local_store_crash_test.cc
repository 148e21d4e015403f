// SPDX-License-Identifier: Apache-2.0
// The local store on a disk that forgets every unsynced byte, link and removal at a random operation: what was
// acknowledged is there whole, nothing is ever there by half, and one key never has two winners.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result_matchers.h"
#include "store/faulty/simulated_disk.h"
#include "store/local/local_store.h"
#include "store/series.h"

namespace tarn::store {
namespace {

constexpr uint64_t kSeeds = 1'000;
constexpr uint64_t kSeriesSeeds = 300;

/// What may be found under one key.
struct Expected {
  bool must_exist = false;
  std::set<std::string> bodies;  ///< one of these when it exists
};

/// Random puts and deletes with a model beside them; restarts after every crash.
class CrashRun {
 public:
  explicit CrashRun(uint64_t seed) : randomness_(seed) {}

  void Run() {
    for (int life = 0; life < 2 && !::testing::Test::HasFatalFailure(); ++life) {
      if (Random(4) != 0) disk_.CrashAfter(Random(120), RandomEffect());
      if (Random(3) == 0) InjectFault();
      Live();
      store_.reset();
      disk_.Crash(randomness_);
      ASSERT_NO_FATAL_FAILURE(Verify());
    }
  }

 private:
  uint64_t Random(uint64_t below) { return randomness_.Next() % below; }

  DiskEffect RandomEffect() {
    constexpr DiskEffect kEffects[] = {DiskEffect::kNothing, DiskEffect::kHalf, DiskEffect::kWhole};
    return kEffects[Random(3)];
  }

  void InjectFault() {
    constexpr DiskOperation kOperations[] = {
        DiskOperation::kCreate,        DiskOperation::kWrite,  DiskOperation::kSync,         DiskOperation::kLink,
        DiskOperation::kMakeDirectory, DiskOperation::kRemove, DiskOperation::kSyncDirectory};
    const auto code = Random(2) == 0 ? ErrorCode::kUnavailable : ErrorCode::kResourceExhausted;
    disk_.Inject({.operation = kOperations[Random(std::size(kOperations))],
                  .nth = Random(8) + 1,
                  .error = {code, "injected", {}},
                  .effect = Random(2) == 0 ? DiskEffect::kNothing : DiskEffect::kHalf});
  }

  bool Open() {
    stopped_ = false;
    auto store = LocalStore::Open(
        disk_, {.root = "/srv/lake", .on_fatal = [this](const Error&) { stopped_ = true; }, .sync_threads = 1});
    if (store) store_ = std::move(*store);
    return store.has_value();
  }

  std::string NewBody() {
    std::string body = "body " + std::to_string(++bodies_) + ":";
    const auto size = Random(3) == 0 ? Random(5'000) : Random(40);
    const auto unit = body;
    while (body.size() < size) body += unit;
    return body + "$";
  }

  std::string RandomKey() {
    static const std::vector<std::string> kFolders = {"", "a/", "a/b/", "a/b/c/", "d/e/f/g/"};
    return kFolders[Random(kFolders.size())] + "k" + std::to_string(Random(6));
  }

  void Live() {
    if (!Open()) return;
    for (int step = 0; step < 25 && !stopped_; ++step) {
      switch (Random(8)) {
        case 0:
          Delete(RandomKey());
          break;
        case 1:
          PutMany();
          break;
        case 2:
          Stream(RandomKey());
          break;
        case 3:
          Read(RandomKey());
          break;
        default:
          Put(RandomKey());
      }
    }
  }

  /// Takes over what a put of `body` answered.
  void Answered(const std::string& key, const std::string& body, const Status& put) {
    auto& expected = model_[key];
    if (put) {
      EXPECT_FALSE(expected.must_exist) << "two winners of " << key;
      expected = {true, {body}};
    } else if (put.error().code != ErrorCode::kAlreadyExists) {
      // The disk may be going away under the call, so a failed put may yet be found, but only whole.
      if (!expected.must_exist) expected.bodies.insert(body);
    }
  }

  void Put(const std::string& key) {
    const auto body = NewBody();
    Answered(key, body, store_->PutIfAbsent(key, body));
  }

  void PutMany() {
    std::vector<std::string> bodies;
    std::vector<PutRequest> requests;
    for (auto count = Random(4) + 1; count > 0; --count) bodies.push_back(NewBody());
    for (const auto& body : bodies) {
      requests.push_back(
          {"many/" + std::to_string(Random(3)) + "/" + std::to_string(bodies_) + "-" + std::to_string(requests.size()),
           body});
    }
    const auto put = store_->PutAll(requests);
    for (const auto& request : requests) Answered(request.key, std::string(request.body), put);
  }

  void Stream(const std::string& key) {
    const auto body = NewBody();
    auto writer = store_->OpenWriter(key);
    if (!writer) return;
    const auto half = body.size() / 2;
    auto written = (*writer)->Append(std::string_view(body).substr(0, half));
    if (written) written = (*writer)->Append(std::string_view(body).substr(half));
    if (!written || Random(5) == 0) return;  // given up: nothing may be left
    const auto finished = (*writer)->Finish();
    Answered(key, body, finished ? Status() : Status(Fail(finished.error())));
  }

  void Delete(const std::string& key) {
    static_cast<void>(store_->Delete(key));
    model_[key].must_exist = false;  // a removal is durable only with the folder's next sync
  }

  void Read(const std::string& key) {
    const auto body = store_->Get(key);
    if (body) {
      EXPECT_TRUE(model_[key].bodies.contains(*body)) << key << " holds a body nobody put";
    } else if (!stopped_ && body.error().code == ErrorCode::kNotFound) {
      EXPECT_FALSE(model_[key].must_exist) << key << " is lost before any crash";
    }
  }

  void Verify() {
    ASSERT_TRUE(Open());
    for (auto& [key, expected] : model_) {
      const auto body = store_->Get(key);
      if (!body) {
        ASSERT_THAT(body, ErrorIs(ErrorCode::kNotFound)) << key;
        ASSERT_FALSE(expected.must_exist) << "acknowledged object lost: " << key;
        expected.bodies.clear();
        continue;
      }
      ASSERT_TRUE(expected.bodies.contains(*body)) << key << " holds " << body->size() << " bytes nobody put";
      if (!expected.must_exist) {
        ASSERT_THAT(store_->MakeDurable(key), IsOk());
      }
      expected = {true, {*body}};
    }
    ASSERT_OK_AND_ASSIGN(const auto listed, store_->List(""));
    for (const auto& object : listed) ASSERT_TRUE(model_[object.key].must_exist) << "unknown object " << object.key;
    ASSERT_OK_AND_ASSIGN(const auto temps, disk_.List("/srv/lake/.tmp"));
    ASSERT_EQ(temps, std::vector<std::string>({"0.lock"})) << "leftovers";
    store_.reset();
  }

  SeededRandomness randomness_;
  SimulatedDisk disk_;
  std::unique_ptr<LocalStore> store_;
  std::map<std::string, Expected> model_;
  uint64_t bodies_ = 0;
  bool stopped_ = false;
};

TEST(LocalStoreCrashTest, AcknowledgedObjectsSurviveWholeAndNothingElseAppears) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    CrashRun(seed).Run();
    if (::testing::Test::HasFailure()) return;
  }
}

/// Two processes append to two series; an entry of the second is based on the head of the first. After a crash what an
/// acknowledged entry was based on must be there.
void AppendDependentSeries(uint64_t seed) {
  SeededRandomness randomness(seed);
  SimulatedDisk disk;
  ManualClock clock(Timestamp{0});
  const SeriesName bases{.prefix = "base/_log/", .suffix = ".json"};
  const SeriesName derived{.prefix = "derived/_log/", .suffix = ".json"};
  std::map<uint64_t, std::string> acknowledged;
  {
    const LocalStore::Options options{.root = "/lake", .on_fatal = {}, .sync_threads = 1};
    ASSERT_OK_AND_ASSIGN(const auto one, LocalStore::Open(disk, options));
    ASSERT_OK_AND_ASSIGN(const auto other, LocalStore::Open(disk, options));
    Series base_writer(*one, bases, clock);
    Series base_reader(*other, bases, clock);
    Series derived_writer(*other, derived, clock);
    ASSERT_THAT(base_writer.Put(1, "base 1"), IsOk());
    disk.CrashAfter(randomness.Next() % 40, DiskEffect::kWhole);
    for (uint64_t n = 2; n < 8; ++n) {
      // A process that died between link and directory sync leaves a name that is visible and not durable.
      if (randomness.Next() % 2 == 0) {
        const auto put = base_writer.Put(n, "base " + std::to_string(n));
        if (!put) break;
      } else {
        const auto temp = "/lake/.tmp/dead." + std::to_string(n);
        auto file = disk.Open(temp, OpenMode::kCreateNew);
        if (!file || !(*file)->WriteAt(0, "base " + std::to_string(n)) || !(*file)->Sync()) break;
        if (!disk.Link(temp, "/lake/" + bases.KeyOf(n))) break;
        static_cast<void>(base_writer.Head());
      }
      const auto head = base_reader.Head();
      if (!head || !*head) break;
      const auto body = std::to_string(**head);
      if (derived_writer.Put(n - 1, body)) acknowledged[n - 1] = body;
    }
  }
  disk.Crash(randomness);
  ASSERT_OK_AND_ASSIGN(const auto store, LocalStore::Open(disk, {.root = "/lake", .on_fatal = {}}));
  for (const auto& [n, body] : acknowledged) {
    ASSERT_OK_AND_ASSIGN(const auto found, store->Get(derived.KeyOf(n)));
    ASSERT_EQ(found, body);
  }
  ASSERT_OK_AND_ASSIGN(const auto entries, store->List(derived.prefix));
  for (const auto& entry : entries) {
    ASSERT_OK_AND_ASSIGN(const auto base_number, store->Get(entry.key));
    ASSERT_OK_AND_ASSIGN(const auto base, store->Get(bases.KeyOf(std::stoull(base_number))));
    ASSERT_EQ(base, "base " + base_number);
  }
}

TEST(LocalStoreCrashTest, WhatAnEntryIsBasedOnSurvivesWithIt) {
  for (uint64_t seed = 1; seed <= kSeriesSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    AppendDependentSeries(seed);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace tarn::store

// SPDX-License-Identifier: Apache-2.0
#pragma once
// What every ObjectStore must do, as tests over any of them: a test file includes this and instantiates
// ObjectStoreContract with factories. For *_test.cc files only.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "base/result_matchers.h"
#include "store/object_store.h"

namespace tarn::store {

/// A store with all it stands on.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual ObjectStore& store() = 0;
};

struct StoreCase {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};

inline void PrintTo(const StoreCase& tested, std::ostream* out) { *out << tested.name; }

class ObjectStoreContract : public ::testing::TestWithParam<StoreCase> {
 protected:
  ObjectStore& store() { return under_test_->store(); }

  void Put(const std::string& key, std::string_view body = "x") { ASSERT_THAT(store().PutIfAbsent(key, body), IsOk()); }

  std::vector<std::string> Keys(const std::string& prefix, const std::string& start_after = "", size_t limit = 0) {
    auto found = store().List(prefix, start_after, limit);
    EXPECT_THAT(found, IsOk());
    std::vector<std::string> keys;
    if (found) {
      for (const auto& object : *found) keys.push_back(object.key);
    }
    return keys;
  }

 private:
  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
};

using Strings = std::vector<std::string>;

TEST_P(ObjectStoreContract, PutIsReadBackWhole) {
  std::string body(70'000, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i % 251);
  Put("a/b/c.bin", body);
  ASSERT_OK_AND_ASSIGN(const auto back, store().Get("a/b/c.bin"));
  EXPECT_EQ(back, body);
  ASSERT_OK_AND_ASSIGN(const auto info, store().Head("a/b/c.bin"));
  EXPECT_EQ(info.key, "a/b/c.bin");
  EXPECT_EQ(info.size_bytes, body.size());
}

TEST_P(ObjectStoreContract, EmptyObjectIsAnObject) {
  Put("empty", "");
  ASSERT_OK_AND_ASSIGN(const auto back, store().Get("empty"));
  EXPECT_EQ(back, "");
}

TEST_P(ObjectStoreContract, SecondPutLosesAndChangesNothing) {
  Put("k", "first");
  EXPECT_THAT(store().PutIfAbsent("k", "second"), ErrorIs(ErrorCode::kAlreadyExists));
  ASSERT_OK_AND_ASSIGN(const auto back, store().Get("k"));
  EXPECT_EQ(back, "first");
}

TEST_P(ObjectStoreContract, AbsentKeyIsNotFound) {
  Put("folder/k");
  for (const auto* key : {"nope", "folder", "folder/k/below", "no/such/folder"}) {
    EXPECT_THAT(store().Get(key), ErrorIs(ErrorCode::kNotFound)) << key;
    EXPECT_THAT(store().Head(key), ErrorIs(ErrorCode::kNotFound)) << key;
    EXPECT_THAT(store().OpenReader(key), ErrorIs(ErrorCode::kNotFound)) << key;
    EXPECT_THAT(store().MakeDurable(key), ErrorIs(ErrorCode::kNotFound)) << key;
  }
}

TEST_P(ObjectStoreContract, BadKeysAreRefused) {
  const Strings bad = {"",
                       "/a",
                       "a/",
                       "a//b",
                       ".",
                       "..",
                       "a/../b",
                       "a/./b",
                       ".tmp/x",
                       ".tmp",
                       std::string("a\0b", 3),
                       std::string(256, 'x'),
                       std::string(1100, 'y')};
  for (const auto& key : bad) {
    EXPECT_THAT(store().PutIfAbsent(key, "x"), ErrorIs(ErrorCode::kInvalidArgument)) << key;
    EXPECT_THAT(store().Get(key), ErrorIs(ErrorCode::kInvalidArgument)) << key;
    EXPECT_THAT(store().Delete(key), ErrorIs(ErrorCode::kInvalidArgument)) << key;
    EXPECT_THAT(store().OpenWriter(key), ErrorIs(ErrorCode::kInvalidArgument)) << key;
  }
  EXPECT_THAT(store().List("../"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(store().ListFolders("a"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(Keys(""), Strings());
}

TEST_P(ObjectStoreContract, OddButLegalKeysWork) {
  const Strings keys = {"...", "a b/ü=1/%2F.x", "tmp/x", "x/.tmp/y", std::string(255, 'z')};
  for (const auto& key : keys) Put(key, key);
  for (const auto& key : keys) {
    ASSERT_OK_AND_ASSIGN(const auto back, store().Get(key));
    EXPECT_EQ(back, key);
  }
}

TEST_P(ObjectStoreContract, RangesAreReadAndRangesBehindTheEndRefused) {
  Put("r", "0123456789");
  ASSERT_OK_AND_ASSIGN(const auto reader, store().OpenReader("r"));
  EXPECT_EQ(reader->size_bytes(), 10U);
  std::string part(4, '?');
  ASSERT_THAT(reader->ReadAt(3, part), IsOk());
  EXPECT_EQ(part, "3456");
  EXPECT_THAT(reader->ReadAt(7, part), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(reader->ReadAt(UINT64_MAX, part), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(reader->ReadAt(10, {}), IsOk());
}

TEST_P(ObjectStoreContract, OpenReaderOutlivesDelete) {
  Put("r", "0123456789");
  ASSERT_OK_AND_ASSIGN(const auto reader, store().OpenReader("r"));
  ASSERT_THAT(store().Delete("r"), IsOk());
  std::string all(10, '?');
  ASSERT_THAT(reader->ReadAt(0, all), IsOk());
  EXPECT_EQ(all, "0123456789");
}

TEST_P(ObjectStoreContract, WriterShowsNothingBeforeFinish) {
  ASSERT_OK_AND_ASSIGN(const auto writer, store().OpenWriter("w/x"));
  ASSERT_THAT(writer->Append("abc"), IsOk());
  ASSERT_THAT(writer->Append("def"), IsOk());
  EXPECT_THAT(store().Get("w/x"), ErrorIs(ErrorCode::kNotFound));
  EXPECT_EQ(Keys(""), Strings());
  ASSERT_OK_AND_ASSIGN(const auto size, writer->Finish());
  EXPECT_EQ(size, 6U);
  ASSERT_OK_AND_ASSIGN(const auto back, store().Get("w/x"));
  EXPECT_EQ(back, "abcdef");
}

TEST_P(ObjectStoreContract, UnfinishedWriterLeavesNothing) {
  {
    ASSERT_OK_AND_ASSIGN(const auto writer, store().OpenWriter("w/x"));
    ASSERT_THAT(writer->Append("abc"), IsOk());
  }
  EXPECT_EQ(Keys(""), Strings());
  Put("w/x");
}

TEST_P(ObjectStoreContract, WriterDoesNotOverwrite) {
  Put("w/x", "old");
  ASSERT_OK_AND_ASSIGN(const auto writer, store().OpenWriter("w/x"));
  ASSERT_THAT(writer->Append("new"), IsOk());
  EXPECT_THAT(writer->Finish(), ErrorIs(ErrorCode::kAlreadyExists));
  ASSERT_OK_AND_ASSIGN(const auto back, store().Get("w/x"));
  EXPECT_EQ(back, "old");
}

TEST_P(ObjectStoreContract, AReplacementTakesThePlaceAtItsEnd) {
  for (const std::string before : {"", "old"}) {
    if (!before.empty()) Put("exports/a/x.csv", before);
    ASSERT_OK_AND_ASSIGN(const auto writer, store().OpenReplacement("exports/a/x.csv"));
    ASSERT_THAT(writer->Append("ne"), IsOk());
    EXPECT_EQ(store().Get("exports/a/x.csv").value_or(""), before);
    ASSERT_THAT(writer->Append("w"), IsOk());
    ASSERT_OK_AND_ASSIGN(const auto size, writer->Finish());
    EXPECT_EQ(size, 3U);
    ASSERT_OK_AND_ASSIGN(const auto back, store().Get("exports/a/x.csv"));
    EXPECT_EQ(back, "new");
    ASSERT_THAT(store().Delete("exports/a/x.csv"), IsOk());
  }
  {
    ASSERT_OK_AND_ASSIGN(const auto dropped, store().OpenReplacement("exports/a/x.csv"));
    ASSERT_THAT(dropped->Append("never"), IsOk());
  }
  EXPECT_EQ(Keys(""), Strings());
}

TEST_P(ObjectStoreContract, PutAllPutsEveryObject) {
  std::vector<PutRequest> requests;
  Strings bodies;
  for (int i = 0; i < 20; ++i) bodies.push_back("body " + std::to_string(i));
  for (size_t i = 0; i < bodies.size(); ++i) {
    requests.push_back({"all/" + std::to_string(i % 3) + "/" + std::to_string(i), bodies[i]});
  }
  ASSERT_THAT(store().PutAll(requests), IsOk());
  ASSERT_THAT(store().PutAll({}), IsOk());
  for (const auto& request : requests) {
    ASSERT_OK_AND_ASSIGN(const auto back, store().Get(request.key));
    EXPECT_EQ(back, request.body);
  }
}

TEST_P(ObjectStoreContract, PutAllWithOneTakenNamePutsNothing) {
  Put("all/b", "old");
  const std::vector<PutRequest> requests = {{"all/a", "1"}, {"all/b", "2"}, {"all/c", "3"}};
  EXPECT_THAT(store().PutAll(requests), ErrorIs(ErrorCode::kAlreadyExists));
  EXPECT_EQ(Keys(""), Strings({"all/b"}));
  const std::vector<PutRequest> bad = {{"all/x", "1"}, {"../y", "2"}};
  EXPECT_THAT(store().PutAll(bad), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(Keys(""), Strings({"all/b"}));
}

TEST_P(ObjectStoreContract, ListIsInByteOrderOfWholeKeys) {
  for (const auto* key : {"a/x", "a.b", "a0", "a/b/c", "a-1", "b", "a!/q"}) Put(key);
  EXPECT_EQ(Keys(""), Strings({"a!/q", "a-1", "a.b", "a/b/c", "a/x", "a0", "b"}));
  EXPECT_EQ(Keys("a/"), Strings({"a/b/c", "a/x"}));
  EXPECT_EQ(Keys("a/b"), Strings({"a/b/c"}));
  EXPECT_EQ(Keys("a"), Strings({"a!/q", "a-1", "a.b", "a/b/c", "a/x", "a0"}));
  EXPECT_EQ(Keys("nope/"), Strings());
}

TEST_P(ObjectStoreContract, ListStartsBehindAndStopsAtLimit) {
  for (const auto* key : {"s/1", "s/2", "s/3/a", "s/3/b", "s/4"}) Put(key);
  EXPECT_EQ(Keys("s/", "s/2"), Strings({"s/3/a", "s/3/b", "s/4"}));
  EXPECT_EQ(Keys("s/", "s/3/a"), Strings({"s/3/b", "s/4"}));
  EXPECT_EQ(Keys("s/", "s/3"), Strings({"s/3/a", "s/3/b", "s/4"}));
  EXPECT_EQ(Keys("s/", "", 3), Strings({"s/1", "s/2", "s/3/a"}));
  EXPECT_EQ(Keys("s/", "s/1", 2), Strings({"s/2", "s/3/a"}));
  EXPECT_EQ(Keys("s/", "z"), Strings());
  EXPECT_EQ(Keys("s/", "a", 1), Strings({"s/1"}));
}

TEST_P(ObjectStoreContract, RandomListingsMatchAModel) {
  const uint64_t seed = 20'26;
  SCOPED_TRACE("seed " + std::to_string(seed));
  SeededRandomness randomness(seed);
  const Strings segments = {"a", "b", "a.b", "a-b", "ab", "c0"};
  Strings keys;
  for (int i = 0; i < 60; ++i) {
    std::string key;
    for (auto depth = randomness.Next() % 3 + 1; depth > 0; --depth) {
      key += (key.empty() ? "" : "/") + segments[randomness.Next() % segments.size()] + (depth > 1 ? "d" : "");
    }
    if (store().PutIfAbsent(key, "x")) keys.push_back(key);
  }
  std::ranges::sort(keys);
  for (int i = 0; i < 100; ++i) {
    auto prefix = keys[randomness.Next() % keys.size()];
    prefix.resize(randomness.Next() % (prefix.size() + 1));
    const auto after = randomness.Next() % 2 == 0 ? std::string() : keys[randomness.Next() % keys.size()];
    const auto limit = randomness.Next() % 4 == 0 ? randomness.Next() % 7 : 0;
    Strings expected;
    for (const auto& key : keys) {
      if (key.starts_with(prefix) && key > after && (limit == 0 || expected.size() < limit)) expected.push_back(key);
    }
    EXPECT_EQ(Keys(prefix, after, limit), expected) << prefix << " after " << after << " limit " << limit;
  }
}

TEST_P(ObjectStoreContract, FoldersAreListedWhileAnObjectLiesBelow) {
  for (const auto* key : {"f/a/deep/x", "f/b/x", "f/file", "f/a.b/x", "g/x"}) Put(key);
  ASSERT_OK_AND_ASSIGN(const auto folders, store().ListFolders("f/"));
  EXPECT_EQ(folders, Strings({"a", "a.b", "b"}));
  ASSERT_OK_AND_ASSIGN(const auto top, store().ListFolders(""));
  EXPECT_EQ(top, Strings({"f", "g"}));
  ASSERT_THAT(store().Delete("f/a/deep/x"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto less, store().ListFolders("f/"));
  EXPECT_EQ(less, Strings({"a.b", "b"}));
  ASSERT_OK_AND_ASSIGN(const auto none, store().ListFolders("nope/"));
  EXPECT_EQ(none, Strings());
}

TEST_P(ObjectStoreContract, DeletedKeyIsFreeAgain) {
  Put("d/x", "1");
  ASSERT_THAT(store().Delete("d/x"), IsOk());
  ASSERT_THAT(store().Delete("d/x"), IsOk());
  ASSERT_THAT(store().Delete("d/never/there"), IsOk());
  const std::vector<std::string> keys{"d/x", "d/<&> 'quoted' \"é\"", "d/never/there", "e/y"};
  for (const size_t i : {0U, 1U, 3U}) ASSERT_THAT(store().PutIfAbsent(keys[i], "1"), IsOk());
  ASSERT_THAT(store().DeleteAll(keys), IsOk());
  for (const auto& key : keys) EXPECT_THAT(store().Head(key), ErrorIs(ErrorCode::kNotFound)) << key;
  EXPECT_THAT(store().Get("d/x"), ErrorIs(ErrorCode::kNotFound));
  Put("d/x", "2");
  ASSERT_OK_AND_ASSIGN(const auto back, store().Get("d/x"));
  EXPECT_EQ(back, "2");
  ASSERT_THAT(store().MakeDurable("d/x"), IsOk());
}

TEST_P(ObjectStoreContract, OneOfManyThreadsWins) {
  constexpr int kThreads = 8;
  for (int round = 0; round < 10; ++round) {
    const auto key = "race/" + std::to_string(round) + "/k";
    std::atomic<int> wins{0};
    std::atomic<int> losses{0};
    std::atomic<int> winner{-1};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
          const auto put = store().PutIfAbsent(key, std::to_string(i));
          if (put) {
            wins.fetch_add(1);
            winner.store(i);
          } else if (put.error().code == ErrorCode::kAlreadyExists) {
            losses.fetch_add(1);
          }
        });
      }
    }
    EXPECT_EQ(wins.load(), 1);
    EXPECT_EQ(losses.load(), kThreads - 1);
    ASSERT_OK_AND_ASSIGN(const auto body, store().Get(key));
    EXPECT_EQ(body, std::to_string(winner.load()));
  }
}

}  // namespace tarn::store

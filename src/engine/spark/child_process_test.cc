// SPDX-License-Identifier: Apache-2.0
#include "engine/spark/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/result_matchers.h"

namespace tarn::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::EndsWith;
using testing::HasSubstr;

constexpr milliseconds kLong{60'000};

ChildCall Shell(const std::string& script, milliseconds timeout = kLong, std::stop_token stop = {}) {
  return {{"sh", "-c", script},
          {"PATH=/usr/bin:/bin", "WORD=a b"},
          testing::TempDir(),
          steady_clock::now() + timeout,
          std::move(stop)};
}

/// Whether the process whose number the file holds is there and no zombie.
bool IsAlive(const std::string& pid_file) {
  std::ifstream file(pid_file);
  pid_t pid = 0;
  if (!(file >> pid) || kill(pid, 0) != 0) return false;
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  return !text.empty() && text.find(") Z") == std::string::npos;
}

TEST(ChildProcessTest, ItRunsWhereAndAsItIsTold) {
  ASSERT_OK_AND_ASSIGN(const auto done, RunChild(Shell("echo \"$WORD in $(pwd)\"; echo wrong >&2; exit 3")));
  EXPECT_EQ(done.exit_status, 3);
  const auto folder = std::filesystem::canonical(testing::TempDir()).string();
  EXPECT_EQ(done.output, "a b in " + folder + "\nwrong\n");
  ASSERT_OK_AND_ASSIGN(const auto killed, RunChild(Shell("kill -9 $$")));
  EXPECT_EQ(killed.exit_status, 128 + SIGKILL);
}

TEST(ChildProcessTest, TheEndOfMuchOutputIsKept) {
  ASSERT_OK_AND_ASSIGN(const auto done,
                       RunChild(Shell("i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done; echo end")));
  EXPECT_EQ(done.output.size(), kMaxChildOutput);
  EXPECT_THAT(done.output, EndsWith("0123456789\nend\n"));
}

TEST(ChildProcessTest, NothingOfOursIsOpenThere) {
  const auto path = testing::TempDir() + "child_process_test.held";
  std::ofstream held(path);  // without close-on-exec
  ASSERT_OK_AND_ASSIGN(const auto done, RunChild(Shell("ls -l /proc/self/fd")));
  EXPECT_EQ(done.output.find(path), std::string::npos) << done.output;
  std::filesystem::remove(path);
}

TEST(ChildProcessTest, TheTimeoutEndsItWithWhomItStarted) {
  const auto pid_file = testing::TempDir() + "child_process_test.pid";
  const auto ended = RunChild(Shell("sh -c 'echo $$ > " + pid_file + "; exec sleep 600' & wait", milliseconds(500)));
  EXPECT_THAT(ended, ErrorIs(ErrorCode::kDeadlineExceeded));
  const auto deadline = steady_clock::now() + kLong;
  while (IsAlive(pid_file) && steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(IsAlive(pid_file));
  std::filesystem::remove(pid_file);
}

TEST(ChildProcessTest, AStopEndsEvenWhoDoesNotListen) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(RunChild(Shell("trap '' TERM; while :; do sleep 1; done", kLong, stop.get_token())),
              ErrorIs(ErrorCode::kCancelled));
}

TEST(ChildProcessTest, WhomItLeavesBehindIsEndedToo) {
  const auto pid_file = testing::TempDir() + "child_process_test.left";
  ASSERT_OK_AND_ASSIGN(const auto done,
                       RunChild(Shell("sleep 600 > /dev/null 2>&1 & echo $! > " + pid_file + "; exit 0")));
  EXPECT_EQ(done.exit_status, 0);
  const auto deadline = steady_clock::now() + kLong;
  while (IsAlive(pid_file) && steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(IsAlive(pid_file));
  std::filesystem::remove(pid_file);
}

TEST(ChildProcessTest, WhatIsNoProgramIsNotRun) {
  for (const auto* word : {"no-such-program", "/no/such/program", "/etc/passwd"}) {
    auto call = Shell("");
    call.words = {word};
    EXPECT_THAT(RunChild(call), ErrorIs(ErrorCode::kFailedPrecondition)) << word;
  }
}

}  // namespace
}  // namespace tarn::engine

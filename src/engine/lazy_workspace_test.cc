// SPDX-License-Identifier: Apache-2.0
#include "engine/lazy_workspace.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::engine {
namespace {

/// Notes the names of inputs and the statements.
class NotingWorkspace final : public Workspace {
 public:
  explicit NotingWorkspace(std::vector<std::string>& notes) : notes_(notes) {}

  Status AddInput(const std::string& name, BoundTablePtr) override { return Note(name); }
  Result<uint64_t> Execute(const std::string& sql) override {
    TARN_TRY(Note(sql));
    return uint64_t{7};
  }
  Result<std::unique_ptr<ResultStream>> Query(const std::string&) override { return Fail(ErrorCode::kUnsupported, ""); }
  Result<table::Schema> Describe(const std::string&) override { return table::Schema(); }
  Result<std::vector<table::DataFile>> WriteParquet(const WriteRequest&) override {
    return std::vector<table::DataFile>();
  }
  Result<PreparedParquet> PrepareParquet(const WriteRequest&) override { return PreparedParquet(); }
  Result<uint64_t> Export(const ExportRequest&) override { return 0; }

 private:
  Status Note(const std::string& what) {
    notes_.push_back(what);
    return {};
  }

  std::vector<std::string>& notes_;
};

class NotingEngine final : public QueryEngine {
 public:
  Result<StatementInfo> Classify(const std::string&) override { return StatementInfo(); }
  Result<QueryLineage> Lineage(const std::string&) override { return QueryLineage(); }
  Result<std::unique_ptr<ResultStream>> Query(const QueryRequest&) override {
    return Fail(ErrorCode::kUnsupported, "");
  }
  Result<std::unique_ptr<Workspace>> OpenWorkspace(const WorkspaceOptions&) override {
    if (closed) return Fail(ErrorCode::kUnavailable, "closed");
    notes.emplace_back("open");
    return std::make_unique<NotingWorkspace>(notes);
  }
  Result<PreparedParquet> PrepareRows(const RowWriteRequest&) override { return PreparedParquet(); }

  bool closed = false;
  std::vector<std::string> notes;
};

TEST(LazyWorkspaceTest, OpensWithTheFirstStatementAndTakesTheInputsAlong) {
  NotingEngine engine;
  LazyWorkspace workspace(engine);
  EXPECT_THAT(workspace.AddInput("a", nullptr), IsOk());
  EXPECT_THAT(workspace.AddInput("b", nullptr), IsOk());
  EXPECT_TRUE(engine.notes.empty());
  ASSERT_OK_AND_ASSIGN(const auto rows, workspace.Execute("one"));
  EXPECT_EQ(rows, 7U);
  EXPECT_THAT(workspace.AddInput("c", nullptr), IsOk());
  EXPECT_THAT(workspace.Execute("two"), IsOk());
  EXPECT_EQ(engine.notes, (std::vector<std::string>{"open", "a", "b", "one", "c", "two"}));
}

TEST(LazyWorkspaceTest, WhatCannotBeOpenedNowIsOpenedLater) {
  NotingEngine engine;
  engine.closed = true;
  LazyWorkspace workspace(engine);
  EXPECT_THAT(workspace.AddInput("a", nullptr), IsOk());
  EXPECT_THAT(workspace.Execute("one"), ErrorIs(ErrorCode::kUnavailable));
  engine.closed = false;
  EXPECT_THAT(workspace.Execute("one"), IsOk());
  EXPECT_EQ(engine.notes, (std::vector<std::string>{"open", "a", "one"}));
}

}  // namespace
}  // namespace tarn::engine

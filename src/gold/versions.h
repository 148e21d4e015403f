// SPDX-License-Identifier: Apache-2.0
#pragma once
// The SQL of a snapshot job's run: which rows of its query begin a version of their key, and which versions of the
// table end by it. Texts alone, for a workspace in which `result` holds the query's rows and `input.existing` the
// table's. Immutable.

#include <string>

#include "base/time.h"
#include "gold/job.h"
#include "table/snapshot.h"

namespace tarn::gold {

class Versions {
 public:
  /// `query` are the columns of the job's query, `now` the time of the run. kInvalidArgument: a column that is needed
  /// is not there, or one of a version's names is taken.
  static Result<Versions> Of(const Job& job, const table::Schema& query, Timestamp now);

  /// The rows of `select` as versions that begin; becomes `result`.
  std::string SelectResult(const std::string& select) const;
  /// How many rows of `result` begin at no time.
  std::string CountTimeless() const;
  /// Whether the table keeps versions under these names.
  bool IsKeptBy(const table::Schema& schema) const;

  /// Table `news`: rows of `result` that are no current version yet.
  std::string CreateNews() const;
  /// Table `closes`: keys whose current version ends, and when.
  std::string CreateCloses() const;
  /// Files of the table that hold versions that end.
  std::string SelectFiles() const;
  /// All rows of `input.rewritten`, ended where they do.
  std::string SelectKept(const table::Schema& schema) const;

 private:
  Versions(const Job& job, const table::Schema& query, Timestamp now);
  std::string KeysEqual(const std::string& left, const std::string& right) const;
  std::string IsCurrent() const;
  std::string Differs() const;
  std::string Now() const;

  const Job* job_;
  std::string from_;  ///< quoted names of a version's columns
  std::string to_;
  std::string flag_;                   ///< is_current; empty: there is none
  table::TypeKind time_type_;          ///< of from_ and to_
  std::vector<std::string> compared_;  ///< columns that make another version, of strategy check
  Timestamp now_;
};

}  // namespace tarn::gold

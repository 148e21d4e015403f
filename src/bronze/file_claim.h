// SPDX-License-Identifier: Apache-2.0
#pragma once
// The claim of a dropped file, kept for ever, so that it is taken once (durability.md §4.1,
// docs/formats/file-claim.md). Its series is named by what the file is; the newest version says how far it got. Plain
// value and its JSON codec.

#include <string>

#include "bronze/file_format.h"
#include "contract/record_checker.h"
#include "lake/keys.h"
#include "store/series.h"

namespace tarn::bronze {

struct FileClaim {
  enum class State {
    kOpen,   ///< its rows are on their way into bronze
    kTaken,  ///< they are there
    kFailed  ///< the file cannot be read to its end: what could be read is there, the reason in quarantine
  };

  State state = State::kOpen;
  std::string domain;
  std::string table;
  uint64_t generation = 0;
  uint64_t contract_version = 0;  ///< when it was claimed
  uint64_t number = 0;            ///< of the file among the endpoint's
  std::string key;                ///< of the object that holds it
  std::string name;
  std::string etag;
  uint64_t size_bytes = 0;
  FileFormat format;
  std::string unreadable;  ///< why there is no format; empty = there is
  bool checked = true;
  contract::Operation operation = contract::Operation::kUpsert;
  Timestamp insert_date;
  std::string request_id;
  uint64_t incarnation = 0;
  // When it is no longer open:
  uint64_t rows = 0;
  uint64_t quarantined = 0;
  uint64_t first_entry = 0;  ///< of the bronze log
  uint64_t last_entry = 0;
  std::string error;

  bool operator==(const FileClaim&) const = default;
};

/// "open", "taken", "failed".
std::string_view FileStateWord(FileClaim::State state);

/// Name of the series that keeps a file from being taken twice: a hash of endpoint with generation, name, etag and
/// size.
std::string ClaimOf(const FileClaim& file);

struct FileClaimCodec {
  static std::string Encode(const FileClaim& claim);
  static Result<FileClaim> Decode(std::string_view text);
};

using FileClaimSeries = store::SeriesOf<FileClaim, FileClaimCodec>;

}  // namespace tarn::bronze

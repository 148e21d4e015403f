// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn crawl`: looks at a directory of raw files and proposes endpoints for them, as POST /endpoints takes them
// (docs/guide/files.md). Reads a sample of each data set; writes nothing.

#include <cstdint>
#include <string>
#include <vector>

#include "bronze/file_text.h"
#include "codec/json.h"

namespace tarn::app {

struct CrawlCommand {
  std::string directory;
  std::string domain;  ///< of the proposed endpoints; empty = the directory's name
};

/// Files that look like one table: those of a folder and of its partitions, or one file at the top.
struct CrawledSet {
  std::string place;  ///< folder or file below the directory
  uint64_t files = 0;
  uint64_t size_bytes = 0;
  std::vector<std::string> partitions;  ///< names of `name=value` folders, outermost first
  codec::OrderedJson endpoint;          ///< a body for POST /endpoints; null when no file could be read
  std::string problem;                  ///< of the last file that could not be read
};

/// Data sets among the store's objects, by place. Reads at most kSampledFiles of each and of those the beginning.
Result<std::vector<CrawledSet>> Crawl(const bronze::FileSources& sources, const std::string& domain);

inline constexpr size_t kSampledFiles = 8;
inline constexpr size_t kSampledRecords = 2'000;  ///< of one file

/// Prints proposals, one a line, and to standard error what they stand for; returns the exit code.
int RunCrawl(const CrawlCommand& command);

}  // namespace tarn::app

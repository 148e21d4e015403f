// SPDX-License-Identifier: Apache-2.0
#include "bronze/file_check.h"

#include "base/assert.h"
#include "ingest/answer.h"

namespace tarn::bronze {

Result<std::optional<FileRefusal>> CheckWholeFile(const FileCheckRequest& request) {
  const auto& claim = request.claim;
  TARN_ASSIGN(auto text, FileText::OpenAs(request.sources, claim.key, claim.format, {}));
  FilePart part;
  part.number = 1;
  part.name = claim.name;
  part.format = claim.format;
  part.insert_date = claim.insert_date;
  part.checked = claim.checked;
  FileScan scan({request.endpoint, request.randomness, claim.key, part, claim.operation, std::nullopt, request.limits},
                std::make_unique<FileRecords>(std::move(text), claim.format, 0));
  FileRefusal refusal;
  for (bool ends = false; !ends;) {
    if (request.stopping) return Fail(ErrorCode::kUnavailable, "the server is stopping; send the file again");
    TARN_ASSIGN(const auto cut, scan.Next());
    TARN_ASSERT(cut.entry.file);  // of each cut of a file
    const auto& read = *cut.entry.file;
    if (!read.error.empty()) return Fail(ErrorCode::kInvalidArgument, read.error);
    refusal.rows = read.rows;
    refusal.refused = read.quarantined;
    for (const auto& entry : scan.refused()) {
      if (refusal.listed.size() < ingest::kMaxListedRecords)
        refusal.listed.push_back({entry.record_index, entry.errors});
    }
    ends = read.ends;
  }
  return refusal.refused > 0 ? std::optional(std::move(refusal)) : std::nullopt;
}

}  // namespace tarn::bronze

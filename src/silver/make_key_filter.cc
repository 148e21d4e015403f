// SPDX-License-Identifier: Apache-2.0
#include "silver/make_key_filter.h"

#include "lake/keys.h"
#include "silver/key_filter.h"
#include "silver/key_hash.h"

namespace tarn::silver {

Result<table::PendingObject> MakeKeyFilter(const KeyFilterRequest& request, std::vector<uint64_t> hashes) {
  TARN_ASSIGN(auto keys, codec::FuseFilter::Build(std::move(hashes)));
  const KeyFilter filter{KeyFingerprint(request.schema, request.key), std::move(keys)};
  return table::PendingObject{lake::SideKey(request.location, KeyFilterName(request.path)), EncodeKeyFilter(filter)};
}

Result<table::PendingObject> MakeKeyFilter(const KeyFilterRequest& request, engine::Workspace& workspace,
                                           const std::string& select) {
  std::string columns;
  for (const auto& name : request.key) columns += (columns.empty() ? "" : ", ") + engine::QuoteIdentifier(name);
  TARN_ASSIGN(const auto stream, workspace.Query("SELECT " + columns + " FROM (" + select + ")"));
  TARN_ASSIGN(auto hashes, ReadKeyHashes(*stream));
  return MakeKeyFilter(request, std::move(hashes));
}

}  // namespace tarn::silver

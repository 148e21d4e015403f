// SPDX-License-Identifier: Apache-2.0
#include "silver/make_key_filter.h"

#include "lake/keys.h"
#include "silver/key_filter.h"
#include "silver/key_hash.h"

namespace tarn::silver {

Result<engine::PendingObject> MakeKeyFilter(engine::Workspace& workspace, const KeyFilterRequest& request) {
  std::string columns;
  for (const auto& name : request.key) columns += (columns.empty() ? "" : ", ") + engine::QuoteIdentifier(name);
  TARN_ASSIGN(const auto stream, workspace.Query("SELECT " + columns + " FROM (" + request.select + ")"));
  TARN_ASSIGN(auto hashes, ReadKeyHashes(*stream));
  TARN_ASSIGN(auto keys, codec::FuseFilter::Build(std::move(hashes)));
  const KeyFilter filter{KeyFingerprint(request.schema, request.key), std::move(keys)};
  return engine::PendingObject{lake::SideKey(request.location, KeyFilterName(request.path)), EncodeKeyFilter(filter)};
}

}  // namespace tarn::silver

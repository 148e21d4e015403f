// SPDX-License-Identifier: Apache-2.0
#include "codec/document.h"

namespace tarn::codec {

Status CheckVersion(const Json& document, const DocumentKind& kind) {
  const int version = document.at(kind.version_member);
  if (version >= kind.oldest && version <= kind.newest) return {};
  auto known = std::to_string(kind.newest);
  if (kind.oldest < kind.newest) known = std::to_string(kind.oldest) + " to " + known;
  return Fail(ErrorCode::kUnsupported,
              std::string(kind.name) + " of version " + std::to_string(version) + ", this build reads " + known);
}

}  // namespace tarn::codec

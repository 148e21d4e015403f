// SPDX-License-Identifier: Apache-2.0
#include "silver/side_references.h"

#include "lake/keys.h"

namespace tarn::silver {

Result<std::vector<std::string>> SideReferences(store::ObjectStore& store, const std::string& location,
                                                int64_t number) {
  std::vector<std::string> keys{lake::SideKey(location, SideManifestName(number))};
  TARN_ASSIGN(const auto body, store.Get(keys.front()));
  auto manifest = DecodeSideManifest(body);
  if (!manifest) return Fail(std::move(manifest).error().In(keys.front()));
  for (const auto& file : manifest->Files()) keys.push_back(lake::SideKey(location, file.path));
  return keys;
}

}  // namespace tarn::silver

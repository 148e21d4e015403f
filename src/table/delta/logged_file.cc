// SPDX-License-Identifier: Apache-2.0
#include "table/delta/logged_file.h"

#include "table/delta/deletion_vector.h"

namespace tarn::table::delta {

const FileDetails& DetailsOf(const DataFile& file) {
  static const FileDetails none;
  const auto& details = static_cast<const LoggedFile&>(file).details;
  return details != nullptr ? *details : none;
}

std::string FileKey(std::string_view path, const std::optional<DeletionVector>& vector) {
  std::string key(path);
  if (vector) key.append(1, '\0').append(UniqueIdOf(*vector));
  return key;
}

}  // namespace tarn::table::delta

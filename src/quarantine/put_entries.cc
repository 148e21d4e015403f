// SPDX-License-Identifier: Apache-2.0
#include "quarantine/put_entries.h"

#include "codec/crc32c.h"

namespace tarn::quarantine {

Result<EntryObject> PutEntries(store::ObjectStore& store, const std::string& key, const std::vector<Entry>& entries) {
  TARN_ASSIGN(const auto body, EncodeEntries(entries));
  const store::PutRequest put{key, body};
  TARN_TRY(store.PutAll({&put, 1}));
  return EntryObject{key, body.size(), codec::Crc32c(body), entries.size()};
}

}  // namespace tarn::quarantine

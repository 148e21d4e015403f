// SPDX-License-Identifier: Apache-2.0
#pragma once
// A version in the series of a named document (lake/named_documents.h).

namespace tarn::lake {

template <class T>
struct StoredDocument {
  T value;
  bool deleted = false;
};

}  // namespace tarn::lake

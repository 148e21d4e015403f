// SPDX-License-Identifier: Apache-2.0
#pragma once
// The documents and header values S3 answers with, and those it is sent. Pure functions.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/object_store.h"

namespace tarn::store {

/// One page of a listing; keys as in the bucket.
struct ListPage {
  std::vector<ObjectInfo> objects;
  std::vector<std::string> folders;  ///< common prefixes, with their slash
  std::string continuation;          ///< empty = the last page
};

/// ListObjectsV2 with encoding-type=url.
Result<ListPage> ReadListPage(std::string_view body);

/// The upload id of a CreateMultipartUpload answer.
Result<std::string> ReadUploadId(std::string_view body);

/// Status 200 of a slow operation may carry an error document; its code, or empty.
std::string ErrorCodeInside(std::string_view body);

/// CompleteMultipartUpload for the parts' entity tags in their order.
std::string CompleteDocument(const std::vector<std::string>& entity_tags);

/// DeleteObjects for keys as in the bucket; the answer is to name only what stays.
std::string DeleteDocument(std::span<const std::string> keys);

/// The keys that a DeleteObjects answer names as not deleted, as in the bucket.
Result<std::vector<std::string>> ReadUndeleted(std::string_view body);

/// "Wed, 21 Oct 2015 07:28:00 GMT" (RFC 9110 §5.6.7).
Result<Timestamp> ReadHttpDate(std::string_view text);

/// The size behind the slash of "bytes 0-9/1234".
Result<uint64_t> ReadSizeOfContentRange(std::string_view text);

}  // namespace tarn::store

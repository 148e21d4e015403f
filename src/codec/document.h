// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads JSON documents of the lake's own: which versions this build knows and what is said of broken ones. Thread-safe.

#include <string>
#include <string_view>
#include <type_traits>

#include "codec/json.h"

namespace tarn::codec {

struct DocumentKind {
  const char* name;  ///< in errors, e.g. "run record"
  int newest;        ///< version
  int oldest = 1;
  const char* version_member = "version";
};

/// kUnsupported: another version. Throws Json::exception where there is none.
Status CheckVersion(const Json& document, const DocumentKind& kind);

/// What `read` makes of a document whose version is known: a Result. It may throw Json::exception, as members that are
/// missing or of another type do: kCorrupt. kInvalidArgument: no JSON.
template <class Read>
std::invoke_result_t<Read, Json&> ReadDocument(std::string_view text, const DocumentKind& kind, const Read& read) {
  TARN_ASSIGN(auto document, ParseJson(text));
  try {
    TARN_TRY(CheckVersion(document, kind));
    return read(document);
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kCorrupt, std::string("broken ") + kind.name + ": " + error.what());
  }
}

}  // namespace tarn::codec

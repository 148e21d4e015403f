// SPDX-License-Identifier: Apache-2.0
#include "codec/csv.h"

namespace tarn::codec {

void AppendQuotedCsvField(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const std::string_view run = text.substr(0, text.find('"'));
    out.append(run);
    if (run.size() == text.size()) break;
    out.append("\"\"");
    text.remove_prefix(run.size() + 1);
  }
  out.push_back('"');
}

void AppendCsvField(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out.append(text);
  } else {
    AppendQuotedCsvField(out, text);
  }
}

}  // namespace tarn::codec

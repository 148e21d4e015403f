// SPDX-License-Identifier: Apache-2.0
// Short texts: times, durations, schedules, URLs, base64.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/time.h"
#include "codec/base64.h"
#include "codec/url.h"
#include "schedule/schedule_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto time = tarn::ParseTimestamp(text)) {
    const auto again = tarn::ParseTimestamp(tarn::FormatTimestamp(*time));
    if (!again || again->micros != time->micros) std::abort();
  }
  (void)tarn::ParseDuration(text);
  (void)tarn::schedule::ParseSchedule(text);
  (void)tarn::codec::ParseQuery(text);
  if (const auto decoded = tarn::codec::PercentDecode(text)) {
    const auto again = tarn::codec::PercentDecode(tarn::codec::PercentEncode(*decoded));
    if (!again || *again != *decoded) std::abort();
  }
  if (const auto decoded = tarn::codec::Base64UrlDecode(text)) {
    const auto again = tarn::codec::Base64UrlDecode(tarn::codec::Base64UrlEncode(*decoded));
    if (!again || *again != *decoded) std::abort();
  }
  return 0;
}

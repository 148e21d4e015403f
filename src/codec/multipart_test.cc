// SPDX-License-Identifier: Apache-2.0
#include "codec/multipart.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::codec {
namespace {

/// "name/file/type=content" of all parts, the body coming in pieces of `step` bytes; the error's message instead.
std::string ReadAll(const std::string& body, size_t step) {
  size_t at = 0;
  MultipartReader reader("XX", [&]() -> Result<std::string> {
    auto piece = body.substr(std::min(at, body.size()), step);
    at += step;
    return piece;
  });
  std::string text;
  for (;;) {
    const auto part = reader.NextPart();
    if (!part) return part.error().message;
    if (!*part) return text;
    text += (*part)->name + "/" + (*part)->file_name.value_or("-") + "/" + (*part)->content_type + "=";
    for (;;) {
      const auto bytes = reader.Read();
      if (!bytes) return bytes.error().message;
      if (bytes->empty()) break;
      text += *bytes;
    }
    text += ";";
  }
}

const std::string kBody =
    "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\ncsv\r\n"
    "--XX\r\ncontent-disposition: form-data; name=\"f\"; filename=\"a \\\"b\\\".csv\"\r\nContent-Type: text/csv\r\n\r\n"
    "1,2\r\n--X\r\n\r\n\r\n--XX--\r\nepilogue";

TEST(MultipartTest, PartsComeBackHoweverTheBodyIsCut) {
  for (size_t step = 1; step <= kBody.size(); ++step) {
    ASSERT_EQ(ReadAll(kBody, step), "format/-/=csv;f/a \"b\".csv/text/csv=1,2\r\n--X\r\n\r\n;") << step;
  }
}

TEST(MultipartTest, ABodyThatEndsEarlyIsRefused) {
  for (size_t size = 0; size < kBody.find("--XX--") + 4; ++size) {
    EXPECT_NE(ReadAll(kBody.substr(0, size), 7).find("malformed multipart body"), std::string::npos) << size;
  }
  EXPECT_EQ(ReadAll("--XX--", 3), "");
}

TEST(MultipartTest, ABoundaryIsFoundInTheHeader) {
  EXPECT_EQ(MultipartBoundary("Multipart/Form-Data; charset=x; boundary=\"a b\""), "a b");
  EXPECT_EQ(MultipartBoundary("multipart/form-data;boundary=abc"), "abc");
  EXPECT_EQ(MultipartBoundary("multipart/form-data"), std::nullopt);
  EXPECT_EQ(MultipartBoundary("text/csv; boundary=x"), std::nullopt);
}

}  // namespace
}  // namespace tarn::codec

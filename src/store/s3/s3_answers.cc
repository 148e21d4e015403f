// SPDX-License-Identifier: Apache-2.0
#include "store/s3/s3_answers.h"

#include <time.h>

#include <charconv>

#include "codec/url.h"
#include "codec/xml.h"

namespace tarn::store {
namespace {

using Token = codec::XmlReader::Token;

std::unexpected<Error> Unreadable(const std::string& why) {
  return Fail(ErrorCode::kUnavailable, "the S3 server's answer cannot be read: " + why);
}

Result<uint64_t> ReadNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return Unreadable("not a number");
  return number;
}

/// Hands each child of the element just opened to `take`, which consumes it.
template <class Take>
Status ForEachChild(codec::XmlReader& reader, Take&& take) {
  for (;;) {
    TARN_ASSIGN(const auto token, reader.Next());
    if (token == Token::kEnd || token == Token::kDone) return {};
    if (token == Token::kStart) TARN_TRY(take(std::string(reader.name())));
  }
}

/// The root element of a document must be `name`.
Status Open(codec::XmlReader& reader, std::string_view name) {
  TARN_TRY(reader.Next());
  if (reader.name() != name) return Unreadable("<" + std::string(reader.name()) + ">");
  return {};
}

Result<std::string> ReadUrlText(codec::XmlReader& reader) {
  TARN_ASSIGN(auto text, reader.TextOfElement());
  for (auto& c : text) {
    if (c == '+') c = ' ';  // some servers encode as forms do; a plus itself comes as %2B
  }
  return codec::PercentDecode(text);
}

Result<ObjectInfo> ReadObject(codec::XmlReader& reader) {
  ObjectInfo object;
  TARN_TRY(ForEachChild(reader, [&](const std::string& name) -> Status {
    if (name == "Key") {
      TARN_ASSIGN(object.key, ReadUrlText(reader));
      return {};
    }
    if (name != "Size" && name != "LastModified") return reader.SkipElement();
    TARN_ASSIGN(const auto text, reader.TextOfElement());
    if (name == "Size") {
      TARN_ASSIGN(object.size_bytes, ReadNumber(text));
    } else {
      TARN_ASSIGN(object.modified, ParseTimestamp(text));
    }
    return {};
  }));
  return object;
}

Status ReadPage(std::string_view body, ListPage& page) {
  codec::XmlReader reader(body);
  TARN_TRY(Open(reader, "ListBucketResult"));
  return ForEachChild(reader, [&](const std::string& name) -> Status {
    if (name == "Contents") {
      TARN_ASSIGN(auto object, ReadObject(reader));
      page.objects.push_back(std::move(object));
      return {};
    }
    if (name == "CommonPrefixes") {
      return ForEachChild(reader, [&](const std::string&) -> Status {
        TARN_ASSIGN(auto folder, ReadUrlText(reader));
        page.folders.push_back(std::move(folder));
        return {};
      });
    }
    if (name != "NextContinuationToken") return reader.SkipElement();
    TARN_ASSIGN(page.continuation, reader.TextOfElement());
    return {};
  });
}

Result<std::string> ChildOf(std::string_view body, std::string_view root, std::string_view child) {
  codec::XmlReader reader(body);
  TARN_TRY(Open(reader, root));
  std::string found;
  TARN_TRY(ForEachChild(reader, [&](const std::string& name) -> Status {
    if (name != child) return reader.SkipElement();
    TARN_ASSIGN(found, reader.TextOfElement());
    return {};
  }));
  return found;
}

}  // namespace

Result<ListPage> ReadListPage(std::string_view body) {
  ListPage page;
  if (auto read = ReadPage(body, page); !read) return Unreadable(read.error().message);
  return page;
}

Result<std::string> ReadUploadId(std::string_view body) {
  auto id = ChildOf(body, "InitiateMultipartUploadResult", "UploadId");
  if (!id) return Unreadable(id.error().message);
  if (id->empty()) return Unreadable("no upload id");
  return id;
}

std::string ErrorCodeInside(std::string_view body) {
  auto code = ChildOf(body, "Error", "Code");
  return code ? std::move(*code) : std::string();
}

std::string CompleteDocument(const std::vector<std::string>& entity_tags) {
  std::string text = "<CompleteMultipartUpload>";
  for (size_t i = 0; i < entity_tags.size(); ++i) {
    text += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" + codec::XmlEscape(entity_tags[i]) +
            "</ETag></Part>";
  }
  return text + "</CompleteMultipartUpload>";
}

std::string DeleteDocument(std::span<const std::string> keys) {
  std::string text = "<Delete><Quiet>true</Quiet>";
  for (const auto& key : keys) text += "<Object><Key>" + codec::XmlEscape(key) + "</Key></Object>";
  return text + "</Delete>";
}

Result<std::vector<std::string>> ReadUndeleted(std::string_view body) {
  std::vector<std::string> keys;
  auto read = [&]() -> Status {
    codec::XmlReader reader(body);
    TARN_TRY(Open(reader, "DeleteResult"));
    return ForEachChild(reader, [&](const std::string& name) -> Status {
      if (name != "Error") return reader.SkipElement();
      return ForEachChild(reader, [&](const std::string& part) -> Status {
        if (part != "Key") return reader.SkipElement();
        TARN_ASSIGN(auto key, reader.TextOfElement());
        keys.push_back(std::move(key));
        return {};
      });
    });
  }();
  if (!read) return Unreadable(read.error().message);
  return keys;
}

Result<Timestamp> ReadHttpDate(std::string_view text) {
  tm parts{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return Unreadable("not a date: " + copy);
  return Timestamp{static_cast<int64_t>(timegm(&parts)) * 1'000'000};
}

Result<uint64_t> ReadSizeOfContentRange(std::string_view text) {
  const auto slash = text.find('/');
  if (!text.starts_with("bytes ") || slash == std::string_view::npos) return Unreadable("not a range");
  return ReadNumber(text.substr(slash + 1));
}

}  // namespace tarn::store

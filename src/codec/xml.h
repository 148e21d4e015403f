// SPDX-License-Identifier: Apache-2.0
#pragma once
// XML as object stores answer it: elements and text, read strictly token by token. No document types, no entities but
// the five of the standard and character numbers; attributes are checked and dropped, prefixes of names too. Elements
// without text but with children may hold blanks between them. Thread-compatible.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tarn::codec {

/// Deepest nesting of elements that is read.
inline constexpr size_t kMaxXmlDepth = 64;

class XmlReader {
 public:
  enum class Token {
    kStart,  ///< name() opens
    kText,   ///< text() stands between two tags; never empty
    kEnd,    ///< name() closes
    kDone,   ///< the document is over
  };

  /// `document` must outlive the reader; it is UTF-8.
  explicit XmlReader(std::string_view document) : rest_(document) {}

  /// kInvalidArgument when malformed, kUnsupported for a document type.
  Result<Token> Next();

  /// Of the element that the last kStart or kEnd token belongs to, without its prefix.
  std::string_view name() const { return name_; }
  const std::string& text() const { return text_; }

  /// Behind a kStart token: the text up to the element's end, which is consumed. kInvalidArgument when it has children.
  Result<std::string> TextOfElement();
  /// Behind a kStart token: consumes everything up to the element's end.
  Status SkipElement();

 private:
  Result<bool> SkipUntold();
  Result<Token> ReadTag();
  Result<Token> CloseTag();
  Result<Token> ReadText();
  Status ReadAttributes();
  Status ReadReference();
  Result<std::string_view> ReadName();
  void SkipBlanks();

  std::string_view rest_;
  std::vector<std::string_view> open_;  ///< full names, outermost first
  std::string_view name_;
  std::string text_;
  bool closes_itself_ = false;  ///< the element just opened ends with its tag
  bool has_root_ = false;
};

/// `text` with what XML would misread replaced; fits between tags and into attribute values.
std::string XmlEscape(std::string_view text);

}  // namespace tarn::codec

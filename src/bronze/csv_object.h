// SPDX-License-Identifier: Apache-2.0
#pragma once
// A CSV record as the JSON object it stands for: its members without any text, and the text for those who ask for it.
// Reused from record to record; thread-compatible.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bronze/file_format.h"
#include "contract/json_value.h"

namespace tarn::bronze {

class CsvObject {
 public:
  /// `format` outlives the object.
  explicit CsvObject(const FileFormat& format);
  CsvObject(const CsvObject&) = delete;
  CsvObject& operator=(const CsvObject&) = delete;

  /// `fields` of the text `record`, which is UTF-8: as many as the format has columns. Both stay as long as the object
  /// is asked.
  void Take(std::string_view record, const std::vector<codec::CsvField>& fields);

  /// Whether members() may be asked for: a column that may hold JSON is only known by reading it.
  bool knows_members() const { return knows_members_; }
  /// By column; strings are bare.
  std::span<const contract::JsonMember> members() const { return members_; }

  /// The object without line breaks and with RecordChecker::kPadding readable bytes behind it.
  std::string_view Text();

 private:
  void SetValue(size_t column, const codec::CsvField& field);
  std::string_view Unquoted(const codec::CsvField& field);
  bool IsNull(const codec::CsvField& field, std::string_view value) const;
  void AppendValue(size_t column);

  const FileFormat& format_;
  bool knows_members_ = true;
  std::vector<std::string> prefixes_;  ///< what stands before each value in the text
  std::vector<contract::JsonMember> members_;
  std::string unquoted_;  ///< values of fields with doubled quotes; never grows past the record it has room for
  std::string text_;
  size_t text_bytes_ = 0;  ///< 0 = not written yet
};

}  // namespace tarn::bronze

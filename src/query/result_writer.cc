// SPDX-License-Identifier: Apache-2.0
#include "query/result_writer.h"

#include <map>
#include <set>

#include "codec/csv.h"
#include "codec/json_text.h"
#include "table/value_json.h"

namespace tarn::query {
namespace {

/// `"name":` of every column, ready to be copied into each row.
std::vector<std::string> MemberPrefixes(const std::vector<std::string>& names) {
  std::vector<std::string> prefixes;
  for (const auto& name : names) {
    std::string prefix = prefixes.empty() ? "{" : ",";
    codec::AppendJsonString(prefix, name);
    prefixes.push_back(prefix + ":");
  }
  return prefixes;
}

void AppendRowObject(const std::vector<std::string>& prefixes, const table::BatchView& batch, size_t row,
                     std::string& out) {
  if (prefixes.empty()) out += '{';
  for (size_t i = 0; i < prefixes.size(); ++i) {
    out += prefixes[i];
    AppendJsonValue(out, batch.columns[i], row);
  }
  out += '}';
}

class JsonWriter final : public ResultWriter {
 public:
  void Begin(const std::vector<engine::ResultColumn>& columns, std::string& out) override {
    const auto names = UniqueNames(columns);
    prefixes_ = MemberPrefixes(names);
    out += "{\"columns\":[";
    for (size_t i = 0; i < columns.size(); ++i) {
      out += i > 0 ? ",{\"name\":" : "{\"name\":";
      codec::AppendJsonString(out, names[i]);
      out += ",\"type\":";
      codec::AppendJsonString(out, columns[i].sql_type);
      out += '}';
    }
    out += "],\"data\":[";
  }

  void Rows(const table::BatchView& batch, size_t rows, std::string& out) override {
    for (size_t row = 0; row < rows; ++row) {
      if (!first_) out += ',';
      first_ = false;
      AppendRowObject(prefixes_, batch, row, out);
    }
  }

  void End(const ResultEnd& end, std::string& out) override {
    out += "],\"row_count\":" + std::to_string(end.rows);
    out += end.truncated ? ",\"truncated\":true,\"max_rows\":" + std::to_string(end.max_rows) : ",\"truncated\":false";
    out += "}";
  }

 private:
  std::vector<std::string> prefixes_;
  bool first_ = true;
};

class NdjsonWriter final : public ResultWriter {
 public:
  void Begin(const std::vector<engine::ResultColumn>& columns, std::string&) override {
    prefixes_ = MemberPrefixes(UniqueNames(columns));
  }
  void Rows(const table::BatchView& batch, size_t rows, std::string& out) override {
    for (size_t row = 0; row < rows; ++row) {
      AppendRowObject(prefixes_, batch, row, out);
      out += '\n';
    }
  }
  void End(const ResultEnd&, std::string&) override {}

 private:
  std::vector<std::string> prefixes_;
};

class CsvWriter final : public ResultWriter {
 public:
  void Begin(const std::vector<engine::ResultColumn>& columns, std::string& out) override {
    bool first = true;
    for (const auto& name : UniqueNames(columns)) {
      if (!first) out += ',';
      first = false;
      codec::AppendCsvField(out, name);
    }
    out += "\r\n";
  }

  void Rows(const table::BatchView& batch, size_t rows, std::string& out) override {
    for (size_t row = 0; row < rows; ++row) {
      for (size_t i = 0; i < batch.columns.size(); ++i) {
        if (i > 0) out += ',';
        AppendCell(batch.columns[i], row, out);
      }
      out += "\r\n";
    }
  }
  void End(const ResultEnd&, std::string&) override {}

 private:
  /// NULL is an empty field; an empty string is "" so that the two stay apart.
  void AppendCell(const table::ColumnView& column, size_t row, std::string& out) {
    if (!column.IsValid(row)) return;
    text_.clear();
    AppendPlainText(text_, column, row);
    if (text_.empty()) {
      out += "\"\"";
    } else {
      codec::AppendCsvField(out, text_);
    }
  }
  std::string text_;
};

}  // namespace

std::string_view ContentTypeOf(Format format) {
  switch (format) {
    case Format::kJson:
      return "application/json";
    case Format::kNdjson:
      return "application/x-ndjson";
    case Format::kCsv:
      return "text/csv; charset=utf-8; header=present";
  }
  return "application/json";
}

std::unique_ptr<ResultWriter> MakeResultWriter(Format format) {
  switch (format) {
    case Format::kJson:
      return std::make_unique<JsonWriter>();
    case Format::kNdjson:
      return std::make_unique<NdjsonWriter>();
    case Format::kCsv:
      return std::make_unique<CsvWriter>();
  }
  return std::make_unique<JsonWriter>();
}

std::vector<std::string> UniqueNames(const std::vector<engine::ResultColumn>& columns) {
  std::set<std::string> taken;
  for (const auto& column : columns) taken.insert(column.name);
  std::map<std::string, int> seen;
  std::vector<std::string> names;
  for (const auto& column : columns) {
    const int earlier = seen[column.name]++;
    if (earlier == 0) {
      names.push_back(column.name);
      continue;
    }
    auto name = column.name + "_" + std::to_string(earlier);
    for (int next = earlier + 1; !taken.insert(name).second; ++next) name = column.name + "_" + std::to_string(next);
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace tarn::query

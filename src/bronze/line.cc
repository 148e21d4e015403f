// SPDX-License-Identifier: Apache-2.0
#include "bronze/line.h"

#include <charconv>

#include "codec/json.h"
#include "codec/json_text.h"

namespace tarn::bronze {
namespace {

constexpr std::string_view kLengthMember = "\"_len\":";
constexpr std::string_view kRawStart = "{\"_raw\":";

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Copies `payload` without its closing brace, CR and LF as blanks.
void AppendOpenObject(std::string_view payload, std::string& out) {
  const auto start = out.size();
  out.append(payload.substr(0, payload.size() - 1));
  for (auto at = start; at < out.size(); ++at) {
    if (out[at] == '\n' || out[at] == '\r') out[at] = ' ';
  }
}

bool HasMembers(std::string_view payload) {
  for (size_t at = 1; at < payload.size(); ++at) {
    if (!IsBlank(payload[at])) return payload[at] != '}';
  }
  return false;
}

/// Reads the server's members from front to back; each step says whether the text went on as written by LineWriter.
class MemberReader {
 public:
  MemberReader(std::string_view text, std::string& scratch) : rest_(text), scratch_(scratch) {}

  bool Skip(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }

  bool Number(std::string_view name, uint64_t& value) {
    if (!Skip(name)) return false;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return true;
  }

  bool Text(std::string_view name, std::string_view& value) {
    if (!Skip(name) || !rest_.starts_with('"')) return false;
    size_t at = 1;
    bool escaped = false;
    for (; at < rest_.size() && rest_[at] != '"'; ++at) {
      if (rest_[at] == '\\') {
        escaped = true;
        ++at;
      }
    }
    if (at >= rest_.size()) return false;
    value = rest_.substr(1, at - 1);
    if (escaped && !Unescape(rest_.substr(0, at + 1), value)) return false;
    rest_.remove_prefix(at + 1);
    return true;
  }

  std::string_view rest() const { return rest_; }

 private:
  bool Unescape(std::string_view quoted, std::string_view& value) {
    const auto json = codec::ParseJson(quoted);
    if (!json || !json->is_string()) return false;
    scratch_ = json->get<std::string>();
    value = scratch_;
    return true;
  }

  std::string_view rest_;
  std::string& scratch_;
};

std::unexpected<Error> BrokenLine(std::string_view why) {
  return Fail(ErrorCode::kCorrupt, "broken bronze line: " + std::string(why));
}

}  // namespace

LineWriter::LineWriter(std::string_view domain, std::string_view table)
    : names_(",\"_domain\":\"" + std::string(domain) + "\",\"_endpoint\":\"" + std::string(table) + "\"") {}

void LineWriter::Append(const StoredRecord& record, std::string& out) {
  if (record.is_object) {
    AppendOpenObject(record.payload, out);
    if (HasMembers(record.payload)) out += ',';
  } else {
    out += kRawStart;
    codec::AppendJsonString(out, record.payload);
    out += ',';
  }
  if (record.insert_date != last_date_) {
    last_date_ = record.insert_date;
    last_date_text_ = FormatTimestamp(record.insert_date);
  }
  out += kLengthMember;
  out += std::to_string(record.payload.size());
  out += ",\"_insert_date\":\"";
  out += last_date_text_;
  out += '"';
  out += names_;
  out += ",\"_offset\":\"";
  out += record.offset.ToString();
  out += "\",\"_request_id\":";
  codec::AppendJsonString(out, record.request_id);
  out += ",\"_schema_version\":";
  out += std::to_string(record.schema_version);
  out += ",\"_op\":\"";
  out += record.operation;
  out += "\",\"_disposition\":\"";
  out += record.disposition;
  out += '"';
  if (!record.replay_of.empty()) {
    out += ",\"_replay_of\":";
    codec::AppendJsonString(out, record.replay_of);
  }
  out += "}\n";
}

Result<StoredRecord> ParseLine(char* line, size_t length, LineScratch& scratch) {
  const std::string_view text(line, length);
  // The server's `_len` is the last one: inside a JSON string its quotes would be escaped.
  const auto members = text.rfind(kLengthMember);
  if (members == std::string_view::npos || members == 0) return BrokenLine("no _len member");
  StoredRecord record;
  uint64_t payload_length = 0;
  std::string_view date, name, offset;
  MemberReader reader(text.substr(members), scratch.request_id);
  const bool read = reader.Number(kLengthMember, payload_length) && reader.Text(",\"_insert_date\":", date) &&
                    reader.Text(",\"_domain\":", name) && reader.Text(",\"_endpoint\":", name) &&
                    reader.Text(",\"_offset\":", offset) && reader.Text(",\"_request_id\":", record.request_id) &&
                    reader.Number(",\"_schema_version\":", record.schema_version) &&
                    reader.Text(",\"_op\":", record.operation) && reader.Text(",\"_disposition\":", record.disposition);
  if (!read) return BrokenLine("the server's members are not in their form");
  if (!reader.rest().starts_with('}') && !reader.Text(",\"_replay_of\":", record.replay_of)) {
    return BrokenLine("unknown member behind _disposition");
  }
  if (reader.rest() != "}") return BrokenLine("text behind the last member");
  TARN_ASSIGN(record.insert_date, ParseTimestamp(date));
  TARN_ASSIGN(record.offset, lake::ParseOffset(offset));
  if (text.starts_with(kRawStart) && record.disposition == "quarantined") {
    auto raw = codec::ParseJson(text.substr(kRawStart.size(), members - kRawStart.size() - 1));
    if (raw && raw->is_string() && raw->get_ref<const std::string&>().size() == payload_length) {
      scratch.raw = raw->get<std::string>();
      record.payload = scratch.raw;
      record.is_object = false;
      return record;
    }
  }
  const auto end = payload_length - 1;  // where the closing brace was
  if (payload_length == 0 || (end != members && end + 1 != members)) return BrokenLine("_len does not match");
  line[end] = '}';
  record.payload = std::string_view(line, payload_length);
  return record;
}

}  // namespace tarn::bronze

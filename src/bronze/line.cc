// SPDX-License-Identifier: Apache-2.0
#include "bronze/line.h"

#include <charconv>
#include <functional>

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

/// Points the record at the payload in front of the server's members, which begin at `members`, and gives it back its
/// closing brace; false when it has another length.
bool TakePayload(char* line, size_t members, uint64_t payload_length, StoredRecord& record) {
  const auto end = payload_length - 1;  // where the closing brace was
  if (members == 0 || payload_length == 0 || (end != members && end + 1 != members)) return false;
  line[end] = '}';
  record.payload = std::string_view(line, payload_length);
  return true;
}

/// The text of a record that is no object; `front` is the line up to the server's members.
bool ReadRaw(std::string_view front, uint64_t payload_length, std::string& raw) {
  if (!front.starts_with(kRawStart)) return false;
  const auto json = codec::ParseJson(front.substr(kRawStart.size(), front.size() - kRawStart.size() - 1));
  if (!json || !json->is_string()) return false;
  raw = json->get<std::string>();
  return raw.size() == payload_length;
}

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

Result<StoredRecord> LineReader::Read(char* line, size_t length) {
  if (auto record = ReadLikeLast(line, length)) return *std::move(record);
  return ReadMembers(line, length);
}

std::optional<StoredRecord> LineReader::ReadLikeLast(char* line, size_t length) const {
  std::string_view text(line, length);
  if (behind_offset_.empty() || !text.ends_with(behind_offset_)) return std::nullopt;
  text.remove_suffix(behind_offset_.size());
  const auto offset_at = text.rfind('"') + 1;
  const auto offset = lake::ParseOffset(text.substr(offset_at));
  text = text.substr(0, offset_at);
  if (!offset || !text.ends_with(before_offset_)) return std::nullopt;
  text.remove_suffix(before_offset_.size());
  const auto digits_at = text.find_last_not_of("0123456789") + 1;
  uint64_t payload_length = 0;
  const auto parsed = std::from_chars(text.data() + digits_at, text.data() + text.size(), payload_length);
  text = text.substr(0, digits_at);
  if (parsed.ec != std::errc() || !text.ends_with(kLengthMember)) return std::nullopt;
  auto record = last_;
  record.offset = *offset;
  if (!TakePayload(line, text.size() - kLengthMember.size(), payload_length, record)) return std::nullopt;
  return record;
}

void LineReader::Remember(std::string_view line, size_t members, std::string_view offset, const StoredRecord& record) {
  const auto offset_at = static_cast<size_t>(offset.data() - line.data());
  const auto before = line.find(',', members + kLengthMember.size());
  const auto behind = offset_at + offset.size();
  before_offset_ = line.substr(before, offset_at - before);
  behind_offset_ = line.substr(behind);
  last_ = record;
  for (auto* text : {&last_.request_id, &last_.operation, &last_.disposition, &last_.replay_of}) {
    const bool in_line = std::less_equal()(line.data(), text->data()) && std::less()(text->data(), line.end());
    if (!in_line) continue;  // unescaped, or not there
    const auto at = static_cast<size_t>(text->data() - line.data()) - behind;
    *text = std::string_view(behind_offset_).substr(at, text->size());
  }
}

Result<StoredRecord> LineReader::ReadMembers(char* line, size_t length) {
  behind_offset_.clear();
  const std::string_view text(line, length);
  // The server's `_len` is the last one: inside a JSON string its quotes would be escaped.
  const auto members = text.rfind(kLengthMember);
  if (members == std::string_view::npos || members == 0) return BrokenLine("no _len member");
  StoredRecord record;
  uint64_t payload_length = 0;
  std::string_view date, name, offset;
  MemberReader reader(text.substr(members), request_id_);
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
  if (record.disposition == "quarantined" && ReadRaw(text.substr(0, members), payload_length, raw_)) {
    record.payload = raw_;
    record.is_object = false;
    return record;
  }
  if (!TakePayload(line, members, payload_length, record)) return BrokenLine("_len does not match");
  Remember(text, members, offset, record);
  return record;
}

}  // namespace tarn::bronze

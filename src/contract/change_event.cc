// SPDX-License-Identifier: Apache-2.0
#include "contract/change_event.h"

namespace tarn::contract {

bool ChangeEvent::Read(JsonScanner& scanner, int depth, JsonValue& object) {
  payload_.reset();
  if (!ReadEvent(scanner, depth, object)) return false;
  if (!op_ && payload_ && payload_->value.kind == JsonKind::kNull) {
    Refuse("payload", "The record is a tombstone: it says nothing that the delete before it has not said");
    return true;
  }
  if (!op_ && IsObject(payload_)) {
    const auto end = scanner.mark();
    const auto wrapped = *payload_;
    JsonValue event;
    scanner.Rewind(wrapped.mark);
    if (!ReadEvent(scanner, wrapped.depth, event)) return false;
    scanner.Rewind(end);
  }
  Judge();
  return true;
}

bool ChangeEvent::ReadEvent(JsonScanner& scanner, int depth, JsonValue& object) {
  op_.reset();
  ts_ms_.reset();
  before_.reset();
  after_.reset();
  source_.reset();
  fault_.reset();
  row_ = nullptr;
  operation_ = Operation::kUpsert;
  return scanner.ReadObjectWith(object, depth,
                                [&](size_t, const JsonValue& key) { return ReadMember(scanner, depth + 1, key); });
}

bool ChangeEvent::ReadMember(JsonScanner& scanner, int depth, const JsonValue& key) {
  const auto name = StringOf(key, scratch_);
  JsonValue other;
  const auto value = [&](std::optional<JsonValue>& member) { return scanner.ReadValue(member.emplace(), depth); };
  const auto part = [&](std::optional<Part>& member) {
    member = Part{scanner.mark(), {}, depth};
    return scanner.ReadValue(member->value, depth);
  };
  if (name == "op") return value(op_);
  if (name == "ts_ms") return value(ts_ms_);
  if (name == "before") return part(before_);
  if (name == "after") return part(after_);
  if (name == "source") return part(source_);
  if (name == "payload") return part(payload_);
  return scanner.ReadValue(other, depth);
}

void ChangeEvent::Judge() {
  if (!op_) return Refuse("op", "The record is no change event: it has no member op");
  const auto word = op_->kind == JsonKind::kString ? StringOf(*op_, scratch_) : std::string_view();
  if (word == "t") {
    operation_ = Operation::kTruncate;
    return;
  }
  const bool deletes = word == "d";
  if (!deletes && word != "c" && word != "u" && word != "r") {
    return Refuse("op", "Input should be 'c', 'u', 'r', 'd' or 't'");
  }
  const auto& part = deletes ? before_ : after_;
  if (!IsObject(part)) {
    return deletes ? Refuse("before", "A delete needs the row as it was, with its key at least")
                   : Refuse("after", "The event needs the row as it is now");
  }
  operation_ = deletes ? Operation::kDelete : Operation::kUpsert;
  row_ = &*part;
}

}  // namespace tarn::contract

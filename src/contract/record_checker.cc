// SPDX-License-Identifier: Apache-2.0
#include "contract/record_checker.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "base/ascii.h"
#include "codec/json_text.h"
#include "contract/contract_rules.h"
#include "contract/conversion.h"
#include "contract/json_scanner.h"
#include "contract/nested_check.h"
#include "contract/record_fields.h"

namespace tarn::contract {
namespace {

using Sink = std::function<void(const CheckedRecord&)>;

/// Contracts whose keys a checker remembers.
constexpr size_t kRememberedContracts = 64;

/// A body that is JSON but not the request's shape.
struct WrongShape {
  const char* type;
  const char* message;
};
constexpr WrongShape kMissing{"missing", "Field required"};
constexpr WrongShape kNoDictionary{"dict_type", "Input should be a valid dictionary"};
constexpr WrongShape kNoList{"list_type", "Input should be a valid list"};

bool TakeOperation(const JsonValue& value, Operation& operation) {
  if (value.kind != JsonKind::kString) return false;
  std::string scratch;
  const auto read = ReadOperation(Lower(StringOf(value, scratch)));
  if (read) operation = *read;
  return read.has_value();
}

/// Judges records against their contract.
class Judge {
 public:
  Judge(const RecordFields& fields, const CheckRequest& request, Scratch& scratch, std::vector<FieldError>& errors)
      : fields_(fields), request_(request), scratch_(scratch), errors_(errors) {}

  /// The record the fields were read from.
  void Check(CheckedRecord& record) {
    errors_.clear();
    record.operation = request_.operation;
    if (const auto* event = fields_.Event()) {
      record.operation = event->operation();
      event->fault() ? AddFault(*event->fault()) : CheckFields(record.operation);
    } else {
      const auto* word = fields_.Operation();
      const bool known = word == nullptr || TakeOperation(*word, record.operation);
      CheckFields(record.operation);
      if (!known) AddError(kOperationMember, Misfit::kEnum);
    }
    record.verdict = errors_.empty() ? Verdict::kValid : Verdict::kInvalid;
    record.errors = errors_.empty() ? nullptr : &errors_;
  }

 private:
  void CheckFields(Operation operation) {
    const auto& contract = fields_.contract().contract();
    if (operation == Operation::kTruncate) return CheckTruncate(contract);
    if (contract.checks_columns()) {
      for (size_t i = 0; i < contract.columns.size(); ++i) CheckColumn(contract.columns[i], i, operation);
    }
    if (request_.validate && operation == Operation::kUpsert) CheckOthers();
  }

  /// A truncate brings its place in the sequence, and nothing else that counts.
  void CheckTruncate(const Contract& contract) {
    if (const auto reason = WhyNoTruncate(contract); !reason.empty()) {
      errors_.push_back({std::string(kOperationMember), std::string(reason), "unsupported_operation"});
    }
    const auto sequence = fields_.contract().sequence_column();
    if (!sequence) return;
    const auto& column = contract.columns[*sequence];
    const auto* value = fields_.Column(*sequence);
    if (value == nullptr || value->kind == JsonKind::kNull) {
      AddError(column.name, value == nullptr ? Misfit::kMissing : NullMisfit(column.type));
    } else if (const auto misfit = CheckValue(column, *value, scratch_); misfit != Misfit::kNone) {
      AddError(column.name, misfit);
    }
  }

  void AddFault(const ChangeEvent::Fault& fault) {
    errors_.push_back({std::string(fault.field), std::string(fault.message), "change_event"});
  }

  void CheckColumn(const Column& column, size_t index, Operation operation) {
    const auto* value = fields_.Column(index);
    if (value == nullptr) {
      if (!column.default_text && MustBring(column, index, operation)) AddError(column.name, Misfit::kMissing);
    } else if (value->kind == JsonKind::kNull) {
      if (MustHave(column, index, operation)) AddError(column.name, NullMisfit(column.type));
    } else if (column.is_nested()) {
      CheckNested(column, *value, operation);
    } else if (!column.inferred) {
      const auto misfit = CheckValue(column, *value, scratch_);
      if (misfit != Misfit::kNone) [[unlikely]]
        AddError(column.name, misfit);
    }
  }

  void CheckNested(const Column& column, const JsonValue& value, Operation operation) {
    const bool forbids = request_.validate && operation == Operation::kUpsert &&
                         fields_.contract().contract().unknown_fields_in_force() == UnknownFields::kQuarantine;
    using Unknown = NestedCheck::UnknownFields;
    for (const auto& [path, misfit] : nested_.Run(column, value, forbids ? Unknown::kForbidden : Unknown::kAllowed)) {
      AddError(path, misfit);
    }
  }

  /// Fields without a column; there are none unless the contract quarantines them.
  void CheckOthers() {
    for (const auto& other : fields_.Others()) {
      const auto key = StringOf(other.key, scratch_);
      if (!IsReservedMember(key)) AddError(key, Misfit::kExtraForbidden);
    }
  }

  /// A patch need not bring what the row may have already.
  bool MustBring(const Column& column, size_t index, Operation operation) const {
    const bool patches = fields_.contract().contract().merge_mode == MergeMode::kPatch;
    return patches ? column.primary_key : MustHave(column, index, operation);
  }

  bool MustHave(const Column& column, size_t index, Operation operation) const {
    if (column.primary_key) return true;
    if (!column.required || !request_.validate) return false;
    return operation == Operation::kUpsert || fields_.contract().sequence_column() == index;
  }

  void AddError(std::string_view field, Misfit misfit) {
    errors_.push_back({std::string(field), std::string(MisfitMessage(misfit)), std::string(MisfitType(misfit))});
  }

  const RecordFields& fields_;
  const CheckRequest& request_;
  Scratch& scratch_;
  std::vector<FieldError>& errors_;
  NestedCheck nested_;
};

/// One request's walk over its body.
class BodyWalk {
 public:
  BodyWalk(JsonScanner& scanner, RecordFields& fields, const CheckRequest& request, Scratch& scratch, const Sink& sink)
      : scanner_(scanner),
        fields_(fields),
        request_(request),
        scratch_(scratch),
        sink_(sink),
        judge_(fields, request, scratch, errors_) {}

  std::optional<CheckFailure> Run(std::string_view body) {
    if (request_.shape == BodyShape::kNdjson) {
      WalkLines(body);
    } else if (!WalkDocument(body) && !failure_) {
      Malformed();
    }
    return std::move(failure_);
  }

 private:
  /// False without a failure: malformed.
  bool WalkDocument(std::string_view body) {
    if (!scanner_.Index(body) || scanner_.AtEnd()) return false;
    return request_.shape == BodyShape::kSingle ? WalkSingle() : WalkBatch(body);
  }

  bool WalkSingle() {
    if (scanner_.Peek() != '{') return RefuseOther(kNoDictionary, {"body"});
    bool present = false;
    bool is_object = false;
    JsonValue body, record, other;
    const bool read = scanner_.ReadObjectWith(body, 0, [&](size_t, const JsonValue& key) {
      if (StringOf(key, scratch_) != "data") return scanner_.ReadValue(other, 1);
      present = true;
      is_object = scanner_.Peek() == '{';
      return is_object ? fields_.Read(scanner_, 1, record) : scanner_.ReadValue(other, 1);
    });
    if (!read || !scanner_.AtEnd()) return false;
    if (!is_object) return Refuse(present ? kNoDictionary : kMissing, {"body", "data"});
    return Emit(record);
  }

  bool WalkBatch(std::string_view body) {
    JsonValue whole;
    if (scanner_.Peek() == '[') return WalkRecords({"body"}, 0, whole) && scanner_.AtEnd();
    if (scanner_.Peek() != '{') return RefuseOther(kNoList, {"body"});
    size_t wanted = 1;
    if (MayRepeat(body) && !CountRecordsMembers(wanted)) return false;
    size_t seen = 0;
    bool is_list = false;
    JsonValue other;
    const bool read = scanner_.ReadObjectWith(whole, 0, [&](size_t, const JsonValue& key) {
      const bool taken = StringOf(key, scratch_) == "records" && ++seen == wanted;
      is_list = is_list || (taken && scanner_.Peek() == '[');
      if (taken && is_list) return WalkRecords({"body", "records"}, 1, other);
      return scanner_.ReadValue(other, 1);
    });
    if (!read || !scanner_.AtEnd()) return false;
    return is_list || Refuse(seen == 0 ? kMissing : kNoList, {"body", "records"});
  }

  /// Whether `records` could be a member more than once: then the last one counts.
  static bool MayRepeat(std::string_view body) {
    constexpr std::string_view kMember = "records";
    const auto find = [&](size_t from) {
      return static_cast<const char*>(::memmem(body.data() + from, body.size() - from, kMember.data(), kMember.size()));
    };
    const auto* first = find(0);
    return std::memchr(body.data(), '\\', body.size()) != nullptr ||
           (first != nullptr && find(static_cast<size_t>(first - body.data()) + 1) != nullptr);
  }

  bool CountRecordsMembers(size_t& count) {
    const auto start = scanner_.mark();
    count = 0;
    JsonValue whole;
    const bool read = scanner_.ReadObject(whole, 0, [&](size_t, const JsonValue& key, const JsonValue&) {
      if (StringOf(key, scratch_) == "records") ++count;
    });
    if (read) scanner_.Rewind(start);
    return read;
  }

  bool WalkRecords(std::vector<std::string> loc, int depth, JsonValue& array) {
    JsonValue record;
    return scanner_.ReadArrayWith(array, depth, [&](size_t position) {
      if (scanner_.Peek() == '{') return fields_.Read(scanner_, depth + 1, record) && Emit(record);
      if (!scanner_.ReadValue(record, depth + 1)) return false;
      loc.push_back(std::to_string(position));
      return Refuse(kNoDictionary, std::move(loc));
    });
  }

  void WalkLines(std::string_view body) {
    // Well-formed strings end on their line, so the tokens of the whole body are those of its lines. Behind the first
    // bad line each line is looked at by itself.
    bool whole = scanner_.Index(body);
    if (!whole && (scanner_.fault() == JsonFault::kUtf8 || !codec::IsValidUtf8(body))) {
      scanner_.Fault(JsonFault::kUtf8);
      return Malformed();
    }
    for (size_t start = 0; start < body.size() && !failure_;) {
      const auto end = std::min(body.find('\n', start), body.size());
      auto line = body.substr(start, end - start);
      while (!line.empty() && IsBlank(line.front())) line.remove_prefix(1);
      while (!line.empty() && IsBlank(line.back())) line.remove_suffix(1);
      if (!line.empty()) whole = WalkLine(line, whole);
      start = end + 1;
    }
  }

  /// `indexed`: the scanner stands at the line. Returns whether it stands at the next one.
  bool WalkLine(std::string_view line, bool indexed) {
    JsonValue record;
    if (indexed && fields_.Read(scanner_, 0, record) && record.text().size() == line.size()) {
      Emit(record);
      return true;
    }
    if (!indexed && scanner_.Index(line) && fields_.Read(scanner_, 0, record) && scanner_.AtEnd()) {
      Emit(record);
    } else {
      EmitBadLine(line);
    }
    return false;
  }

  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

  bool Emit(const JsonValue& object) {
    CheckedRecord record;
    record.raw = object.text();
    record.has_others = fields_.has_others();
    judge_.Check(record);
    if (record.operation == Operation::kDelete && !fields_.contract().has_key()) {
      return Fail(CheckFailure::Kind::kDeleteWithoutKey);
    }
    return Deliver(record);
  }

  void EmitBadLine(std::string_view line) {
    errors_.assign(1, {"", "Invalid JSON: the line is no JSON object", std::string(MisfitType(Misfit::kJsonInvalid))});
    CheckedRecord record;
    record.raw = line;
    record.verdict = Verdict::kInvalid;
    record.operation = request_.operation;
    record.is_object = false;
    record.errors = &errors_;
    Deliver(record);
  }

  bool Deliver(CheckedRecord& record) {
    if (index_ >= request_.max_records) return Fail(CheckFailure::Kind::kTooManyRecords);
    if (record.raw.size() > request_.max_record_bytes) return Fail(CheckFailure::Kind::kRecordTooLarge);
    record.index = static_cast<uint32_t>(index_++);
    sink_(record);
    return true;
  }

  bool Fail(CheckFailure::Kind kind) {
    failure_ = CheckFailure{kind, {}};
    return false;
  }

  bool Refuse(WrongShape shape, std::vector<std::string> loc) {
    failure_ = CheckFailure{CheckFailure::Kind::kBody, {shape.type, std::move(loc), shape.message}};
    return false;
  }

  /// Refuses a body of another kind, or as malformed when it is no JSON at all.
  bool RefuseOther(WrongShape shape, std::vector<std::string> loc) {
    JsonValue body;
    if (!scanner_.ReadValue(body, 0) || !scanner_.AtEnd()) return false;
    return Refuse(shape, std::move(loc));
  }

  void Malformed() {
    if (scanner_.fault() == JsonFault::kNone) scanner_.Fault(JsonFault::kSyntax);
    failure_ = CheckFailure{CheckFailure::Kind::kBody, {"json_invalid", {"body"}, scanner_.FaultText()}};
  }

  JsonScanner& scanner_;
  RecordFields& fields_;
  const CheckRequest& request_;
  Scratch& scratch_;
  const Sink& sink_;
  std::vector<FieldError> errors_;
  Judge judge_;
  size_t index_ = 0;
  std::optional<CheckFailure> failure_;
};

}  // namespace

struct RecordChecker::Parser {
  JsonScanner scanner;
  Scratch scratch;
  std::vector<FieldError> errors;                                    ///< of a record checked by its members
  std::unordered_map<const CompiledContract*, RecordFields> fields;  ///< each keeps its contract alive

  RecordFields& FieldsOf(const CompiledContract& contract) {
    const auto found = fields.find(&contract);
    if (found != fields.end()) return found->second;
    if (fields.size() >= kRememberedContracts) fields.clear();
    const bool forbids_others = contract.contract().unknown_fields_in_force() == UnknownFields::kQuarantine;
    const auto scope = forbids_others ? FieldScope::kAll : FieldScope::kColumns;
    return fields.emplace(&contract, RecordFields(contract.shared_from_this(), scope)).first->second;
  }
};

RecordChecker::RecordChecker() : parser_(std::make_unique<Parser>()) {}
RecordChecker::~RecordChecker() = default;
RecordChecker::RecordChecker(RecordChecker&&) noexcept = default;
RecordChecker& RecordChecker::operator=(RecordChecker&&) noexcept = default;

std::optional<CheckFailure> RecordChecker::Check(std::string_view body, const CheckRequest& request,
                                                 const CompiledContract& contract, const Sink& sink) {
  if (request.operation == Operation::kDelete && !contract.has_key()) {
    return CheckFailure{CheckFailure::Kind::kDeleteWithoutKey, {}};
  }
  return BodyWalk(parser_->scanner, parser_->FieldsOf(contract), request, parser_->scratch, sink).Run(body);
}

CheckedRecord RecordChecker::CheckMembers(std::span<const JsonMember> members, const CheckRequest& request,
                                          const CompiledContract& contract) {
  auto& fields = parser_->FieldsOf(contract);
  fields.Take(members);
  CheckedRecord record;
  record.has_others = fields.has_others();
  Judge(fields, request, parser_->scratch, parser_->errors).Check(record);
  return record;
}

bool RecordChecker::TakesMembers(const CompiledContract& contract) {
  return RecordFields::TakesMembers(contract.contract());
}

std::vector<FieldError> CheckRecord(std::string_view record, const CompiledContract& contract, Operation& operation) {
  std::string body = "[";
  body += record;
  body += "]";
  const auto size = body.size();
  body.append(RecordChecker::kPadding, ' ');
  std::vector<FieldError> errors;
  size_t records = 0;
  CheckRequest request;
  request.shape = BodyShape::kBatch;
  request.operation = operation;
  RecordChecker checker;
  const auto failure =
      checker.Check(std::string_view(body).substr(0, size), request, contract, [&](const CheckedRecord& checked) {
        ++records;
        operation = checked.operation;
        if (checked.errors != nullptr) errors = *checked.errors;
      });
  if (failure && failure->kind == CheckFailure::Kind::kDeleteWithoutKey) {
    errors.assign(1, {"_op", "the endpoint has no primary key: nothing can be deleted by it", "enum"});
  } else if (failure || records != 1) {
    errors.assign(1, {"", "Invalid JSON: the record is no JSON object", std::string(MisfitType(Misfit::kJsonInvalid))});
  }
  return errors;
}

}  // namespace tarn::contract

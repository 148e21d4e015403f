// SPDX-License-Identifier: Apache-2.0
#include "api/infer_route.h"

#include "api/parameters.h"
#include "contract/inference.h"
#include "contract/record_checker.h"
#include "net/error_body.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

/// The text of the body's `payload` member as it stands, so that numbers keep their spelling.
std::optional<std::string> PayloadText(const net::Request& request, std::vector<Problem>& problems) {
  contract::JsonScanner scanner;
  contract::JsonValue whole, payload;
  bool found = false;
  const auto keep = [&](size_t, const contract::JsonValue& key, const contract::JsonValue& value) {
    std::string scratch;
    if (contract::StringOf(key, scratch) != "payload") return true;
    payload = value;
    found = true;
    return true;
  };
  if (!scanner.Index(request.body) || !scanner.ReadObject(whole, 0, keep) || !scanner.AtEnd()) {
    problems.push_back({"json_invalid", {"body"}, "JSON decode error: " + scanner.FaultText()});
  } else if (!found) {
    problems.push_back({"missing", {"body", "payload"}, "Field required"});
  } else if (payload.kind != contract::JsonKind::kObject) {
    problems.push_back({"dict_type", {"body", "payload"}, "Input should be a valid dictionary"});
  }
  if (!problems.empty()) return std::nullopt;
  std::string text(payload.text());
  text.reserve(text.size() + contract::RecordChecker::kPadding);
  return text;
}

net::Response Infer(const net::Request& request) {
  std::vector<Problem> problems;
  const auto text = PayloadText(request, problems);
  if (!text) return ProblemsAnswer(problems);
  const auto proposed = contract::ProposeColumns(*text);
  if (!proposed) return ErrorAnswer(proposed.error());
  if (proposed->empty())
    return net::ErrorResponse(400, "the payload is empty: send at least one field", "invalid_argument");
  auto columns = OrderedJson::array();
  auto keys = OrderedJson::array();
  for (const auto& column : *proposed) {
    columns.push_back({{"name", column.column.name},
                       {"type", contract::TypeWord(column.column)},
                       {"required", column.column.required},
                       {"primary_key", column.column.primary_key},
                       {"sample_value", column.has_sample ? OrderedJson(column.sample) : OrderedJson(nullptr)}});
    keys.push_back(column.key);
  }
  return JsonAnswer({{"columns", std::move(columns)}, {"payload_keys", std::move(keys)}});
}

}  // namespace

void AddInferRoute(Routes& routes) { routes.Add(net::Method::kPost, "/endpoints/infer", Infer); }

}  // namespace tarn::api

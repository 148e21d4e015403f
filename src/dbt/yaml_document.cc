// SPDX-License-Identifier: Apache-2.0
#include "dbt/yaml_document.h"

#include "codec/yaml.h"
#include "dbt/jinja/json_value.h"
#include "dbt/jinja/parser.h"

namespace tarn::dbt {
namespace {

bool IsLeft(const std::string& key) {
  return key == "description" || key == "tests" || key == "data_tests" || key == "docs";
}

}  // namespace

Result<codec::OrderedJson> ReadYamlFile(const std::string& path, const std::string& text) {
  auto document = codec::ParseYaml(text);
  if (!document) return Fail(ErrorCode::kInvalidArgument, path + ": " + document.error().message);
  if (document->is_null()) return codec::OrderedJson::object();
  if (!document->is_object()) return Fail(ErrorCode::kInvalidArgument, path + ":1: the file must hold a mapping");
  return document;
}

Result<codec::OrderedJson> RenderString(RenderContext& context, const std::string& path, const std::string& text) {
  if (text.find("{{") == std::string::npos && text.find("{%") == std::string::npos) return codec::OrderedJson(text);
  jinja::Interpreter interpreter(context);
  const auto& package = context.needs().project.name;
  TARN_ASSIGN(const auto lone, jinja::ParseLoneExpression({path, package, text}));
  if (lone) {
    TARN_ASSIGN(const auto value, interpreter.Evaluate(*lone, path, package));
    return jinja::JsonOf(value);
  }
  TARN_ASSIGN(const auto parsed, jinja::ParseTemplate({path, package, text}));
  TARN_ASSIGN(auto rendered, interpreter.Render(parsed, package));
  return codec::OrderedJson(std::move(rendered));
}

Status RenderStrings(RenderContext& context, const std::string& path, codec::OrderedJson& document) {
  if (document.is_string()) {
    TARN_ASSIGN(document, RenderString(context, path, document.get<std::string>()));
    return {};
  }
  if (document.is_array()) {
    for (auto& item : document) TARN_TRY(RenderStrings(context, path, item));
  } else if (document.is_object()) {
    for (auto& [key, value] : document.items()) {
      if (!IsLeft(key)) TARN_TRY(RenderStrings(context, path, value));
    }
  }
  return {};
}

}  // namespace tarn::dbt

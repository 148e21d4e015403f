// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_message.h"

namespace tarn::alert {
namespace {

using codec::OrderedJson;

/// Longer texts are refused by Slack (3,000 characters of a section).
constexpr size_t kLongestText = 2'000;

std::string Cut(const std::string& text, size_t limit) {
  if (text.size() <= limit) return text;
  auto end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

std::string SlackText(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string Headline(const Alert& alert, const AlertEvent& event) {
  const std::string word = event.kind == EventKind::kResolved   ? "Resolved"
                           : alert.severity == Severity::kError ? "Error"
                                                                : "Warning";
  return word + ": " + alert.title + (event.kind == EventKind::kRepeated ? " (still)" : "");
}

OrderedJson JsonMessage(const Alert& alert, const AlertEvent& event, const std::string& public_url) {
  const bool is_resolved = event.kind == EventKind::kResolved;
  return {{"event", EventKindName(event.kind)},
          {"key", KeyOf(alert, event)},
          {"alert_id", alert.id()},
          {"about", alert.about},
          {"status", is_resolved ? "resolved" : "open"},
          {"severity", SeverityName(alert.severity)},
          {"title", alert.title},
          {"message", event.message},
          {"at", FormatTimestamp(event.at)},
          {"opened_at", FormatTimestamp(alert.opened_at())},
          {"url", public_url + alert.reference}};
}

OrderedJson SlackMessage(const Alert& alert, const AlertEvent& event, const std::string& public_url) {
  const auto headline = Headline(alert, event);
  const auto message = SlackText(Cut(event.message, kLongestText));
  const auto context =
      SlackText(alert.id() + " · since " + FormatTimestamp(alert.opened_at()) + " · " + public_url + alert.reference);
  OrderedJson title{
      {"type", "section"},
      {"text", {{"type", "mrkdwn"}, {"text", "*" + SlackText(Cut(headline, kLongestText)) + "*\n" + message}}}};
  OrderedJson where{{"type", "context"},
                    {"elements", OrderedJson::array({OrderedJson{{"type", "mrkdwn"}, {"text", context}}})}};
  return {{"text", SlackText(Cut(headline, kLongestText)) + " – " + message},
          {"blocks", OrderedJson::array({std::move(title), std::move(where)})}};
}

}  // namespace

std::string KeyOf(const Alert& alert, const AlertEvent& event) {
  return alert.id() + "." + std::to_string(event.number);
}

std::string MessageOf(Shape shape, const Alert& alert, const AlertEvent& event, const std::string& public_url) {
  return codec::Dump(shape == Shape::kSlack ? SlackMessage(alert, event, public_url)
                                            : JsonMessage(alert, event, public_url));
}

}  // namespace tarn::alert

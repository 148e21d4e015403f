// SPDX-License-Identifier: Apache-2.0
#include "app/demo_expectation.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>

#include "codec/json.h"

namespace tarn::app {
namespace {

using codec::Json;
using Cell = std::optional<std::string>;
using Row = std::vector<Cell>;

constexpr int64_t kCleanAboveCents = 20'000;

struct Order {
  int64_t id = 0;
  std::optional<int64_t> customer;
  std::optional<int64_t> cents;
  std::optional<std::string> date;
};

struct User {
  Cell email, name, created_at, country;
};

struct Event {
  Cell user, type, page, timestamp, session;
  std::optional<int64_t> cents;
};

std::optional<int64_t> WholeNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool IsDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = WholeNumber(text.substr(0, 4));
  const auto month = WholeNumber(text.substr(5, 2));
  const auto day = WholeNumber(text.substr(8, 2));
  if (!year || !month || !day) return false;
  return std::chrono::year_month_day{std::chrono::year{static_cast<int>(*year)},
                                     std::chrono::month{static_cast<unsigned>(*month)},
                                     std::chrono::day{static_cast<unsigned>(*day)}}
      .ok();
}

/// The demo's times are all "YYYY-MM-DDTHH:MM:SSZ".
bool IsTime(std::string_view text) {
  return text.size() == 20 && IsDate(text.substr(0, 10)) && text[10] == 'T' && text[19] == 'Z';
}

const Json* Member(const Json& record, const char* name) {
  const auto found = record.find(name);
  return found == record.end() || found->is_null() ? nullptr : &*found;
}

/// Reads a member into `out`; false when it is there and does not fit.
bool ReadInteger(const Json& record, const char* name, std::optional<int64_t>& out) {
  const auto* value = Member(record, name);
  if (value == nullptr) return true;
  if (value->is_number_integer()) out = value->get<int64_t>();
  if (value->is_string()) out = WholeNumber(value->get<std::string>());
  return out.has_value();
}

bool ReadCents(const Json& record, const char* name, std::optional<int64_t>& out) {
  const auto* value = Member(record, name);
  if (value == nullptr) return true;
  const auto cents = value->is_number() || value->is_string()
                         ? CentsOf(value->is_string() ? value->get<std::string>() : value->dump())
                         : Result<int64_t>(Fail(ErrorCode::kInvalidArgument, "no amount"));
  if (cents) out = *cents;
  return out.has_value();
}

bool ReadText(const Json& record, const char* name, Cell& out) {
  const auto* value = Member(record, name);
  if (value == nullptr) return true;
  if (value->is_string()) out = value->get<std::string>();
  return out.has_value();
}

Cell TextOf(const std::optional<int64_t>& value) { return value ? Cell(std::to_string(*value)) : Cell(); }

/// Records of a request; a line that is no JSON object comes as null.
Result<std::vector<Json>> RecordsOf(const DemoRequest& request) {
  std::vector<Json> records;
  if (request.shape == DemoShape::kLines) {
    for (size_t at = 0; at < request.body.size();) {
      const auto end = std::min(request.body.find('\n', at), request.body.size());
      const auto line = codec::ParseJson(std::string_view(request.body).substr(at, end - at));
      records.push_back(line && line->is_object() ? *line : Json());
      at = end + 1;
    }
    return records;
  }
  TARN_ASSIGN(const auto body, codec::ParseJson(request.body));
  if (request.shape == DemoShape::kSingle) return std::vector<Json>{body.at("data")};
  for (const auto& record : request.shape == DemoShape::kArray ? body : body.at("records")) records.push_back(record);
  return records;
}

/// Newest row of each key, in order of arrival; `read` gives false for a record the contract refuses.
template <class Key, class Value>
Result<DemoExpectation::Counts> Fold(const std::vector<DemoRequest>& requests,
                                     bool (*read)(const Json& record, Key& key, Value& value),
                                     std::map<Key, Value>& newest) {
  DemoExpectation::Counts counts;
  for (const auto& request : requests) {
    TARN_ASSIGN(const auto records, RecordsOf(request));
    for (const auto& record : records) {
      ++counts.posted;
      Key key{};
      Value value{};
      if (!record.is_object() || !read(record, key, value)) {
        ++counts.invalid;
      } else if (request.deletes) {
        newest.erase(key);
      } else {
        newest[key] = std::move(value);
      }
    }
  }
  return counts;
}

bool ReadOrder(const Json& record, int64_t& key, Order& order) {
  std::optional<int64_t> id;
  const bool fits = ReadInteger(record, "order_id", id) && ReadInteger(record, "customer_id", order.customer) &&
                    ReadCents(record, "amount", order.cents) && ReadText(record, "order_date", order.date);
  if (!fits || !id || (order.date && !IsDate(*order.date))) return false;
  key = order.id = *id;
  return true;
}

bool ReadUser(const Json& record, std::string& key, User& user) {
  Cell id;
  const bool fits = ReadText(record, "user_id", id) && ReadText(record, "email", user.email) &&
                    ReadText(record, "name", user.name) && ReadText(record, "created_at", user.created_at) &&
                    ReadText(record, "country", user.country);
  if (!fits || !id || (user.created_at && !IsTime(*user.created_at))) return false;
  key = *id;
  return true;
}

bool ReadEvent(const Json& record, std::string& key, Event& event) {
  Cell id;
  const bool fits = ReadText(record, "event_id", id) && ReadText(record, "user_id", event.user) &&
                    ReadText(record, "event_type", event.type) && ReadText(record, "page", event.page) &&
                    ReadText(record, "timestamp", event.timestamp) && ReadText(record, "session_id", event.session) &&
                    ReadCents(record, "amount", event.cents);
  if (!fits || !id || !event.timestamp || !IsTime(*event.timestamp)) return false;
  key = *id;
  return true;
}

Row OrderRow(const Order& order) {
  return {std::to_string(order.id), TextOf(order.customer), TextOf(order.cents), order.date};
}

void ExpectSales(const std::map<int64_t, Order>& orders, DemoExpectation& expected) {
  struct Totals {
    int64_t orders = 0;
    int64_t cents = 0;
  };
  std::map<int64_t, Totals> customers;
  std::map<std::string, std::optional<int64_t>> days;
  expected.silver_orders.columns = {{"order_id"}, {"customer_id"}, {"amount", CellKind::kCents}, {"order_date"}};
  expected.clean_orders.columns = expected.silver_orders.columns;
  for (const auto& [id, order] : orders) {
    expected.silver_orders.rows.push_back(OrderRow(order));
    if (order.date) {
      auto& revenue = days[*order.date];
      if (order.cents) revenue = revenue.value_or(0) + *order.cents;
    }
    if (order.cents.value_or(0) <= kCleanAboveCents || !order.customer || !order.date) continue;
    expected.clean_orders.rows.push_back(OrderRow(order));
    auto& totals = customers[*order.customer];
    ++totals.orders;
    totals.cents += *order.cents;
  }
  expected.customer_orders.columns = {
      {"customer_id"}, {"order_count"}, {"total_spent", CellKind::kCents}, {"avg_order_value", CellKind::kReal}};
  for (const auto& [customer, totals] : customers) {
    const auto average = static_cast<double>(totals.cents) / 100.0 / static_cast<double>(totals.orders);
    expected.customer_orders.rows.push_back({std::to_string(customer), std::to_string(totals.orders),
                                             std::to_string(totals.cents), std::to_string(average)});
  }
  expected.daily_revenue.columns = {{"date"}, {"revenue", CellKind::kCents}};
  for (const auto& [day, cents] : days) expected.daily_revenue.rows.push_back({day, TextOf(cents)});
}

void ExpectWeb(const std::map<std::string, User>& users, const std::map<std::string, Event>& events,
               DemoExpectation& expected) {
  expected.dim_users.columns = {{"user_id"}, {"username"}, {"email"}, {"created_at"}, {"country"}};
  for (const auto& [id, user] : users) {
    expected.dim_users.rows.push_back({id, user.name, user.email, user.created_at, user.country});
  }
  expected.fct_events.columns = {{"event_id"},   {"user_id"},    {"event_type"},  {"event_timestamp"},
                                 {"event_date"}, {"session_id"}, {"page"},        {"amount", CellKind::kCents},
                                 {"username"},   {"user_email"}, {"user_country"}};
  for (const auto& [id, event] : events) {
    const auto user = event.user ? users.find(*event.user) : users.end();
    const bool known = user != users.end();
    expected.fct_events.rows.push_back({id, event.user, event.type, event.timestamp, event.timestamp->substr(0, 10),
                                        event.session, event.page, TextOf(event.cents),
                                        known ? user->second.name : Cell(), known ? user->second.email : Cell(),
                                        known ? user->second.country : Cell()});
  }
}

/// A result's cell in the form of the expectation.
Result<Cell> Normal(const Cell& cell, CellKind kind) {
  if (!cell || kind != CellKind::kCents) return cell;
  TARN_ASSIGN(const auto cents, CentsOf(*cell));
  return Cell(std::to_string(cents));
}

bool SameCell(const Cell& expected, const Cell& actual, CellKind kind) {
  if (!expected || !actual || kind != CellKind::kReal) return expected == actual;
  const double a = std::strtod(expected->c_str(), nullptr);
  const double b = std::strtod(actual->c_str(), nullptr);
  // The expectation is written with six decimals.
  return std::abs(a - b) <= 1e-6;
}

std::string RowText(const Row& row) {
  std::string text;
  for (const auto& cell : row) text += (text.empty() ? "" : " | ") + cell.value_or("NULL");
  return text;
}

Result<std::vector<Row>> PickColumns(const ExpectedTable& expected, const ResultTable& actual) {
  std::vector<size_t> indexes;
  for (const auto& column : expected.columns) {
    TARN_ASSIGN(const auto index, actual.IndexOf(column.name));
    indexes.push_back(index);
  }
  std::vector<Row> rows;
  for (const auto& row : actual.rows) {
    Row picked;
    for (size_t i = 0; i < indexes.size(); ++i) {
      TARN_ASSIGN(auto cell, Normal(row[indexes[i]], expected.columns[i].kind));
      picked.push_back(std::move(cell));
    }
    rows.push_back(std::move(picked));
  }
  return rows;
}

}  // namespace

Result<int64_t> CentsOf(std::string_view decimal) {
  const auto bad = [&] { return Fail(ErrorCode::kInvalidArgument, "no amount of money: " + std::string(decimal)); };
  auto text = decimal;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = WholeNumber(text.substr(0, point));
  auto fraction = point == std::string_view::npos ? std::string() : std::string(text.substr(point + 1));
  if (!whole || *whole < 0 || (point != std::string_view::npos && fraction.empty())) return bad();
  if (fraction.find_first_not_of("0123456789") != std::string::npos) return bad();
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  if (fraction.size() > 2) return bad();
  fraction.resize(2, '0');
  const auto cents = *whole * 100 + *WholeNumber(fraction);
  return negative ? -cents : cents;
}

std::optional<std::string> Difference(const ExpectedTable& expected, const ResultTable& actual) {
  auto picked = PickColumns(expected, actual);
  if (!picked) return picked.error().message;
  auto rows = expected.rows;
  if (rows.size() != picked->size()) {
    return std::to_string(picked->size()) + " rows instead of " + std::to_string(rows.size());
  }
  std::ranges::sort(rows);
  std::ranges::sort(*picked);
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t column = 0; column < expected.columns.size(); ++column) {
      if (SameCell(rows[i][column], (*picked)[i][column], expected.columns[column].kind)) continue;
      return "expected " + RowText(rows[i]) + ", found " + RowText((*picked)[i]);
    }
  }
  return std::nullopt;
}

Result<DemoExpectation> Expect(const DemoInput& input) {
  DemoExpectation expected;
  std::map<int64_t, Order> orders;
  std::map<std::string, User> users;
  std::map<std::string, Event> events;
  TARN_ASSIGN(expected.orders, Fold(input.orders, ReadOrder, orders));
  TARN_ASSIGN(expected.users, Fold(input.users, ReadUser, users));
  TARN_ASSIGN(expected.events, Fold(input.events, ReadEvent, events));
  ExpectSales(orders, expected);
  ExpectWeb(users, events, expected);
  return expected;
}

}  // namespace tarn::app

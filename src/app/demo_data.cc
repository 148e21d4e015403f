// SPDX-License-Identifier: Apache-2.0
#include "app/demo_data.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string_view>

#include "base/random.h"

namespace tarn::app {
namespace {

constexpr std::string_view kOrders = "sales/orders";
constexpr std::string_view kUsers = "web/users";
constexpr std::string_view kEvents = "web/events";

constexpr uint64_t kOrderCount = 5'000;
constexpr uint64_t kFirstOrder = 329'001;
constexpr uint64_t kCustomerCount = 400;
constexpr uint64_t kFirstCustomer = 1'001;
constexpr uint64_t kCorrections = 600;
constexpr uint64_t kDeletes = 150;
constexpr uint64_t kReordered = 20;
constexpr uint64_t kUserCount = 200;
constexpr uint64_t kFirstUser = 101;
constexpr uint64_t kEventCount = 3'000;
constexpr uint64_t kBatchRecords = 500;

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  DemoInput Run() {
    AddOrders();
    AddCorrections();
    AddDeletes();
    AddReordered();
    AddUsers();
    AddEvents();
    return std::move(input_);
  }

 private:
  uint64_t Pick(uint64_t count) { return random_.Next() % count; }
  bool OneIn(uint64_t count) { return Pick(count) == 0; }

  /// Lays records out as one request.
  static DemoRequest Request(std::string_view endpoint, DemoShape shape, const std::vector<std::string>& records) {
    DemoRequest request;
    request.endpoint = endpoint;
    request.shape = shape;
    request.records = records.size();
    const bool lines = shape == DemoShape::kLines;
    std::string list;
    for (const auto& record : records) list += (list.empty() ? "" : lines ? "\n" : ",\n ") + record;
    switch (shape) {
      case DemoShape::kSingle:
        request.body = R"({"data": )" + list + "}";
        break;
      case DemoShape::kArray:
        request.body = "[" + list + "]";
        break;
      case DemoShape::kRecords:
        request.body = R"({"records": [)" + list + "]}";
        break;
      case DemoShape::kLines:
        request.body = list + "\n";
        break;
    }
    return request;
  }

  std::string Day() {
    const std::chrono::sys_days first{std::chrono::January / 1 / 2025};
    const std::chrono::year_month_day date{first + std::chrono::days(static_cast<int>(Pick(90)))};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
  }

  std::string Amount() {
    const auto cents = 500 + Pick(149'500);
    if (OneIn(20)) return fmt::format("\"{}.{:02}\"", cents / 100, cents % 100);  // as some clients quote money
    if (OneIn(20)) return fmt::format("{}", cents / 100);
    return fmt::format("{}.{:02}", cents / 100, cents % 100);
  }

  /// A good order; now and then without customer or date, which the contract allows and the clean-up job does not.
  std::string Order(uint64_t id) {
    auto customer = fmt::format(R"("customer_id": {}, )", kFirstCustomer + Pick(kCustomerCount));
    if (OneIn(60)) customer = OneIn(2) ? R"("customer_id": null, )" : "";
    auto date = fmt::format(R"(, "order_date": "{}")", Day());
    if (OneIn(80)) date = OneIn(2) ? R"(, "order_date": null)" : "";
    return fmt::format(R"({{{}"order_id": {}, "amount": {}{}}})", customer, id, Amount(), date);
  }

  /// What the contract refuses, one reason each.
  std::string BadOrder(uint64_t id) {
    switch (Pick(6)) {
      case 0:
        return fmt::format(R"({{"customer_id": 1042, "order_id": {}, "amount": "n/a", "order_date": "2025-02-03"}})",
                           id);
      case 1:
        return R"({"customer_id": 1042, "amount": 310.00, "order_date": "2025-02-03"})";
      case 2:
        return fmt::format(R"({{"customer_id": 1042, "order_id": {}, "amount": 310.00, "order_date": "2025-02-30"}})",
                           id);
      case 3:
        return fmt::format(
            R"({{"customer_id": "guest", "order_id": {}, "amount": 310.00, "order_date": "2025-02-03"}})", id);
      case 4:
        return R"({"customer_id": 1042, "order_id": null, "amount": 310.00, "order_date": "2025-02-03"})";
      default:
        return fmt::format(R"({{"customer_id": 1042, "order_id": {}, "amount": [310], "order_date": "2025-02-03"}})",
                           id);
    }
  }

  void AddOrders() {
    constexpr std::array kShapes{DemoShape::kArray, DemoShape::kLines, DemoShape::kRecords};
    for (uint64_t first = 0; first < kOrderCount; first += kBatchRecords) {
      const auto shape = kShapes[(first / kBatchRecords) % kShapes.size()];
      std::vector<std::string> records;
      for (uint64_t i = first; i < first + kBatchRecords; ++i) {
        records.push_back(Order(kFirstOrder + i));
        if (OneIn(80)) records.push_back(BadOrder(kFirstOrder + kOrderCount + Pick(1000)));
      }
      if (shape == DemoShape::kLines) records.emplace_back(R"({"customer_id": 1042, "order_id": 3)");  // cut off
      input_.orders.push_back(Request(kOrders, shape, records));
      input_.orders.back().gzip = shape == DemoShape::kLines;
    }
  }

  /// Newer values of orders sent before; some orders are corrected twice in one request.
  void AddCorrections() {
    std::vector<std::string> records;
    for (uint64_t i = 0; i < kCorrections; ++i) {
      const auto id = kFirstOrder + Pick(kOrderCount);
      records.push_back(Order(id));
      if (OneIn(12)) records.push_back(Order(id));
      if (records.size() < kBatchRecords / 2) continue;
      input_.orders.push_back(Request(kOrders, DemoShape::kLines, records));
      records.clear();
    }
    if (!records.empty()) input_.orders.push_back(Request(kOrders, DemoShape::kLines, records));
  }

  void AddDeletes() {
    std::vector<std::string> records;
    records.reserve(kDeletes + 1);
    for (uint64_t i = 0; i < kDeletes; ++i) {
      records.push_back(fmt::format(R"({{"order_id": {}}})", kFirstOrder + Pick(kOrderCount)));
    }
    records.emplace_back(R"({"order_id": 1})");  // nobody ever ordered this
    input_.orders.push_back(Request(kOrders, DemoShape::kArray, records));
    input_.orders.back().deletes = true;
  }

  /// Single records behind the deletes: some of these orders were deleted and come back.
  void AddReordered() {
    for (uint64_t i = 0; i < kReordered; ++i) {
      input_.orders.push_back(Request(kOrders, DemoShape::kSingle, {Order(kFirstOrder + Pick(kOrderCount))}));
    }
  }

  std::string User(uint64_t number) {
    constexpr std::array<std::string_view, 8> kNames{"Ada Núñez", "Björn Åkesson", "Chloé Martin", "Dmitri Ivanov",
                                                     "Emi 田中",  "Farid Haddad",  "Grace O'Neil", "Hana Nováková"};
    constexpr std::array<std::string_view, 6> kCountries{"DE", "FR", "JP", "SE", "US", "BR"};
    return fmt::format(
        R"({{"user_id": "usr-{}", "email": "user{}@example.org", "name": "{}", "created_at": "2025-01-{:02}T{:02}:00:00Z", "country": "{}"}})",
        number, number, kNames[Pick(kNames.size())], 1 + Pick(28), Pick(24), kCountries[Pick(kCountries.size())]);
  }

  void AddUsers() {
    std::vector<std::string> records;
    records.reserve(kUserCount + 1);
    for (uint64_t i = 0; i < kUserCount; ++i) records.push_back(User(kFirstUser + i));
    records.emplace_back(R"({"email": "nobody@example.org", "name": "No Id", "country": "DE"})");
    input_.users.push_back(Request(kUsers, DemoShape::kArray, records));
    std::vector<std::string> moved;
    moved.reserve(kUserCount / 10);
    for (uint64_t i = 0; i < kUserCount / 10; ++i) moved.push_back(User(kFirstUser + Pick(kUserCount)));
    input_.users.push_back(Request(kUsers, DemoShape::kLines, moved));
  }

  /// `null_amounts`: events without an amount say so, as the second batch of the site does.
  std::string Event(uint64_t number, bool null_amounts) {
    constexpr std::array<std::string_view, 6> kTypes{"page_view", "click", "purchase", "signup", "login", "logout"};
    constexpr std::array<std::string_view, 5> kPages{"/", "/products", "/products/7", "/cart", "/checkout"};
    const auto type = kTypes[OneIn(2) ? 0 : Pick(kTypes.size())];
    const auto user = OneIn(50) ? uint64_t{999} : kFirstUser + Pick(kUserCount);  // 999 never signed up
    std::string amount;
    if (type == "purchase") {
      amount = R"(, "amount": )" + Amount();
    } else if (null_amounts) {
      amount = R"(, "amount": null)";
    }
    return fmt::format(
        R"({{"event_id": "evt-{:05}", "user_id": "usr-{}", "event_type": "{}", "page": "{}", "timestamp": "{}T{:02}:{:02}:{:02}Z", "session_id": "s-{}"{}}})",
        number, user, type, kPages[Pick(kPages.size())], Day(), Pick(24), Pick(60), Pick(60), Pick(700), amount);
  }

  void AddEvents() {
    for (uint64_t first = 0; first < kEventCount; first += kBatchRecords) {
      const bool second_half = first >= kEventCount / 2;
      std::vector<std::string> records;
      for (uint64_t i = first; i < first + kBatchRecords; ++i) {
        records.push_back(Event(i + 1, second_half));
        if (OneIn(100) && i > 0) records.push_back(Event(1 + Pick(i), second_half));  // sent again, with other values
        if (OneIn(200)) {
          records.push_back(
              fmt::format(R"({{"event_id": "evt-{:05}", "user_id": "usr-101", "timestamp": "yesterday"}})", i + 1));
        }
      }
      input_.events.push_back(Request(kEvents, second_half ? DemoShape::kArray : DemoShape::kLines, records));
      input_.events.back().gzip = second_half;
    }
  }

  SeededRandomness random_;
  DemoInput input_;
};

}  // namespace

DemoInput MakeDemoInput(uint64_t seed) { return Generator(seed).Run(); }

}  // namespace tarn::app

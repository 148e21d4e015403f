// SPDX-License-Identifier: Apache-2.0
#include "app/verb_demo.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "app/complaint.h"
#include "app/demo_server.h"
#include "app/demo_steps.h"

namespace tarn::app {
namespace {

using std::chrono::steady_clock;

constexpr uint64_t kSeed = 2025;

/// Whether nobody is there to use the server afterwards.
bool IsUnattended(const Console& console) {
  const char* ci = std::getenv("CI");
  return !console.on_terminal() || (ci != nullptr && std::string_view(ci) == "true");
}

Status StartServer(DemoServer& server, const DemoCommand& command, Console& console) {
  const auto started = steady_clock::now();
  TARN_TRY(server.StopEarlier());
  TARN_TRY(server.Clear());
  TARN_TRY(server.Start(command.port));
  console.Step(fmt::format("tarn serve on an empty lake in {}/lake, ready at {}", command.directory, server.url()),
               std::chrono::duration<double>(steady_clock::now() - started).count());
  return {};
}

/// Everything between the server's start and its end; the number of failed checks.
Result<int> TellTheStory(const DemoServer& server, Console& console) {
  const auto input = MakeDemoInput(kSeed);
  TARN_ASSIGN(const auto expected, Expect(input));
  DemoSteps steps(server.url(), console);
  TARN_TRY(steps.CreateEndpoints());
  console.Heading("Records in, over HTTP");
  TARN_TRY(steps.Ingest(input));
  console.Heading("Gold jobs, SQL over silver");
  TARN_TRY(steps.RunJobs());
  console.Heading("Tables out, by SQL");
  TARN_TRY(steps.ShowTables());
  console.Heading("Checked against a plain recomputation over the posted bytes");
  return steps.Check(expected);
}

void SayHowToGoOn(const DemoServer& server, Console& console) {
  console.Heading("The server is still running");
  console.Line(fmt::format("{}  process {}, log {}", server.url(), server.pid(), server.log_file()));
  console.Line(fmt::format("{}/consumption/tables  every table", server.url()));
  console.Line(fmt::format("{}/metrics  what it counts", server.url()));
  console.Line("");
  console.Line(
      fmt::format("curl -sG {}/consumption/query --data-urlencode 'sql=SELECT * FROM sales.gold.customer_orders "
                  "ORDER BY total_spent DESC LIMIT 3'",
                  server.url()));
  console.Line(
      fmt::format("curl -s '{}/ingest/sales/orders?ack=silver' --json '{{\"data\": {{\"order_id\": 1, "
                  "\"customer_id\": 1123, \"amount\": 903.08, \"order_date\": \"2025-03-18\"}}}}'",
                  server.url()));
  console.Line("");
  console.Line(fmt::format("Stop it with: kill {}", server.pid()));
}

}  // namespace

int RunDemo(const DemoCommand& command) {
  Console console;
  console.Title("Tarn: a record in, a table out, SQL on top");
  const auto started = steady_clock::now();
  auto server = DemoServer::Prepare(command.directory);
  if (!server) return Complain("demo", server.error());
  if (const auto ready = StartServer(*server, command, console); !ready) return Complain("demo", ready.error());
  const auto failures = TellTheStory(*server, console);
  if (!failures) {
    Complain("demo", failures.error());
    console.Line("The server's log: " + server->log_file());
  } else {
    console.Title(fmt::format("{} in {:.1f} s", *failures == 0 ? "Every check passed" : "Checks FAILED",
                              std::chrono::duration<double>(steady_clock::now() - started).count()));
  }
  if (!IsUnattended(console)) {
    SayHowToGoOn(*server, console);
  } else if (const auto stopped = server->Stop(); !stopped) {
    return Complain("demo", stopped.error());
  }
  return failures && *failures == 0 ? kExitOk : kExitFailed;
}

}  // namespace tarn::app

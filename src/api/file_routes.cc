// SPDX-License-Identifier: Apache-2.0
#include "api/file_routes.h"

#include <algorithm>
#include <map>

#include "api/answers.h"
#include "api/file_events.h"
#include "api/file_upload.h"
#include "api/parameters.h"
#include "net/error_body.h"
#include "net/incoming_body.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

/// Uploads under way; others wait in the queue with their connection.
constexpr WorkerPool::Limits kUploadLimits{.threads = 4, .queued_tasks = 256};

struct Upload {
  net::Request request;
  net::Responder responder;
};

void Answer(Services& services, Upload& upload) {
  auto response = FileUpload(services, upload.request).Run();
  upload.request.incoming->Close();
  upload.responder.Send(std::move(response));
}

net::Response ListFiles(Services& services, const net::Request& request) {
  Parameters parameters(request);
  constexpr int64_t kMost = 10'000;
  const auto limit = parameters.Integer("limit", 1, kMost);
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  const auto domain = std::string(request.Param("domain"));
  const auto table = std::string(request.Param("name"));
  if (!services.bronze.EndpointOf(domain, table)) {
    return net::ErrorResponse(404, "Endpoint '" + domain + "/" + table + "' not found", "not_found");
  }
  auto taken = services.bronze.FilesOf(domain, table);
  if (!taken) return ErrorAnswer(taken.error());
  constexpr size_t kUsual = 1'000;
  const auto count = std::min(taken->size(), limit ? static_cast<size_t>(*limit) : kUsual);
  auto files = OrderedJson::array();
  for (auto file = taken->rbegin(); files.size() < count; ++file) files.push_back(FileManifest(*file));
  return JsonAnswer({{"files", std::move(files)}, {"count", taken->size()}});
}

}  // namespace

void AddFileRoutes(Routes& routes) {
  auto& services = routes.services();
  auto pool = std::make_shared<WorkerPool>("tarn-upload", kUploadLimits);
  routes.AddBodyStream(net::Method::kPost, "/files/{domain}/{name}",
                       [&services, pool](net::Request request, net::Responder responder) {
                         auto upload = std::make_shared<Upload>(std::move(request), std::move(responder));
                         if (pool->TrySubmit([&services, upload] { Answer(services, *upload); })) return;
                         auto busy = net::ErrorResponse(503, "too many uploads are waiting", "unavailable");
                         busy.headers.emplace_back("Retry-After", "1");
                         upload->request.incoming->Close();
                         upload->responder.Send(std::move(busy));
                       });
  routes.Add(net::Method::kGet, "/files/{domain}/{name}", ListFiles);
  routes.Add(net::Method::kPost, "/files/{domain}/{name}/events", TakeNamedObjects);
}

}  // namespace tarn::api

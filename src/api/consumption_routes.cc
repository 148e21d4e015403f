// SPDX-License-Identifier: Apache-2.0
#include "api/consumption_routes.h"

#include "api/query_call.h"
#include "base/log.h"
#include "lake/keys.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

/// Sends a result: one piece as a whole answer, several as a streamed one.
class AnswerStream {
 public:
  AnswerStream(net::Responder responder, query::Format format) : responder_(std::move(responder)), format_(format) {}

  Status Take(std::string chunk) {
    if (writer_) {
      return writer_->Write(std::move(chunk));
    }
    if (!held_) {
      held_ = std::move(chunk);
      return {};
    }
    writer_.emplace(responder_->Begin(Head(std::move(*held_))));
    responder_.reset();
    return writer_->Write(std::move(chunk));
  }

  void Finish(const Status& outcome) {
    if (writer_) {
      if (outcome) {
        writer_->Finish();
      } else {
        LogWarning("streamed answer broken off", {{"error", outcome.error().ToString()}});
        writer_->Abort();
      }
      return;
    }
    responder_->Send(outcome ? Head(std::move(*held_)) : ErrorAnswer(outcome.error()));
  }

 private:
  net::Response Head(std::string body) const {
    net::Response response;
    response.content_type = query::ContentTypeOf(format_);
    response.body = std::move(body);
    return response;
  }

  std::optional<net::Responder> responder_;
  query::Format format_;
  std::optional<std::string> held_;
  std::optional<net::BodyWriter> writer_;
};

void RunQuery(Services& services, std::expected<query::UserQuery, net::Response> query, net::Responder responder) {
  if (!query) return responder.Send(std::move(query).error());
  query->request.stop = responder.WatchDisconnect();
  AnswerStream answer(std::move(responder), query->format);
  const auto outcome = services.queries.Run(*query, [&](std::string chunk) { return answer.Take(std::move(chunk)); });
  answer.Finish(outcome);
}

std::string LocationOf(const engine::TableName& name, const engine::BoundTable* bound) {
  if (bound != nullptr) {
    if (const auto* pinned = std::get_if<table::PinnedTable>(&bound->source)) return pinned->location;
  }
  return name.layer + "/" + name.domain + "/" + name.table;
}

/// None for a view that cannot be bound now: it is listed all the same.
table::Schema ColumnsOf(Services& services, const engine::BoundTable& bound) {
  const auto* view = std::get_if<engine::View>(&bound.source);
  if (view == nullptr) return bound.visible;
  const auto workspace = services.engine.OpenWorkspace({});
  const auto columns = workspace ? (*workspace)->Describe(view->sql) : Result<table::Schema>(table::Schema());
  return columns.value_or(table::Schema());
}

net::Response ListTables(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const auto layer = parameters.Choice("layer", "", {"", "silver", "gold", "bronze", "quarantine", "external", "all"});
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  const bool all = layer == "all";
  const auto names = services.catalog.List(parameters.Text("domain"), all ? "" : layer);
  if (!names) return ErrorAnswer(names.error());
  auto tables = OrderedJson::array();
  for (const auto& name : *names) {
    if (layer.empty() && name.layer != "silver" && name.layer != "gold") continue;
    const auto bound = services.catalog.Resolve(name, std::nullopt);
    // A table of others may be one that Tarn cannot read: it is there all the same.
    const bool is_listed = bound || bound.error().code == ErrorCode::kNotFound ||
                           (name.layer == "external" && bound.error().code == ErrorCode::kUnsupported);
    if (!is_listed) return ErrorAnswer(bound.error());
    auto columns = OrderedJson::array();
    if (bound) {
      for (const auto& field : ColumnsOf(services, **bound).fields) {
        columns.push_back({{"name", field.name}, {"type", table::SqlTypeName(field.type)}});
      }
    }
    tables.push_back({{"name", name.table},
                      {"domain", name.domain},
                      {"layer", name.layer},
                      {"location", LocationOf(name, bound ? bound->get() : nullptr)},
                      {"columns", std::move(columns)}});
  }
  const auto count = tables.size();
  return JsonAnswer({{"tables", std::move(tables)}, {"count", count}});
}

}  // namespace

void AddConsumptionRoutes(Routes& routes) {
  auto& services = routes.services();
  routes.AddStreaming(net::Method::kGet, "/consumption/query",
                      [&services](const net::Request& request, net::Responder responder) {
                        RunQuery(services, ReadGetQuery(request, services.queries.limits()), std::move(responder));
                      });
  routes.AddStreaming(net::Method::kPost, "/consumption/query",
                      [&services](const net::Request& request, net::Responder responder) {
                        RunQuery(services, ReadPostQuery(request, services.queries.limits()), std::move(responder));
                      });
  routes.Add(net::Method::kGet, "/consumption/tables", ListTables);
}

}  // namespace tarn::api

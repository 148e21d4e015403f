// SPDX-License-Identifier: Apache-2.0
#include "api/routes.h"

#include "api/access.h"
#include "api/ack.h"
#include "api/adopt_routes.h"
#include "api/alert_routes.h"
#include "api/consumption_routes.h"
#include "api/endpoint_routes.h"
#include "api/erase_routes.h"
#include "api/file_routes.h"
#include "api/firehose_routes.h"
#include "api/health_routes.h"
#include "api/history_routes.h"
#include "api/infer_route.h"
#include "api/ingest_routes.h"
#include "api/lineage_routes.h"
#include "api/monitor_routes.h"
#include "api/pipeline_routes.h"
#include "api/quarantine_routes.h"
#include "api/rebuild_routes.h"
#include "api/test_routes.h"
#include "api/trace_routes.h"
#include "api/transform_routes.h"
#include "api/upkeep_routes.h"

namespace tarn::api {

net::Router MakeRouter(Services& services) {
  net::Router router;
  Routes routes(router, services);
  AddHealthRoutes(routes);
  AddEndpointRoutes(routes);
  AddInferRoute(routes);
  AddIngestRoutes(routes, std::make_shared<AckComposer>(services));
  AddFileRoutes(routes);
  AddQuarantineRoutes(routes);
  AddConsumptionRoutes(routes);
  AddTransformRoutes(routes);
  AddPipelineRoutes(routes);
  AddTestRoutes(routes);
  AddMonitorRoutes(routes);
  AddAlertRoutes(routes);
  AddLineageRoutes(routes);
  AddUpkeepRoutes(routes);
  AddEraseRoutes(routes);
  AddHistoryRoutes(routes);
  AddTraceRoutes(routes);
  AddFirehoseRoutes(routes);
  AddRebuildRoutes(routes);
  AddAdoptRoutes(routes);
  return router;
}

}  // namespace tarn::api

// SPDX-License-Identifier: Apache-2.0
#include "app/job_engines.h"

namespace tarn::app {

JobEngines::JobEngines(const Config& config) {
  if (config.trino_url.empty()) return;
  engine::TrinoSettings trino{.url = config.trino_url};
  trino.user = config.trino_user;
  trino.password = config.trino_password;
  trino.catalog = config.trino_catalog;
  trino.session = config.trino_session;
  trino.ca_file = config.trino_ca_file;
  trino_ = std::make_unique<engine::TrinoEngine>(std::move(trino));
}

gold::RemoteEngines JobEngines::remotes() {
  gold::RemoteEngines remotes{&references_, {}};
  if (trino_) remotes.by_name[gold::JobEngine::kTrino] = trino_.get();
  return remotes;
}

}  // namespace tarn::app

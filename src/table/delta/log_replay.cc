// SPDX-License-Identifier: Apache-2.0
#include "table/delta/log_replay.h"

#include <algorithm>
#include <utility>

#include "table/delta/log_names.h"
#include "table/delta/logged_file.h"

namespace tarn::table::delta {

Status LogReplay::Feed(ActionSet actions) {
  if (!log_.protocol) log_.protocol = std::move(actions.protocol);
  if (!log_.metadata) log_.metadata = std::move(actions.metadata);
  for (Txn& txn : actions.txns) log_.txns.try_emplace(txn.app_id, txn);
  for (DomainMetadata& domain : actions.domains) log_.domains.try_emplace(domain.domain, domain);

  // Files are collected newest first, too; Finish turns them round.
  std::vector<std::string> touched;
  for (auto add = actions.adds.rbegin(); add != actions.adds.rend(); ++add) {
    TARN_ASSIGN(std::string path, DecodePath(add->path, table_root_));
    std::string key = FileKey(path, add->deletion_vector);
    if (log_.decided.contains(key)) continue;
    touched.push_back(std::move(key));
    log_.files.push_back({.path = std::move(path), .add = std::move(*add)});
  }
  log_.decided.insert(touched.begin(), touched.end());
  for (auto remove = actions.removes.rbegin(); remove != actions.removes.rend(); ++remove) {
    TARN_ASSIGN(const std::string path, DecodePath(remove->path, table_root_));
    if (!log_.decided.insert(FileKey(path, remove->deletion_vector)).second) continue;
    log_.tombstones.push_back(std::move(*remove));
  }
  return {};
}

ReplayedLog LogReplay::Finish() && {
  std::ranges::reverse(log_.files);
  std::ranges::reverse(log_.tombstones);
  return std::move(log_);
}

}  // namespace tarn::table::delta

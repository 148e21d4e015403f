// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes the exports of a table anew after records were erased from it, and deletes those that nobody asks for any
// more, which still show it as it was. Free function.

#include <functional>
#include <string>
#include <vector>

#include "upkeep/erasure_record.h"
#include "upkeep/upkeep.h"

namespace tarn::upkeep {

struct ExportErasure {
  store::ObjectStore& store;
  Upkeep& upkeep;
  const std::function<std::vector<ExportTarget>()>& exported;  ///< as Upkeep's
  const std::function<Status()>& seat_check;
};

/// Names the files in the layer; those that cannot be written are noted.
Status EraseExports(const ExportErasure& erasure, const LakeTable& table, ErasedLayer& layer,
                    std::vector<NotExamined>& not_examined);

}  // namespace tarn::upkeep

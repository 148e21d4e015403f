// SPDX-License-Identifier: Apache-2.0
#include "catalog/registry.h"

#include <chrono>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "lake/keys.h"

namespace tarn::catalog {
namespace {

/// A superseded number may be collected then (durability.md §1.3).
constexpr std::chrono::hours kSupersededFor{24};

}  // namespace

Registry::Registry(store::ObjectStore& store, Clock& clock, Guard guard)
    : store_(store), clock_(clock), guard_(std::move(guard)), series_(store, lake::CatalogSeries(), clock) {}

Result<DocumentPtr> Registry::Load() {
  TARN_ASSIGN(Version version, LoadVersion());
  return std::move(version.document);
}

Result<Registry::Version> Registry::LoadVersion() {
  TARN_ASSIGN(const auto head, series_.Head());
  if (!head) return Version{0, std::make_shared<const RegistryDocument>()};
  {
    const std::lock_guard lock(mutex_);
    if (newest_.number == *head) return newest_;
  }
  TARN_ASSIGN(RegistryDocument document, series_.Read(*head));
  Version version{*head, std::make_shared<const RegistryDocument>(std::move(document))};
  Remember(version);
  return version;
}

void Registry::Remember(const Version& version) {
  const std::lock_guard lock(mutex_);
  if (version.number > newest_.number) newest_ = version;
}

Status Registry::Update(const Change& change) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TARN_ASSIGN(const Version base, LoadVersion());
    RegistryDocument next = *base.document;
    TARN_TRY(change(next));
    if (next == *base.document) return {};
    if (next.namespaces.size() + next.tables.size() > kMostNames) {
      return Fail(ErrorCode::kResourceExhausted, "the catalog holds as many namespaces and tables as it can");
    }
    if (guard_) TARN_TRY(guard_());
    TARN_CRASH_POINT("catalog.registry.before_put");
    const uint64_t number = base.number + 1;
    const Status put = series_.Put(number, next);
    if (!put && put.error().code == ErrorCode::kConflict) continue;
    TARN_TRY(put);
    TARN_CRASH_POINT("catalog.registry.after_put");
    Remember({number, std::make_shared<const RegistryDocument>(std::move(next))});
    if (number % kVersionsPerCollection == 0) CollectBefore(number);
    return {};
  }
  return Fail(ErrorCode::kConflict, "other writers kept winning the catalog's document");
}

/// Losing it loses nothing: the next collection finds what is left.
void Registry::CollectBefore(uint64_t number) {
  const store::SeriesName name = lake::CatalogSeries();
  const auto objects = store_.List(name.prefix);
  if (!objects) return;
  const auto bound = clock_.Now().micros - std::chrono::microseconds(kSupersededFor).count();
  // When one was superseded is when the next was written.
  for (size_t i = 0; i + 1 < objects->size(); ++i) {
    const auto n = name.NumberOf((*objects)[i].key);
    if (!n || *n >= number || (*objects)[i + 1].modified.micros > bound) continue;
    if (const auto gone = store_.Delete((*objects)[i].key); !gone) {
      LogWarning("an old version of the catalog's document stays", {{"error", gone.error().ToString()}});
    }
  }
}

}  // namespace tarn::catalog

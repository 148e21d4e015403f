// SPDX-License-Identifier: Apache-2.0
#include "app/lake_store.h"

#include <algorithm>
#include <filesystem>

#include "app/aws_access.h"
#include "app/directory_store.h"
#include "app/read_only_store.h"
#include "app/version.h"
#include "base/log.h"
#include "lake/lake_document.h"
#include "lake/layer_roots.h"
#include "store/local/local_store.h"
#include "store/routed/routed_store.h"
#include "store/s3/s3_store.h"

namespace tarn::app {
namespace {

/// The cache shares its disk with the log, which must never be short of room.
constexpr uint64_t kCachePartOfFreeSpace = 4;

Result<aws::S3Location> LocationOf(const Config& config, const aws::Environment& environment,
                                   const std::string& bucket) {
  aws::S3Location location;
  location.bucket = bucket;
  location.endpoint = FirstOf({config.s3_endpoint, aws::ValueOf(environment, "AWS_ENDPOINT_URL_S3"),
                               aws::ValueOf(environment, "AWS_ENDPOINT_URL")});
  TARN_ASSIGN(location.region, AwsRegionOf(config, environment));
  if (config.s3_path_style == "true") location.addressing = aws::Addressing::kPath;
  if (config.s3_path_style == "false") location.addressing = aws::Addressing::kVirtualHost;
  return location;
}

Result<std::unique_ptr<store::BlockCache>> OpenCache(const std::string& folder, uint64_t limit_bytes,
                                                     MetricRegistry& metrics) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const auto space = std::filesystem::space(folder, error);
  if (!error) limit_bytes = std::min<uint64_t>(limit_bytes, space.available / kCachePartOfFreeSpace);
  return store::BlockCache::Open({folder, limit_bytes}, metrics);
}

/// As it is recorded, for processes in any directory.
std::string Settled(std::string root) {
  if (!IsBucket(root)) root = std::filesystem::absolute(root).lexically_normal().string();
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  return root;
}

}  // namespace

/// In the order of making; destroyed from the last to the first.
struct LakeStore::Bucket {
  Bucket(const Config& config, const aws::Environment& environment, Clock& clock)
      : http({.ca_file = AwsCaFileOf(config, environment), .user_agent = "tarn/" + std::string(kVersion)}),
        credentials(AwsCredentialsOf(config, environment), http, clock) {}

  net::OutboundClient http;
  aws::CredentialChain credentials;
  std::unique_ptr<store::BlockCache> cache;
  std::unique_ptr<store::S3Store> store;
};

/// One store, and what it stands on.
struct LakeStore::Place {
  std::unique_ptr<Bucket> bucket;             ///< null for a directory
  std::unique_ptr<store::ObjectStore> store;  ///< what the verb gets; destroyed first
};

LakeStore::LakeStore(Opening opening) : opening_(std::move(opening)) {}
LakeStore::~LakeStore() = default;

store::ObjectStore& LakeStore::store() { return routed_ != nullptr ? *routed_ : *main_->store; }

Result<std::unique_ptr<LakeStore::Bucket>> LakeStore::OpenBucket(const std::string& root,
                                                                 const std::string& folder) const {
  const Config& config = opening_.config;
  const Needs& needs = opening_.needs;
  const auto environment = ReadAwsEnvironment();
  const auto path = root.substr(kS3Scheme.size());
  const auto slash = path.find('/');
  TARN_ASSIGN(const auto location, LocationOf(config, environment, path.substr(0, slash)));
  store::S3Store::Options options;
  TARN_ASSIGN(options.client.endpoint, aws::ResolveS3Endpoint(location));
  options.client.bucket = location.bucket;
  options.client.region = location.region;
  if (slash != std::string::npos) options.prefix = path.substr(slash + 1);
  auto bucket = std::make_unique<Bucket>(config, environment, needs.clock);
  if (config.s3_cache_bytes > 0) {
    const auto cache_folder = opening_.cache_folder + (folder.empty() ? "" : "-" + folder);
    TARN_ASSIGN(bucket->cache, OpenCache(cache_folder, config.s3_cache_bytes, needs.metrics));
    options.cache = bucket->cache.get();
  }
  bucket->store = std::make_unique<store::S3Store>(
      store::S3Client::Dependencies{bucket->http, bucket->credentials, needs.clock, needs.randomness, needs.metrics},
      std::move(options));
  TARN_TRY(bucket->store->CheckBucket());
  return bucket;
}

Result<std::unique_ptr<LakeStore::Place>> LakeStore::Open(const std::string& root, const std::string& folder) const {
  auto place = std::make_unique<Place>();
  const bool serves = static_cast<bool>(opening_.on_fatal);
  if (IsBucket(root)) {
    TARN_ASSIGN(place->bucket, OpenBucket(root, folder));
    if (serves) {
      TARN_TRY(place->bucket->store->CheckConditionalPut());
      place->store = std::move(place->bucket->store);
    } else {
      place->store = std::make_unique<ReadOnlyStore>(*place->bucket->store);
    }
  } else if (serves) {
    store::LocalStore::Options options;
    options.root = root;
    options.on_fatal = opening_.on_fatal;
    TARN_ASSIGN(place->store, store::LocalStore::Open(opening_.needs.disk, std::move(options)));
  } else {
    place->store = std::make_unique<DirectoryStore>(opening_.needs.disk, root);
  }
  return place;
}

Status LakeStore::OpenLayerRoots(const std::string& lake_id) {
  auto& main = *main_->store;
  const Config& config = opening_.config;
  TARN_ASSIGN(auto roots, lake::LoadLayerRoots(main, opening_.needs.clock));
  lake::LayerRoots added;
  if (opening_.on_fatal) {
    lake::LayerRoots wanted{{"bronze", config.bronze_root},
                            {"silver", config.silver_root},
                            {"gold", config.gold_root},
                            {"exports", config.exports_root}};
    std::erase_if(wanted, [](const auto& one) { return one.second.empty(); });
    for (auto& [folder, root] : wanted) root = Settled(root);
    TARN_ASSIGN(added, lake::NewLayerRoots(main, roots, wanted));
    roots.insert(added.begin(), added.end());
  }
  store::RoutedStore::Routes routes;
  for (const auto& [folder, root] : roots) {
    TARN_ASSIGN(layers_[folder], Open(root, folder));
    auto& store = *layers_[folder]->store;
    if (added.contains(folder)) {
      TARN_TRY(lake::ClaimLayerRoot(store, folder, lake_id));
    } else {
      TARN_TRY(lake::CheckLayerRoot(store, folder, lake_id));
    }
    routes.emplace(folder, &store);
  }
  if (!added.empty()) TARN_TRY(lake::RecordLayerRoots(main, opening_.needs.clock, added));
  if (!routes.empty()) routed_ = std::make_unique<store::RoutedStore>(main, std::move(routes));
  return {};
}

Result<std::unique_ptr<LakeStore>> LakeStore::OpenToServe(const Config& config, Needs needs,
                                                          std::function<void(const Error&)> on_fatal) {
  std::unique_ptr<LakeStore> opened(new LakeStore({config, needs, std::move(on_fatal), config.data_dir + "/cache"}));
  TARN_ASSIGN(opened->main_, opened->Open(config.lake, ""));
  return opened;
}

Result<std::unique_ptr<LakeStore>> LakeStore::OpenToRead(const Config& config, Needs needs,
                                                         const std::string& cache_folder) {
  std::unique_ptr<LakeStore> opened(new LakeStore({config, needs, {}, cache_folder}));
  TARN_ASSIGN(opened->main_, opened->Open(config.lake, ""));
  return opened;
}

}  // namespace tarn::app

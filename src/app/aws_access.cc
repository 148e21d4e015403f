// SPDX-License-Identifier: Apache-2.0
#include "app/aws_access.h"

#include <array>
#include <cstdlib>
#include <string_view>

#include "aws/profile.h"

namespace tarn::app {
namespace {

constexpr std::array kAwsVariables{"HOME",
                                   "AWS_ACCESS_KEY_ID",
                                   "AWS_SECRET_ACCESS_KEY",
                                   "AWS_SESSION_TOKEN",
                                   "AWS_REGION",
                                   "AWS_DEFAULT_REGION",
                                   "AWS_PROFILE",
                                   "AWS_SHARED_CREDENTIALS_FILE",
                                   "AWS_CONFIG_FILE",
                                   "AWS_ENDPOINT_URL",
                                   "AWS_ENDPOINT_URL_S3",
                                   "AWS_CA_BUNDLE",
                                   "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                   "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                   "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                   "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                   "AWS_EC2_METADATA_DISABLED",
                                   "AWS_EC2_METADATA_SERVICE_ENDPOINT"};

/// Where AWS answers for buckets of any region with the name of the right one.
constexpr std::string_view kDefaultRegion = "us-east-1";

}  // namespace

aws::Environment ReadAwsEnvironment() {
  aws::Environment environment;
  for (const auto* name : kAwsVariables) {
    if (const char* value = std::getenv(name)) environment[name] = value;
  }
  return environment;
}

std::string FirstOf(std::initializer_list<std::string> texts) {
  for (const auto& text : texts) {
    if (!text.empty()) return text;
  }
  return {};
}

Result<std::string> AwsRegionOf(const Config& config, const aws::Environment& environment) {
  auto region = FirstOf(
      {config.s3_region, aws::ValueOf(environment, "AWS_REGION"), aws::ValueOf(environment, "AWS_DEFAULT_REGION")});
  if (!region.empty()) return region;
  TARN_ASSIGN(auto profile, aws::LoadProfile(environment, aws::ProfileName(environment, config.s3_profile)));
  return FirstOf({profile["region"], std::string(kDefaultRegion)});
}

aws::CredentialSettings AwsCredentialsOf(const Config& config, const aws::Environment& environment) {
  aws::CredentialSettings settings;
  settings.configured = {config.s3_access_key, config.s3_secret_key, config.s3_session_token};
  settings.configured.source = "the configuration";
  settings.environment = environment;
  settings.profile = config.s3_profile;
  return settings;
}

std::string AwsCaFileOf(const Config& config, const aws::Environment& environment) {
  return FirstOf({config.s3_ca_file, aws::ValueOf(environment, "AWS_CA_BUNDLE")});
}

}  // namespace tarn::app

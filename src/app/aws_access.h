// SPDX-License-Identifier: Apache-2.0
#pragma once
// How this process gets at services of AWS: what the configuration says, and where it is silent AWS's own variables and
// files, as AWS's tools read them. Free functions.

#include <initializer_list>
#include <string>

#include "app/config.h"
#include "aws/credentials.h"
#include "base/result.h"

namespace tarn::app {

/// AWS_* and HOME of this process.
aws::Environment ReadAwsEnvironment();

aws::CredentialSettings AwsCredentialsOf(const Config& config, const aws::Environment& environment);

/// The region that s3_region, variables or the profile name, else AWS's first. kPermissionDenied as LoadProfile.
Result<std::string> AwsRegionOf(const Config& config, const aws::Environment& environment);

/// Certificates to trust; empty = the system's.
std::string AwsCaFileOf(const Config& config, const aws::Environment& environment);

/// The first that is not empty.
std::string FirstOf(std::initializer_list<std::string> texts);

}  // namespace tarn::app

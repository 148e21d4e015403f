// SPDX-License-Identifier: Apache-2.0
#pragma once
// AWS's profile files, ~/.aws/credentials and ~/.aws/config: sections of `name = value` lines. Thread-safe.

#include <map>
#include <string>
#include <string_view>

#include "aws/credentials.h"

namespace tarn::aws {

/// Settings of a profile by name.
using Profile = std::map<std::string, std::string, std::less<>>;

/// The section `[name]` of such a file's text; empty when there is none. Nested settings are left out.
Profile ReadProfileSection(std::string_view text, std::string_view name);

/// The name of the profile in use: `chosen`, or AWS_PROFILE, or "default".
std::string ProfileName(const Environment& environment, const std::string& chosen);

/// The profile out of both files, whose places the environment may move; the credentials file wins. Empty when there
/// is none; kPermissionDenied when a file cannot be read.
Result<Profile> LoadProfile(const Environment& environment, const std::string& name);

}  // namespace tarn::aws

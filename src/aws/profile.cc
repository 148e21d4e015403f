// SPDX-License-Identifier: Apache-2.0
#include "aws/profile.h"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <vector>

namespace tarn::aws {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// Where a file is: its variable, or below HOME.
std::string PathOf(const Environment& environment, std::string_view variable, std::string_view in_home) {
  if (auto path = ValueOf(environment, variable); !path.empty()) return path;
  const auto home = ValueOf(environment, "HOME");
  return home.empty() ? std::string() : home + "/.aws/" + std::string(in_home);
}

Result<std::string> ReadIfThere(const std::string& path) {
  if (path.empty()) return std::string();
  errno = 0;
  std::ifstream file(path);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::string();
    return Fail(ErrorCode::kPermissionDenied, "cannot read the profile file " + path);
  }
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Profile ReadProfileSection(std::string_view text, std::string_view name) {
  Profile profile;
  bool is_inside = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto content = Trim(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') continue;
    if (content.front() == '[') {
      is_inside = Trim(content.substr(1, content.find(']') - 1)) == name;
      continue;
    }
    const auto equals = content.find('=');
    const bool is_nested = line.front() == ' ' || line.front() == '\t';
    if (!is_inside || is_nested || equals == std::string_view::npos) continue;
    profile[std::string(Trim(content.substr(0, equals)))] = Trim(content.substr(equals + 1));
  }
  return profile;
}

std::string ProfileName(const Environment& environment, const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  const auto named = ValueOf(environment, "AWS_PROFILE");
  return named.empty() ? "default" : named;
}

Result<Profile> LoadProfile(const Environment& environment, const std::string& name) {
  TARN_ASSIGN(const auto credentials, ReadIfThere(PathOf(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")));
  TARN_ASSIGN(const auto config, ReadIfThere(PathOf(environment, "AWS_CONFIG_FILE", "config")));
  auto profile = ReadProfileSection(credentials, name);
  // The two files do not name a section alike.
  profile.merge(ReadProfileSection(config, name == "default" ? name : "profile " + name));
  return profile;
}

}  // namespace tarn::aws

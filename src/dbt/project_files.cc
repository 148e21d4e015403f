// SPDX-License-Identifier: Apache-2.0
#include "dbt/project_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tarn::dbt {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kEndings{".sql", ".yml", ".yaml", ".csv", ".py", ".md"};
constexpr std::array<std::string_view, 5> kLeftOut{"target", "logs", ".git", ".venv", "node_modules"};

bool IsWanted(const fs::path& path) { return std::ranges::find(kEndings, path.extension().string()) != kEndings.end(); }

Result<std::string> ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Fail(ErrorCode::kUnavailable, "a file cannot be read: " + path.string());
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

std::vector<std::string> ProjectFiles::In(const std::vector<std::string>& folders, std::string_view ending) const {
  std::vector<std::string> found;
  for (const auto& [path, text] : texts) {
    const bool inside =
        std::ranges::any_of(folders, [&](const auto& folder) { return path.starts_with(folder + "/"); });
    if (inside && path.ends_with(ending)) found.push_back(path);
  }
  return found;
}

Result<ProjectFiles> ReadProjectFiles(const std::string& directory) {
  const fs::path root(directory);
  std::error_code error;
  if (!fs::exists(root / "dbt_project.yml", error)) {
    return Fail(ErrorCode::kNotFound, "there is no dbt project here (it has no dbt_project.yml): " + directory);
  }
  ProjectFiles files;
  size_t bytes = 0;
  for (auto at = fs::recursive_directory_iterator(root, error); !error && at != fs::recursive_directory_iterator();
       at.increment(error)) {
    const auto name = at->path().filename().string();
    if (at->is_directory(error) && std::ranges::find(kLeftOut, name) != kLeftOut.end()) {
      at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file(error) || !IsWanted(at->path())) continue;
    TARN_ASSIGN(auto text, ReadText(at->path()));
    bytes += text.size();
    if (bytes > kMaxProjectBytes || files.texts.size() >= kMaxProjectFiles) {
      return Fail(ErrorCode::kInvalidArgument, "the project has more or larger files than a project may have");
    }
    files.texts[fs::relative(at->path(), root, error).generic_string()] = std::move(text);
  }
  if (error) return Fail(ErrorCode::kUnavailable, "the project cannot be read: " + error.message());
  return files;
}

int LineOf(std::string_view text, std::string_view needle, size_t from) {
  const auto at = text.find(needle, from);
  if (at == std::string_view::npos) return 1;
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, at), '\n'));
}

}  // namespace tarn::dbt

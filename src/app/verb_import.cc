// SPDX-License-Identifier: Apache-2.0
#include "app/verb_import.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "app/complaint.h"
#include "app/exit_codes.h"
#include "app/http_answers.h"
#include "app/progress.h"
#include "codec/url.h"

namespace tarn::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{500};
constexpr milliseconds kLongestPause{10'000};
constexpr int kMaxAttempts = 8;
/// Large files take their time, and the server answers when it has read them.
constexpr std::chrono::hours kAnswerTimeout{12};

constexpr int kUnprocessable = 422;

/// A file's bytes, read by the system when they are looked at.
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return Fail(ErrorCode::kNotFound, "cannot read " + path);
    struct stat info{};
    MappedFile mapped;
    const bool usable = fstat(file, &info) == 0 && S_ISREG(info.st_mode);
    if (usable && info.st_size > 0) {
      mapped.size_ = static_cast<size_t>(info.st_size);
      mapped.data_ = mmap(nullptr, mapped.size_, PROT_READ, MAP_PRIVATE, file, 0);
    }
    close(file);
    if (!usable || mapped.data_ == MAP_FAILED) return Fail(ErrorCode::kInvalidArgument, "not a readable file: " + path);
    return mapped;
  }
  MappedFile(MappedFile&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile() {
    if (size_ > 0) munmap(data_, size_);
  }

  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  MappedFile() = default;

  void* data_ = nullptr;
  size_t size_ = 0;
};

std::string TargetOf(const ImportCommand& command, const std::string& path) {
  const auto name = path.substr(path.find_last_of('/') + 1);
  auto target = command.url + "/files/" + command.endpoint + "?name=" + codec::PercentEncode(name) +
                "&ack=" + command.ack + "&op=" + command.operation +
                "&validate=" + (command.validate ? "true" : "false");
  for (const auto& [option, value] : command.options) target += "&" + option + "=" + codec::PercentEncode(value);
  return target;
}

/// Of the files that can be looked at.
uint64_t TotalBytes(const std::vector<std::string>& files) {
  uint64_t total = 0;
  for (const auto& path : files) {
    std::error_code unknown;
    const auto size = std::filesystem::file_size(path, unknown);
    if (!unknown) total += size;
  }
  return total;
}

std::string Line(const std::string& path, const codec::OrderedJson& manifest) {
  auto line = path + ": " + manifest.at("rows").dump() + " rows, " + manifest.at("accepted").dump() + " accepted, " +
              manifest.at("quarantined").dump() + " quarantined";
  if (manifest.at("already_taken") == true) line += ", taken before";
  if (manifest.contains("error")) line += "; the rest cannot be read: " + manifest.at("error").get<std::string>();
  return line;
}

}  // namespace

Result<bool> ImportFile(const ImportCommand& command, const std::string& path, std::string_view body,
                        const ImportPorts& ports) {
  net::OutboundRequest request;
  request.method = "POST";
  request.url = TargetOf(command, path);
  request.headers = {{"Content-Type", "application/octet-stream"}};
  if (!command.api_key.empty()) request.headers.emplace_back("x-api-key", command.api_key);
  request.body = body;
  request.timeouts = {.connect = std::chrono::seconds(10), .idle = std::chrono::seconds(0), .total = kAnswerTimeout};
  auto pause = kFirstPause;
  auto answer = ports.send(request);
  for (int attempt = 1; IsTransient(answer) && attempt < kMaxAttempts; ++attempt) {
    ports.pause(pause);
    pause = std::min(pause * 2, kLongestPause);
    answer = ports.send(request);
  }
  if (!answer) return Fail(Error(answer.error()).In(path));
  const auto manifest = codec::ParseOrderedJson(answer->body);
  const bool told = manifest && manifest->is_object() && manifest->contains("rows");
  const bool good = answer->status == 200 || answer->status == 202;
  if (!told || (!good && answer->status != kUnprocessable)) return Fail(ErrorOf(*answer).In(path));
  ports.print(Line(path, *manifest));
  return good;
}

int RunImport(const ImportCommand& command) {
  net::OutboundClient client({.kept_connections = 1, .user_agent = "tarn-cli"});
  std::vector<std::string> lines;
  bool good = true;
  {
    Progress progress("import");
    ImportPorts ports;
    ports.pause = [](milliseconds pause) { std::this_thread::sleep_for(pause); };
    ports.print = [&](std::string_view text) { lines.emplace_back(text); };
    const uint64_t total = TotalBytes(command.files);
    uint64_t before = 0;  // bytes of the files that are done
    for (const auto& path : command.files) {
      const auto mapped = MappedFile::Open(path);
      const uint64_t size = mapped ? mapped->bytes().size() : 0;
      ports.send = [&](net::OutboundRequest request) {
        request.on_sent = [&](uint64_t sent) {
          progress.At({path + (sent == size ? ", being read" : ""), before + sent, total, true});
        };
        return client.Do(request);
      };
      const auto taken =
          mapped ? ImportFile(command, path, mapped->bytes(), ports) : Result<bool>(Fail(Error(mapped.error())));
      if (!taken) lines.push_back("tarn import: " + taken.error().message + " (" + path + ")");
      good = good && taken && *taken;
      before += size;
    }
  }
  for (const auto& line : lines)
    std::fprintf(line.starts_with("tarn import: ") ? stderr : stdout, "%s\n", line.c_str());
  return good ? kExitOk : kExitFailed;
}

}  // namespace tarn::app

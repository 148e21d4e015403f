// SPDX-License-Identifier: Apache-2.0
// tarn_bench_sync DIR SECONDS: overwrites a preallocated file in 4 KiB steps, each followed by fdatasync, and prints
// the latencies as one JSON object. It is what an acknowledged write costs on this disk with nothing around it.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

constexpr off_t kBlockBytes = 4096;
constexpr off_t kFileBytes = 64 << 20;

using SteadyClock = std::chrono::steady_clock;

double Microseconds(SteadyClock::duration span) { return std::chrono::duration<double, std::micro>(span).count(); }

double Percentile(const std::vector<double>& sorted, double share) {
  const auto last = sorted.size() - 1;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(last))];
}

int Fail(const char* what) {
  std::perror(what);
  return 1;
}

/// Blocks that were written once cost no change of metadata when they are written again.
bool WriteZeros(int file) {
  const std::vector<char> zeros(1 << 20);
  for (off_t at = 0; at < kFileBytes; at += static_cast<off_t>(zeros.size())) {
    if (pwrite(file, zeros.data(), zeros.size(), at) != static_cast<ssize_t>(zeros.size())) return false;
  }
  return fsync(file) == 0;
}

std::vector<double> WriteAndSync(int file, std::chrono::duration<double> limit) {
  std::vector<double> latencies;
  std::array<char, kBlockBytes> block;
  block.fill('x');
  const auto started = SteadyClock::now();
  for (off_t at = 0; SteadyClock::now() - started < limit; at = (at + kBlockBytes) % kFileBytes) {
    const auto before = SteadyClock::now();
    if (pwrite(file, block.data(), block.size(), at) != kBlockBytes || fdatasync(file) != 0) return {};
    latencies.push_back(Microseconds(SteadyClock::now() - before));
  }
  return latencies;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: tarn_bench_sync DIR SECONDS\n", stderr);
    return 2;
  }
  const std::string path = std::string(argv[1]) + "/sync_loop";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Fail(path.c_str());
  if (!WriteZeros(file)) return Fail("preallocating");
  auto latencies = WriteAndSync(file, std::chrono::duration<double>(std::atof(argv[2])));
  close(file);
  unlink(path.c_str());
  if (latencies.empty()) return Fail("writing");
  std::sort(latencies.begin(), latencies.end());
  std::printf("{\"count\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f}\n", latencies.size(), Percentile(latencies, 0.5),
              Percentile(latencies, 0.99));
  return 0;
}

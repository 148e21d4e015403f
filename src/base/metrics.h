// SPDX-License-Identifier: Apache-2.0
#pragma once
// Counters, gauges and histograms of one process, written out in the Prometheus text format by api. Thread-safe:
// updates are relaxed atomics. The registry is owned by app and outlives every metric reference handed out.

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tarn {

class Counter {
 public:
  void Add(uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void Add(int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

/// Fixed buckets in seconds, 100 µs to 60 s.
class Histogram {
 public:
  static const std::vector<double>& Bounds();
  Histogram();
  void Observe(double seconds);
  std::vector<uint64_t> buckets() const;  ///< counts per bound, the last one is +Inf; not cumulative
  double sum() const { return static_cast<double>(sum_micros_.load(std::memory_order_relaxed)) / 1e6; }

 private:
  std::vector<std::atomic<uint64_t>> counts_;
  std::atomic<uint64_t> sum_micros_{0};
};

class MetricRegistry {
 public:
  /// `name` follows Prometheus rules (tarn_…_total, tarn_…_seconds); `labels` is empty or `a="x",b="y"`.
  /// The same name and labels give the same metric.
  Counter& GetCounter(std::string_view name, std::string_view help, std::string_view labels = "");
  Gauge& GetGauge(std::string_view name, std::string_view help, std::string_view labels = "");
  Histogram& GetHistogram(std::string_view name, std::string_view help, std::string_view labels = "");

  /// Prometheus text exposition format 0.0.4, families sorted by name.
  std::string Render() const;

 private:
  template <class Metric>
  struct Entry {
    std::string name, help, labels;
    Metric metric;
  };
  template <class Metric>
  Metric& Find(std::deque<Entry<Metric>>& entries, std::string_view name, std::string_view help,
               std::string_view labels);

  mutable std::mutex mutex_;
  std::deque<Entry<Counter>> counters_;
  std::deque<Entry<Gauge>> gauges_;
  std::deque<Entry<Histogram>> histograms_;
};

}  // namespace tarn

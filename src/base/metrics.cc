// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace tarn {
namespace {

std::string Braced(std::string_view labels, std::string_view extra = "") {
  std::string inner(labels);
  if (!extra.empty()) inner += (inner.empty() ? "" : ",") + std::string(extra);
  return inner.empty() ? "" : "{" + inner + "}";
}

std::string RenderHistogram(std::string_view name, std::string_view labels, const Histogram& histogram) {
  std::string text;
  const auto counts = histogram.buckets();
  uint64_t cumulative = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    cumulative += counts[i];
    const auto bound = i < Histogram::Bounds().size() ? fmt::format("{}", Histogram::Bounds()[i]) : "+Inf";
    text += fmt::format("{}_bucket{} {}\n", name, Braced(labels, fmt::format("le=\"{}\"", bound)), cumulative);
  }
  text += fmt::format("{}_sum{} {}\n", name, Braced(labels), histogram.sum());
  text += fmt::format("{}_count{} {}\n", name, Braced(labels), cumulative);
  return text;
}

}  // namespace

const std::vector<double>& Histogram::Bounds() {
  static const std::vector<double> bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                          0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};
  return bounds;
}

Histogram::Histogram() : counts_(Bounds().size() + 1) {}

void Histogram::Observe(double seconds) {
  const auto bucket = std::lower_bound(Bounds().begin(), Bounds().end(), seconds) - Bounds().begin();
  counts_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_micros_.fetch_add(static_cast<uint64_t>(std::max(seconds, 0.0) * 1e6), std::memory_order_relaxed);
}

std::vector<uint64_t> Histogram::buckets() const {
  std::vector<uint64_t> counts;
  for (const auto& count : counts_) counts.push_back(count.load(std::memory_order_relaxed));
  return counts;
}

template <class Metric>
Metric& MetricRegistry::Find(std::deque<Entry<Metric>>& entries, std::string_view name, std::string_view help,
                             std::string_view labels) {
  const std::lock_guard lock(mutex_);
  for (auto& entry : entries) {
    if (entry.name == name && entry.labels == labels) return entry.metric;
  }
  auto& entry = entries.emplace_back();
  entry.name = name;
  entry.help = help;
  entry.labels = labels;
  return entry.metric;
}

Counter& MetricRegistry::GetCounter(std::string_view name, std::string_view help, std::string_view labels) {
  return Find(counters_, name, help, labels);
}
Gauge& MetricRegistry::GetGauge(std::string_view name, std::string_view help, std::string_view labels) {
  return Find(gauges_, name, help, labels);
}
Histogram& MetricRegistry::GetHistogram(std::string_view name, std::string_view help, std::string_view labels) {
  return Find(histograms_, name, help, labels);
}

std::string MetricRegistry::Render() const {
  struct Family {
    std::string help, type, samples;
  };
  std::map<std::string, Family> families;
  const std::lock_guard lock(mutex_);
  for (const auto& entry : counters_) {
    auto& family = families[entry.name];
    family = {entry.help, "counter",
              family.samples + fmt::format("{}{} {}\n", entry.name, Braced(entry.labels), entry.metric.value())};
  }
  for (const auto& entry : gauges_) {
    auto& family = families[entry.name];
    family = {entry.help, "gauge",
              family.samples + fmt::format("{}{} {}\n", entry.name, Braced(entry.labels), entry.metric.value())};
  }
  for (const auto& entry : histograms_) {
    auto& family = families[entry.name];
    family = {entry.help, "histogram", family.samples + RenderHistogram(entry.name, entry.labels, entry.metric)};
  }
  std::string text;
  for (const auto& [name, family] : families) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n{}", name, family.help, name, family.type, family.samples);
  }
  return text;
}

}  // namespace tarn

// SPDX-License-Identifier: Apache-2.0
#include "api/pipeline_body.h"

#include <algorithm>

#include "api/parameters.h"
#include "api/project_body.h"
#include "base/ascii.h"
#include "lake/name.h"
#include "lake/table_reference.h"
#include "pipeline/step_order.h"
#include "schedule/schedule_text.h"

namespace tarn::api {
namespace {

using codec::Json;

constexpr size_t kMaxJobs = 1'000;

class PipelineReader {
 public:
  PipelineReader(const Json& body, const PipelineParts& parts, PipelineBody& out)
      : body_(body), parts_(parts), out_(out) {}

  void Read(bool creates) {
    ReadWork(creates);
    ReadSchedule();
    ReadWords();
    if (!out_.problems.empty()) return;
    const auto order = pipeline::OrderSteps(parts_.jobs, out_.pipeline.jobs);
    if (!order) Refuse({"jobs"}, "value_error", order.error().message);
  }

 private:
  void Refuse(std::vector<std::string> member, std::string type, std::string message) {
    member.insert(member.begin(), "body");
    out_.problems.push_back({std::move(type), std::move(member), std::move(message)});
  }

  /// Jobs or a dbt project: what is given takes the place of what was there.
  void ReadWork(bool required) {
    const auto jobs = body_.find("jobs");
    const auto dbt = body_.find("dbt");
    const bool has_jobs = jobs != body_.end() && !(jobs->is_array() && jobs->empty());
    const bool has_dbt = dbt != body_.end() && !dbt->is_null();
    if (has_jobs && has_dbt) return Refuse({"dbt"}, "value_error", "a pipeline has jobs or a dbt project, not both");
    if (has_dbt) {
      out_.pipeline.jobs.clear();
      out_.pipeline.dbt = ReadProjectCall(*dbt, parts_.dbt_projects, out_.problems);
    } else if (jobs != body_.end()) {
      out_.pipeline.dbt.reset();
      ReadJobs(*jobs);
    } else if (required) {
      Refuse({"jobs"}, "missing", "Field required");
    }
  }

  void ReadJobs(const Json& given) {
    if (!given.is_array() || given.empty() || given.size() > kMaxJobs) {
      return Refuse({"jobs"}, "list_type", "Input should be a list of 1 to " + std::to_string(kMaxJobs) + " jobs");
    }
    out_.pipeline.jobs.clear();
    for (size_t i = 0; i < given.size(); ++i) ReadJob(given[i], std::to_string(i));
  }

  void ReadJob(const Json& given, const std::string& at) {
    const auto text = given.is_string() ? given.get<std::string>() : std::string();
    if (text.find_first_of("./") == std::string::npos) {
      return Refuse({"jobs", at}, "value_error", "Input should be a job with its domain: domain/job_name");
    }
    const auto name = lake::ReadTableReference("", text);
    if (name.layer != "gold" || !parts_.jobs.Find(name.domain, name.table)) {
      return Refuse({"jobs", at}, "value_error", "there is no such job: " + text);
    }
    const auto id = name.domain + "/" + name.table;
    auto& jobs = out_.pipeline.jobs;
    if (std::ranges::find(jobs, id) != jobs.end()) {
      return Refuse({"jobs", at}, "value_error", "the job is named twice: " + id);
    }
    jobs.push_back(id);
  }

  void ReadSchedule() {
    const auto given = body_.find("schedule");
    if (given == body_.end()) return;
    out_.pipeline.schedule.reset();
    if (given->is_null()) return;
    if (!given->is_string()) return Refuse({"schedule"}, "string_type", "Input should be a valid string");
    const auto text = given->get<std::string>();
    if (const auto parsed = schedule::ParseSchedule(text); !parsed) {
      return Refuse({"schedule"}, "value_error", parsed.error().message);
    }
    out_.pipeline.schedule = text;
  }

  void ReadWords() {
    if (const auto given = body_.find("catchup"); given != body_.end()) {
      const auto word = given->is_string() ? pipeline::CatchUpOf(given->get<std::string>()) : std::nullopt;
      if (!word) return Refuse({"catchup"}, "enum", "Input should be one of 'one', 'all', 'none'");
      out_.pipeline.catchup = *word;
    }
    if (const auto given = body_.find("status"); given != body_.end()) {
      const auto word = given->is_string() ? Lower(given->get<std::string>()) : std::string();
      const bool pauses = word == "paused" || word == "inactive";
      if (!pauses && word != "active") return Refuse({"status"}, "enum", "Input should be one of 'active', 'paused'");
      out_.pipeline.is_paused = pauses;
    }
  }

  const Json& body_;
  const PipelineParts& parts_;
  PipelineBody& out_;
};

}  // namespace

PipelineBody ReadPipelineBody(const Json& body, const std::string& name, const pipeline::Pipeline* present,
                              const PipelineParts& parts) {
  PipelineBody out;
  if (present != nullptr) out.pipeline = *present;
  out.pipeline.name = name;
  if (!lake::IsName(name)) {
    out.problems.push_back({"value_error", {"path", "name"}, lake::kNameRule});
    return out;
  }
  PipelineReader(body, parts, out).Read(present == nullptr);
  return out;
}

}  // namespace tarn::api

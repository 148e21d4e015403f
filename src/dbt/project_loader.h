// SPDX-License-Identifier: Apache-2.0
#pragma once
// A project from its files: settings, macros, models, seeds, tests, sources, and what each needs. Thread-compatible
// (lake.md §6.7).

#include <memory>
#include <string>

#include "dbt/macro_library.h"
#include "dbt/node.h"
#include "dbt/project_files.h"
#include "dbt/settings.h"

namespace tarn::dbt {

struct LoadedProject {
  Project project;
  std::unique_ptr<MacroLibrary> macros;
};

/// `settings.domain` is set to the project's name when it is empty. kInvalidArgument, kUnsupported: with file and line
/// of what is wrong or not supported.
Result<LoadedProject> LoadProject(const ProjectFiles& files, Settings& settings);

}  // namespace tarn::dbt

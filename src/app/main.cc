// SPDX-License-Identifier: Apache-2.0
// The program.
#include "app/command_line.h"

int main(int argc, char** argv) { return tarn::app::RunCommandLine(argc, argv); }

#pragma once

#include <memory>

#include "tools/ixyflow/command_line/command_line.hpp"

namespace ixyflow::tools {

// One command per file: <name>_command.cpp.
std::unique_ptr<Command> make_run_command();
std::unique_ptr<Command> make_check_command();
std::unique_ptr<Command> make_test_command();
std::unique_ptr<Command> make_plan_command();
std::unique_ptr<Command> make_graph_command();
std::unique_ptr<Command> make_elements_command();
std::unique_ptr<Command> make_schema_command();
std::unique_ptr<Command> make_stats_command();
std::unique_ptr<Command> make_get_command();
std::unique_ptr<Command> make_set_command();
std::unique_ptr<Command> make_add_command();
std::unique_ptr<Command> make_delete_command();
std::unique_ptr<Command> make_dev_command();

/// What `ixyflow --version` prints.
std::string version_text();

}  // namespace ixyflow::tools

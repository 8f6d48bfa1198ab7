#include "tools/ixyflow/command_line/help.hpp"

#include <fmt/format.h>

#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {

namespace {

/// Where the sentences about options begin: below these where lines are short.
std::size_t doc_column(std::size_t columns) {
  return columns >= 60 ? 30 : 8;
}

/// `left` and what it means beside each other, or below each other where there is no room.
std::string help_entry(const std::string& left, const std::string& doc, std::size_t columns) {
  const std::size_t column = doc_column(columns);
  std::string text = wrapped(doc, column, columns);
  if (left.size() + 1 >= column) return left + "\n" + text;
  return text.replace(0, column, fmt::format("{:<{}}", left, column));
}

std::string options_help(const CommandLine& line, std::size_t columns) {
  std::string text;
  for (const auto& option : line.options()) {
    const std::size_t comma = option.names.find(',');
    std::string left = comma == std::string::npos
                           ? "    " + option.names
                           : option.names.substr(0, comma) + ", " + option.names.substr(comma + 1);
    if (!option.placeholder.empty()) left += " " + option.placeholder;
    text += help_entry("  " + left,
                       option.doc + (option.repeats && !option.placeholder.empty() ? " (repeatable)" : ""),
                       columns);
  }
  return text;
}

std::string command_help(Command& command, const CommandLine& globals, std::size_t columns) {
  CommandLine line;
  command.declare(line);
  std::string usage = fmt::format("ixyflow {} [OPTIONS]", command.name());
  std::string instead;
  for (const auto& option : line.options())
    if (option.instead)
      instead = fmt::format("\n       {} {} {}", usage, option.names.substr(0, option.names.find(',')),
                            option.placeholder);
  std::string positionals;
  for (const auto& positional : line.positionals()) {
    const std::string name = positional.name + (positional.maximum > 1 ? "..." : "");
    usage += positional.minimum == 0 ? " [" + name + "]" : " " + name;
    positionals += help_entry("  " + positional.name, positional.doc, columns);
  }
  std::string text = wrapped(fmt::format("ixyflow {}: {}", command.name(), command.summary()), 0, columns) +
                     "\nUsage: " + usage + instead + "\n";
  if (!positionals.empty()) text += "\n" + positionals;
  if (!line.options().empty()) text += "\nOptions:\n" + options_help(line, columns);
  text += "\nOptions of every command:\n" + options_help(globals, columns) +
          help_entry("  -h, --help", "this text", columns);
  return text + fmt::format("\nExample:\n  {}\n", command.example());
}

}  // namespace

std::string help_text(Command* command, const Commands& commands, const CommandLine& globals,
                      std::size_t columns) {
  if (command != nullptr) return command_help(*command, globals, columns);
  constexpr std::size_t kSummaryColumn = 13;
  std::string text =
      wrapped("ixyflow: packet-processing pipelines on pinned cores, described in TOML", 0, columns) + "\n" +
      wrapped("Usage: ixyflow COMMAND [OPTIONS] [ARGUMENTS]", 0, columns) + "\nCommands:\n";
  const auto add = [&](std::string_view name, std::string_view summary) {
    std::string line = wrapped(summary, kSummaryColumn, columns);
    text += line.replace(0, kSummaryColumn, fmt::format("  {:<{}}", name, kSummaryColumn - 2));
  };
  for (const auto& entry : commands) add(entry->name(), entry->summary());
  add("help", "this text, or that of a command: ixyflow help COMMAND");
  text += "\nOptions of every command:\n" + options_help(globals, columns) +
          help_entry("  -h, --help", "the same: ixyflow COMMAND --help", columns) +
          help_entry("      --version", "version, interface, drivers", columns);
  return text + "\n" +
         wrapped(
             "Exit codes: 0 complete, 1 the answer is no, 2 usage, 66 input unreadable, 69 no running instance or "
             "device gone, 70 internal, 74 output failed, 75 try again, 77 refused, 78 configuration or missing "
             "resources, 130 second SIGINT",
             0, columns);
}

}  // namespace ixyflow::tools

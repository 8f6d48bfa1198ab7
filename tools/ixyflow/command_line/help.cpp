#include "tools/ixyflow/command_line/help.hpp"

#include <fmt/format.h>

#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {

namespace {

std::string options_help(const CommandLine& line) {
  std::string text;
  for (const auto& option : line.options()) {
    const std::size_t comma = option.names.find(',');
    std::string left = comma == std::string::npos
                           ? "    " + option.names
                           : option.names.substr(0, comma) + ", " + option.names.substr(comma + 1);
    if (!option.placeholder.empty()) left += " " + option.placeholder;
    constexpr std::size_t kDocColumn = 30;
    std::string doc = wrapped(
        option.doc + (option.repeats && !option.placeholder.empty() ? " (repeatable)" : ""), kDocColumn);
    if (left.size() + 2 < kDocColumn - 1)
      doc.replace(0, kDocColumn, fmt::format("  {:<{}}", left, kDocColumn - 2));
    else
      text += "  " + left + "\n";
    text += doc;
  }
  return text;
}

std::string command_help(Command& command, const CommandLine& globals) {
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
    positionals += fmt::format("  {:<26}  {}\n", positional.name, positional.doc);
  }
  std::string text =
      fmt::format("ixyflow {}: {}\n\nUsage: {}\n", command.name(), command.summary(), usage + instead);
  if (!positionals.empty()) text += "\n" + positionals;
  if (!line.options().empty()) text += "\nOptions:\n" + options_help(line);
  text +=
      "\nOptions of every command:\n" + options_help(globals) + "  -h, --help                  this text\n";
  return text + fmt::format("\nExample:\n  {}\n", command.example());
}

}  // namespace

std::string help_text(Command* command, const Commands& commands, const CommandLine& globals) {
  if (command != nullptr) return command_help(*command, globals);
  std::string text =
      "ixyflow: packet-processing pipelines on pinned cores, described in TOML\n\n"
      "Usage: ixyflow COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n";
  for (const auto& entry : commands) text += fmt::format("  {:<10} {}\n", entry->name(), entry->summary());
  text += fmt::format("  {:<10} {}\n", "help", "this text, or that of a command: ixyflow help COMMAND");
  text +=
      "\nOptions of every command:\n" + options_help(globals) +
      "  -h, --help                  the same: ixyflow COMMAND --help\n"
      "      --version               version, interface, drivers\n"
      "\nExit codes: 0 complete, 1 the answer is no, 2 usage, 66 input unreadable, 69 no running instance or\n"
      "  device gone, 70 internal, 74 output failed, 75 try again, 77 refused, 78 configuration or missing\n"
      "  resources, 130 second SIGINT\n";
  return text;
}

}  // namespace ixyflow::tools

#include "tools/ixyflow/command_line/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {

void CommandLine::flag(std::string names, bool& target, std::string doc) {
  options_.push_back({std::move(names), "", std::move(doc), false, [&target](const std::string&) {
                        target = true;
                        return std::string();
                      }});
}

void CommandLine::count(std::string names, unsigned& target, std::string doc) {
  options_.push_back({std::move(names), "", std::move(doc), true, [&target](const std::string&) {
                        ++target;
                        return std::string();
                      }});
}

void CommandLine::value(std::string names, std::string placeholder, Take take, std::string doc) {
  options_.push_back({std::move(names), std::move(placeholder), std::move(doc), false, std::move(take)});
}

void CommandLine::repeated(std::string names, std::string placeholder, Take take, std::string doc) {
  options_.push_back({std::move(names), std::move(placeholder), std::move(doc), true, std::move(take)});
}

void CommandLine::choice(std::string names, std::string& target, std::vector<std::string> words,
                         std::string doc) {
  auto take = [&target, words](const std::string& text) {
    if (std::find(words.begin(), words.end(), text) == words.end()) {
      const std::string hint = did_you_mean(text, words);
      return fmt::format("takes {}, not '{}'{}{}", fmt::join(words, ", "), printable(text, 40),
                         hint.empty() ? "" : "; ", hint);
    }
    target = text;
    return std::string();
  };
  value(std::move(names), fmt::format("{}", fmt::join(words, "|")), std::move(take), std::move(doc));
}

void CommandLine::positional(std::string name, std::vector<std::string>& target, std::size_t minimum,
                             std::size_t maximum, std::string doc) {
  positionals_.push_back({std::move(name), std::move(doc), minimum, maximum, &target});
}

namespace {

/// A command line as CLI11 sees it: the options, and what they were given.
struct ParsedLine {
  struct Given {
    const CommandLine::Option* option;
    CLI::Option* parsed;
    std::vector<std::string> values;
  };
  // CLI11 keeps references to `values`, so that the elements must not move.
  std::vector<std::unique_ptr<Given>> given;
  std::vector<std::string> arguments;  ///< what is no option

  void add_to(CLI::App& app, const CommandLine& line) {
    for (const auto& option : line.options()) {
      auto& entry = *given.emplace_back(std::make_unique<Given>(Given{&option, nullptr, {}}));
      if (option.placeholder.empty())
        entry.parsed = app.add_flag(option.names);
      else
        entry.parsed = app.add_option(option.names, entry.values)->allow_extra_args(false);
    }
    if (!line.positionals().empty()) app.add_option("ARGUMENTS", arguments)->expected(0, -1);
  }

  Result<void> apply() const {
    for (const auto& entry : given) {
      const auto& option = *entry->option;
      const std::size_t times = option.placeholder.empty() ? entry->parsed->count() : entry->values.size();
      const std::string name = entry->parsed->get_name();
      if (times > 1 && !option.repeats)
        return fail(ExitCode::usage, fmt::format("option '{}' is given twice", name));
      for (std::size_t i = 0; i < times; ++i) {
        const std::string wrong = option.take(option.placeholder.empty() ? std::string() : entry->values[i]);
        if (!wrong.empty()) return fail(ExitCode::usage, fmt::format("option '{}' {}", name, wrong));
      }
    }
    return {};
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result{"--help"};
    for (const auto& entry : given)
      for (const auto& name : entry->parsed->get_lnames()) result.push_back("--" + name);
    return result;
  }
};

/// Hands the arguments out from left to right, to each positional as many as it takes.
Result<void> take_positionals(const CommandLine& line, const std::vector<std::string>& arguments) {
  auto next = arguments.begin();
  for (const auto& positional : line.positionals()) {
    const std::size_t count = std::min(positional.maximum, static_cast<std::size_t>(arguments.end() - next));
    if (count < positional.minimum)
      return fail(ExitCode::usage, fmt::format("{} is missing", positional.name));
    const auto end = next + static_cast<std::ptrdiff_t>(count);
    positional.target->insert(positional.target->end(), next, end);
    next = end;
  }
  if (next != arguments.end())
    return fail(ExitCode::usage, fmt::format("unexpected argument '{}'", printable(*next, 60)));
  return {};
}

std::string with_hint(std::string text, std::string_view word, const std::vector<std::string>& candidates) {
  const std::string hint = did_you_mean(word, candidates);
  return hint.empty() ? text : fmt::format("{}; {}", text, hint);
}

/// Puts CLI11's complaint into our words.
Error usage_error(const CLI::ParseError& error, const std::vector<std::string>& remaining, bool has_command,
                  const std::vector<std::string>& options, const std::vector<std::string>& commands) {
  const auto named = std::find_if(remaining.begin(), remaining.end(), [&](const std::string& word) {
    return (word.size() > 1 && word[0] == '-') == has_command;
  });
  if (named != remaining.end() || !remaining.empty()) {
    const std::string& word = named != remaining.end() ? *named : remaining.front();
    const std::string plain = word.substr(0, word.find('='));
    if (word.size() > 1 && word[0] == '-')
      return {ExitCode::usage,
              with_hint(fmt::format("unknown option '{}'", printable(plain, 60)), plain, options)};
    if (!has_command)
      return {ExitCode::usage,
              with_hint(fmt::format("unknown command '{}'", printable(word, 60)), word, commands)};
    return {ExitCode::usage, fmt::format("unexpected argument '{}'", printable(word, 60))};
  }
  if (!has_command) return {ExitCode::usage, "a command is missing"};
  const std::string text = error.what();
  if (error.get_name() == "ArgumentMismatch")
    return {ExitCode::usage,
            fmt::format("option '{}' needs a value", printable(text.substr(0, text.find(':')), 60))};
  return {ExitCode::usage, printable(text)};
}

}  // namespace

Result<Invocation> parse_command_line(const std::vector<std::string>& arguments,
                                      const std::vector<std::unique_ptr<Command>>& commands,
                                      CommandLine& globals) {
  CLI::App app;
  bool version = false;
  ParsedLine global;
  app.set_help_flag("-h,--help");
  app.add_flag("--version", version);
  global.add_to(app, globals);
  app.require_subcommand(0, 1);

  std::vector<std::string> command_names;
  std::vector<CommandLine> lines(commands.size());
  std::vector<ParsedLine> parsed(commands.size());
  std::vector<CLI::App*> subcommands;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    command_names.emplace_back(commands[i]->name());
    commands[i]->declare(lines[i]);
    subcommands.push_back(app.add_subcommand(command_names.back())->fallthrough());
    subcommands.back()->set_help_flag("-h,--help");
    parsed[i].add_to(*subcommands.back(), lines[i]);
  }
  const auto chosen = [&]() -> std::size_t {
    const auto found =
        std::find_if(subcommands.begin(), subcommands.end(), [](CLI::App* sub) { return sub->parsed(); });
    return static_cast<std::size_t>(found - subcommands.begin());
  };

  try {
    // CLI11 takes its arguments from the end of the vector.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return Invocation{Invocation::Kind::help,
                      chosen() < commands.size() ? commands[chosen()].get() : nullptr};
  } catch (const CLI::ParseError& error) {
    const bool has_command = chosen() < commands.size();
    auto options = global.names();
    options.emplace_back("--version");
    if (has_command)
      for (auto& name : parsed[chosen()].names()) options.push_back(std::move(name));
    return std::unexpected(usage_error(error, app.remaining(true), has_command, options, command_names));
  }
  if (version) return Invocation{Invocation::Kind::version, nullptr};
  if (chosen() == commands.size()) return fail(ExitCode::usage, "a command is missing");
  if (auto good = global.apply(); !good) return std::unexpected(good.error());
  if (auto good = parsed[chosen()].apply(); !good) return std::unexpected(good.error());
  if (auto good = take_positionals(lines[chosen()], parsed[chosen()].arguments); !good)
    return std::unexpected(good.error());
  return Invocation{Invocation::Kind::command, commands[chosen()].get()};
}

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

std::string command_help(Command& command, CommandLine& globals) {
  CommandLine line;
  command.declare(line);
  std::string usage = fmt::format("ixyflow {} [OPTIONS]", command.name());
  std::string positionals;
  for (const auto& positional : line.positionals()) {
    const std::string name = positional.name + (positional.maximum > 1 ? "..." : "");
    usage += positional.minimum == 0 ? " [" + name + "]" : " " + name;
    positionals += fmt::format("  {:<26}  {}\n", positional.name, positional.doc);
  }
  std::string text = fmt::format("ixyflow {}: {}\n\nUsage: {}\n", command.name(), command.summary(), usage);
  if (!positionals.empty()) text += "\n" + positionals;
  if (!line.options().empty()) text += "\nOptions:\n" + options_help(line);
  text +=
      "\nOptions of every command:\n" + options_help(globals) + "  -h, --help                  this text\n";
  return text + fmt::format("\nExample:\n  {}\n", command.example());
}

}  // namespace

std::string help_text(Command* command, const std::vector<std::unique_ptr<Command>>& commands,
                      CommandLine& globals) {
  if (command != nullptr) return command_help(*command, globals);
  std::string text =
      "ixyflow: packet-processing pipelines on pinned cores, described in TOML\n\n"
      "Usage: ixyflow COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n";
  for (const auto& entry : commands) text += fmt::format("  {:<10} {}\n", entry->name(), entry->summary());
  text +=
      "\nOptions of every command:\n" + options_help(globals) +
      "  -h, --help                  this text, or that of a command: ixyflow COMMAND --help\n"
      "      --version               version, interface, drivers\n"
      "\nExit codes: 0 complete, 1 the answer is no, 2 usage, 66 input unreadable, 69 no running instance or\n"
      "  device gone, 70 internal, 74 output failed, 75 try again, 77 refused, 78 configuration or missing\n"
      "  resources, 130 second SIGINT\n";
  return text;
}

}  // namespace ixyflow::tools

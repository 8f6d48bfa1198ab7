#include "tools/ixyflow/command_line/parse.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/base/diagnostics.hpp"
#include "core/base/text/suggestion.hpp"

namespace ixyflow::tools {

namespace {

/// "-e" of "-e,--expression".
std::string first_name(const CommandLine::Option& option) {
  return option.names.substr(0, option.names.find(','));
}

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
    // At least one is expected, though none is required: behind "--" CLI11 gives arguments to nobody else.
    if (!line.positionals().empty()) app.add_option("ARGUMENTS", arguments)->expected(1, -1);
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

  [[nodiscard]] bool has(const CommandLine::Option& option) const {
    return std::ranges::any_of(
        given, [&](const auto& entry) { return entry->option == &option && entry->parsed->count() > 0; });
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result{"--help"};
    for (const auto& entry : given)
      for (const auto& name : entry->parsed->get_lnames()) result.push_back("--" + name);
    return result;
  }
};

/// The option that stands for the arguments of the command; null when there is none.
const CommandLine::Option* option_instead(const CommandLine& line) {
  const auto found = std::ranges::find(line.options(), true, &CommandLine::Option::instead);
  return found == line.options().end() ? nullptr : &*found;
}

/// Hands the arguments out from left to right, to each positional as many as it takes.
Result<void> take_positionals(const CommandLine& line, const ParsedLine& parsed) {
  const std::vector<std::string>& arguments = parsed.arguments;
  const CommandLine::Option* instead = option_instead(line);
  if (instead != nullptr && parsed.has(*instead)) {
    if (arguments.empty()) return {};
    return fail(ExitCode::usage, fmt::format("unexpected argument '{}': {} is the whole pipeline",
                                             printable(arguments.front(), 60), first_name(*instead)));
  }
  auto next = arguments.begin();
  for (const auto& positional : line.positionals()) {
    const std::size_t count = std::min(positional.maximum, static_cast<std::size_t>(arguments.end() - next));
    if (count < positional.minimum)
      return fail(ExitCode::usage,
                  fmt::format("{} is missing{}", positional.name,
                              instead == nullptr
                                  ? ""
                                  : fmt::format(", or {} {}", first_name(*instead), instead->placeholder)));
    const auto end = next + static_cast<std::ptrdiff_t>(count);
    positional.target->insert(positional.target->end(), next, end);
    next = end;
  }
  if (next != arguments.end())
    return fail(ExitCode::usage, fmt::format("unexpected argument '{}'", printable(*next, 60)));
  return {};
}

bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-';
}

/// The whole command line as CLI11 sees it: the options of the program, and a subcommand for each command.
class Grammar {
 public:
  Grammar(const Commands& commands, const CommandLine& globals) : commands_(commands) {
    app_.set_help_flag("-h,--help");
    app_.add_flag("--version", version_);
    global_.add_to(app_, globals);
    app_.require_subcommand(0, 1);
    for (const auto& command : commands) {
      auto& entry = *entries_.emplace_back(std::make_unique<Entry>());
      command->declare(entry.line);
      entry.app = app_.add_subcommand(std::string(command->name()))->fallthrough();
      entry.app->set_help_flag("-h,--help");
      entry.parsed.add_to(*entry.app, entry.line);
    }
  }

  Result<Invocation> parse(const std::vector<std::string>& arguments) {
    try {
      // CLI11 takes its arguments from the end of the vector.
      app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForHelp&) {
      return Invocation{Invocation::Kind::help, chosen_command()};
    } catch (const CLI::ParseError& error) {
      return std::unexpected(usage_error(error));
    }
    if (version_) return Invocation{Invocation::Kind::version, nullptr};
    const Entry* entry = chosen();
    if (entry == nullptr) return fail(ExitCode::usage, "a command is missing");
    if (auto good = global_.apply(); !good) return std::unexpected(good.error());
    if (auto good = entry->parsed.apply(); !good) return std::unexpected(good.error());
    if (auto good = take_positionals(entry->line, entry->parsed); !good) return std::unexpected(good.error());
    return Invocation{Invocation::Kind::command, chosen_command()};
  }

 private:
  struct Entry {
    CommandLine line;
    ParsedLine parsed;
    CLI::App* app = nullptr;
  };

  /// Null while no command was named.
  [[nodiscard]] const Entry* chosen() const {
    const auto found = std::ranges::find_if(entries_, [](const auto& entry) { return entry->app->parsed(); });
    return found == entries_.end() ? nullptr : found->get();
  }
  [[nodiscard]] Command* chosen_command() const {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entries_[i].get() == chosen()) return commands_[i].get();
    return nullptr;
  }

  [[nodiscard]] std::vector<std::string> option_names() const {
    auto names = global_.names();
    names.emplace_back("--version");
    if (const Entry* entry = chosen())
      for (auto& name : entry->parsed.names()) names.push_back(std::move(name));
    return names;
  }
  [[nodiscard]] std::vector<std::string> command_names() const {
    std::vector<std::string> names;
    for (const auto& command : commands_) names.emplace_back(command->name());
    return names;
  }

  /// Puts CLI11's complaint into our words.
  [[nodiscard]] Error usage_error(const CLI::ParseError& error) const {
    const bool has_command = chosen() != nullptr;
    // Words that nothing took. Behind a command an option is more likely the mistake than an argument.
    const std::vector<std::string> left = app_.remaining(true);
    const auto first = std::ranges::find(left, has_command, is_option);
    if (!left.empty()) return unknown_word(first != left.end() ? *first : left.front());
    if (!has_command) return {ExitCode::usage, "a command is missing"};
    const std::string text = error.what();
    if (error.get_name() == "ArgumentMismatch")
      return {ExitCode::usage,
              fmt::format("option '{}' needs a value", printable(text.substr(0, text.find(':')), 60))};
    return {ExitCode::usage, printable(text)};
  }

  [[nodiscard]] Error unknown_word(const std::string& word) const {
    const std::string shown = printable(word.substr(0, is_option(word) ? word.find('=') : word.npos), 60);
    if (is_option(word))
      return {ExitCode::usage, with_suggestion(fmt::format("unknown option '{}'", shown),
                                               word.substr(0, word.find('=')), option_names())};
    if (chosen() == nullptr) {
      std::vector<std::string> names = command_names();
      for (std::string& option : option_names())
        if (option == "--" + word) names = {std::move(option)};
      return {ExitCode::usage, with_hint(fmt::format("unknown command '{}'", shown),
                                         nearest_or_list(word, "there are", names))};
    }
    return {ExitCode::usage, fmt::format("unexpected argument '{}'", shown)};
  }

  const Commands& commands_;
  CLI::App app_;
  bool version_ = false;
  ParsedLine global_;
  // CLI11 keeps references into the entries, so that they must not move.
  std::vector<std::unique_ptr<Entry>> entries_;  ///< one per command, in their order
};

}  // namespace

Result<Invocation> parse_command_line(const std::vector<std::string>& arguments, const Commands& commands,
                                      CommandLine& globals) {
  return Grammar(commands, globals).parse(arguments);
}

}  // namespace ixyflow::tools

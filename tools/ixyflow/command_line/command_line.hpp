#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/exit_code.hpp"
#include "core/base/result.hpp"

namespace ixyflow::tools {

class Console;

/// Options and arguments of a command, each declared once: parsing and help come from here.
class CommandLine {
 public:
  /// Takes a value; what is wrong with it, or "" when it was taken.
  using Take = std::function<std::string(const std::string& value)>;

  struct Option {
    std::string names;        ///< "--burst" or "-v,--verbose"
    std::string placeholder;  ///< "N"; empty: a flag, which takes no value
    std::string doc;
    bool repeats = false;
    Take take;
  };
  struct Positional {
    std::string name;  ///< "FILE"
    std::string doc;
    std::size_t minimum = 0;
    std::size_t maximum = 0;
    std::vector<std::string>* target = nullptr;
  };

  void flag(std::string names, bool& target, std::string doc);
  /// A flag whose repetitions count.
  void count(std::string names, unsigned& target, std::string doc);
  void value(std::string names, std::string placeholder, Take take, std::string doc);
  void repeated(std::string names, std::string placeholder, Take take, std::string doc);
  /// One of `words`.
  void choice(std::string names, std::string& target, std::vector<std::string> words, std::string doc);
  void positional(std::string name, std::vector<std::string>& target, std::size_t minimum,
                  std::size_t maximum, std::string doc);

  [[nodiscard]] const std::vector<Option>& options() const noexcept { return options_; }
  [[nodiscard]] const std::vector<Positional>& positionals() const noexcept { return positionals_; }

 private:
  std::vector<Option> options_;
  std::vector<Positional> positionals_;
};

/// One word after `ixyflow`. A command is made, declares its command line into its own members, and runs
/// once.
class Command {
 public:
  virtual ~Command() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// One line for the list of commands, without a final stop.
  [[nodiscard]] virtual std::string_view summary() const = 0;
  /// Lines that can be typed as they are.
  [[nodiscard]] virtual std::string_view example() const = 0;
  virtual void declare(CommandLine& line) = 0;
  virtual ExitCode run(Console& console) = 0;
};

/// What the arguments ask for.
struct Invocation {
  enum class Kind { command, help, version };
  Kind kind = Kind::command;
  Command* command = nullptr;  ///< null for the program's own help
};

/// Reads `arguments` (without the program's name) into the members that the commands and `globals` declared.
/// Error (usage): one line with the nearest right spelling where there is one.
Result<Invocation> parse_command_line(const std::vector<std::string>& arguments,
                                      const std::vector<std::unique_ptr<Command>>& commands,
                                      CommandLine& globals);

/// The help of one command, or of the program when `command` is null.
std::string help_text(Command* command, const std::vector<std::unique_ptr<Command>>& commands,
                      CommandLine& globals);

}  // namespace ixyflow::tools

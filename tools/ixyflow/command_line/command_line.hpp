#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace ixyflow::tools {

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
    bool instead = false;  ///< it stands for the arguments: with it there are none
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
  /// A value that stands for all arguments of the command.
  void instead(std::string names, std::string placeholder, Take take, std::string doc);
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

}  // namespace ixyflow::tools

#include "tools/ixyflow/command_line/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/diagnostics.hpp"
#include "core/base/text/suggestion.hpp"

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

void CommandLine::instead(std::string names, std::string placeholder, Take take, std::string doc) {
  value(std::move(names), std::move(placeholder), std::move(take), std::move(doc));
  options_.back().instead = true;
}

void CommandLine::repeated(std::string names, std::string placeholder, Take take, std::string doc) {
  options_.push_back({std::move(names), std::move(placeholder), std::move(doc), true, std::move(take)});
}

void CommandLine::choice(std::string names, std::string& target, std::vector<std::string> words,
                         std::string doc) {
  auto take = [&target, words](const std::string& text) {
    if (std::ranges::find(words, text) == words.end())
      return with_suggestion(fmt::format("takes {}, not '{}'", fmt::join(words, ", "), printable(text, 40)),
                             text, words);
    target = text;
    return std::string();
  };
  value(std::move(names), fmt::format("{}", fmt::join(words, "|")), std::move(take), std::move(doc));
}

void CommandLine::positional(std::string name, std::vector<std::string>& target, std::size_t minimum,
                             std::size_t maximum, std::string doc) {
  positionals_.push_back({std::move(name), std::move(doc), minimum, maximum, &target});
}

}  // namespace ixyflow::tools

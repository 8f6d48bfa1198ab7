#include "core/element/entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

std::string_view next_word(std::string_view& text) noexcept {
  constexpr std::string_view kBlanks = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

std::optional<PortIndex> parse_output(std::string_view word) noexcept {
  std::uint32_t output = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, output);
  if (error != std::errc() || stop != end || output >= kMaxOutputs) return std::nullopt;
  return static_cast<PortIndex>(output);
}

std::unexpected<Error> refuse_entry(std::string_view entry, std::string_view why) {
  return fail(ExitCode::no, fmt::format("'{}' {}", printable(entry, 60), why));
}

bool detail::read_output(std::string_view rest, std::string_view mark, PortIndex& output, bool& marked) {
  const auto number = parse_output(next_word(rest));
  if (!number) return false;
  output = *number;
  const std::string_view last = next_word(rest);
  marked = !last.empty();
  return (last.empty() || last == mark) && next_word(rest).empty();
}

std::unexpected<Error> detail::refuse_output(std::string_view entry) {
  std::string_view rest = entry;
  return refuse_entry(entry, fmt::format("does not end with the number of an output, 0 to {}: \"{} 0\"",
                                         kMaxOutputs - 1, next_word(rest)));
}

std::unexpected<Error> refuse_second(std::string_view there) {
  return fail(ExitCode::no, fmt::format("there already is the entry '{}'", there));
}

std::unexpected<Error> refuse_unknown(std::string_view key) {
  return fail(ExitCode::no, fmt::format("there is no entry for '{}'", key));
}

void insert_entries(ResourceConfiguration& configuration, const std::vector<std::string>& written,
                    const std::function<Result<void>(std::string_view)>& insert) {
  const Value::Entry* entries = find(configuration.parameters, "entries");
  const Value::List* list = entries != nullptr ? entries->value.get_if<Value::List>() : nullptr;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
    if (const auto inserted = insert(written[i]); !inserted)
      configuration.diagnostics.error((*list)[i].where(),
                                      fmt::format("{}: {}", configuration.owner, inserted.error().text));
}

Result<void> WiredOutputs::check(std::string_view entry, PortIndex output) const {
  if (output < outputs_) return {};
  const std::string wired = outputs_ == 0   ? "none is"
                            : outputs_ == 1 ? "0 is"
                                            : fmt::format("0 to {} are", outputs_ - 1);
  return refuse_entry(entry, fmt::format("leads to an output that is not wired ({})", wired));
}

}  // namespace ixyflow

#include "tools/ixyflow/test/frame_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/diagnostics.hpp"
#include "core/base/text/utf8.hpp"

namespace ixyflow::tools {
namespace {

constexpr std::size_t kLongestFrame = 65'535;
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

std::unexpected<Error> wrong(std::string text) {
  return fail(ExitCode::configuration, std::move(text));
}

/// `text` without comments, its words separated by single spaces.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::string_view rest = line.substr(0, line.find('#'));
    while (true) {
      const std::size_t start = rest.find_first_not_of(" \t\r");
      if (start == std::string_view::npos) break;
      rest.remove_prefix(start);
      words.push_back(rest.substr(0, rest.find_first_of(" \t\r")));
      rest.remove_prefix(words.back().size());
    }
  }
  return words;
}

template <class T>
bool parse_whole(std::string_view text, T& number, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

std::string not_hexadecimal(std::string_view word, std::size_t bad) {
  const std::string shown =
      fmt::format("'{}' in '{}' is no hexadecimal digit",
                  printable(word.substr(bad, first_character(word.substr(bad)).bytes)), printable(word, 40));
  if (word.find('(') != std::string_view::npos)
    return shown + ": a frame is written as its bytes, in Scapy bytes(packet).hex()";
  return shown + ": a frame is written as its bytes, \"0200 0000 0001\"";
}

}  // namespace

Result<Bytes> parse_frame(std::string_view text) {
  Bytes frame;
  for (const std::string_view word : words_of(text)) {
    const std::size_t star = word.find('*');
    const std::string_view digits = word.substr(0, star);
    std::uint32_t times = 1;
    if (star != std::string_view::npos && !parse_whole(word.substr(star + 1), times, 10))
      return wrong(fmt::format("'{}' does not end in a number of repetitions", printable(word, 40)));
    if (const std::size_t bad = digits.find_first_not_of(kHexDigits); bad != std::string_view::npos)
      return wrong(not_hexadecimal(digits, bad));
    if (digits.size() % 2 != 0 || digits.empty())
      return wrong(fmt::format("'{}' has an odd number of digits", printable(word, 40)));
    if (digits.size() / 2 * times + frame.size() > kLongestFrame)
      return wrong(fmt::format("it has more than {} bytes", kLongestFrame));
    Bytes bytes(digits.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) parse_whole(digits.substr(2 * i, 2), bytes[i], 16);
    for (std::uint32_t i = 0; i < times; ++i) frame.insert(frame.end(), bytes.begin(), bytes.end());
  }
  return frame;
}

}  // namespace ixyflow::tools

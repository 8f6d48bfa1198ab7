#include "tools/ixgbe-model/wire/wires.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "core/base/diagnostics.hpp"
#include "core/base/text/suggestion.hpp"

namespace ixyflow::model {

WireOptions WireOptions::parse(std::string_view text) {
  WireOptions options;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    const std::size_t equals = part.find('=');
    // A path may have an equals sign in it, a key has only letters.
    if (equals != std::string_view::npos &&
        part.substr(0, equals).find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos)
      options.values.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    else
      options.words.emplace_back(part);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return options;
}

std::vector<WireKind> wire_kinds() {
  return {
      {"none", "none", "nothing is plugged in: no carrier", make_none_wire},
      {"loop", "loop", "what is sent comes back", make_loop_wire},
      {"pair", "pair", "a cable to the next device with wire=pair: first to second, third to fourth",
       nullptr},
      {"pcap", "pcap:[IN][,OUT][,loop=N][,rate=RATE][,window=N][,delay=TIME]",
       "plays a capture, N times (0: for ever; by default once), as fast as the driver takes it, at a rate "
       "such as 10kpps, or with at most N frames under way that have not come back into a capture yet, so "
       "that a forwarder loses none; begins TIME (500ms) after the driver is ready; what is sent goes into "
       "the capture OUT",
       make_pcap_wire},
      {"tap", "tap:NAME", "a TAP interface of this name, made if it is not there; `ip link` sets it up",
       make_tap_wire},
      {"unix", "unix:LOCAL[,REMOTE]",
       "a datagram socket: each datagram is a frame; without REMOTE what is sent goes to who sent last",
       make_unix_wire},
      {"flood", "flood:[size=BYTES][,count=N][,flows=N]",
       "endless UDP frames (or N), as fast as the driver takes them; what is sent is counted",
       make_flood_wire},
  };
}

Result<std::unique_ptr<Wire>> make_wire(std::string_view text, Traffic& traffic) {
  const std::string_view name = text.substr(0, text.find(':'));
  const std::string_view rest = name.size() < text.size() ? text.substr(name.size() + 1) : std::string_view();
  std::vector<std::string> names;
  for (const WireKind& kind : wire_kinds()) {
    if (kind.name == name && kind.make != nullptr) return kind.make(WireOptions::parse(rest), traffic);
    names.emplace_back(kind.name);
  }
  return fail(ExitCode::usage, with_suggestion(fmt::format("there is no wire '{}': there are {}",
                                                           printable(name, 40), fmt::join(names, ", ")),
                                               name, names));
}

Result<void> want_nothing(const WireOptions& options, std::string_view name) {
  if (options.words.empty() && options.values.empty()) return {};
  return fail(ExitCode::usage, fmt::format("wire '{}' takes no options", name));
}

Result<std::uint64_t> wire_number(std::string_view what, std::string_view text, std::uint64_t least,
                                  std::uint64_t most) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stop == end && number >= least && number <= most) return number;
  return fail(ExitCode::usage, fmt::format("'{}' is no {}: it takes a number from {} to {}",
                                           printable(text, 40), what, least, most));
}

std::unexpected<Error> unknown_wire_option(std::string_view name, std::string_view key,
                                           const std::vector<std::string>& known) {
  return fail(ExitCode::usage, with_suggestion(fmt::format("wire '{}' has no option '{}': it has {}", name,
                                                           printable(key, 40), fmt::join(known, ", ")),
                                               key, known));
}

}  // namespace ixyflow::model

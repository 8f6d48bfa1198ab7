#include "tools/ixgbe-model/wire/pcap_options.hpp"

#include <fmt/format.h>

#include <limits>

#include "core/base/diagnostics.hpp"

namespace ixyflow::model {
namespace {

constexpr std::uint64_t kLargestWindow = 4096;  // descriptors of a ring

Result<void> set_number(std::uint64_t& target, std::string_view what, std::string_view text,
                        std::uint64_t least, std::uint64_t most) {
  const auto number = wire_number(what, text, least, most);
  if (!number) return std::unexpected(number.error());
  target = *number;
  return {};
}

Result<void> set_option(PcapOptions& pcap, std::string_view key, std::string_view text) {
  const auto wrong = [text](std::string_view right) {
    return fail(ExitCode::usage, fmt::format("'{}' is no {}", printable(text, 40), right));
  };
  if (key == "loop")
    return set_number(pcap.loop, "number of rounds", text, 0, std::numeric_limits<std::uint64_t>::max());
  if (key == "window") return set_number(pcap.window, "number of frames", text, 1, kLargestWindow);
  if (key == "rate") {
    const auto rate = parse_rate(text);
    if (!rate || rate->unit != Rate::Unit::packets) return wrong("rate such as 10kpps");
    pcap.per_second = rate->per_second;
    return {};
  }
  if (key == "delay") {
    const auto delay = parse_duration(text);
    if (!delay) return wrong("time such as 500ms");
    pcap.delay = *delay;
    return {};
  }
  return unknown_wire_option("pcap", key, {"loop", "rate", "window", "delay"});
}

}  // namespace

Result<PcapOptions> parse_pcap_options(const WireOptions& options) {
  if (options.words.empty() || options.words.size() > 2)
    return fail(ExitCode::usage, "wire 'pcap' takes one or two files: pcap:[IN][,OUT]");
  PcapOptions pcap{.in = options.words[0]};
  if (options.words.size() == 2) pcap.out = options.words[1];
  for (const auto& [key, text] : options.values)
    if (auto set = set_option(pcap, key, text); !set) return std::unexpected(set.error());
  return pcap;
}

}  // namespace ixyflow::model

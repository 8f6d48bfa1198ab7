#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/device/port.hpp"

namespace ixyflow {

/// What stands for a port of the file: `--swap lan=pcap:in.pcap,out.pcap`, or a port made by the caller
/// (tests).
struct Swap {
  std::string port;
  std::string text;                             ///< "pcap:in.pcap,out.pcap", "null:count=1000000"
  std::function<std::unique_ptr<Port>()> make;  ///< instead of text
};

struct LoadOptions {
  std::vector<std::pair<std::string, std::string>> set;  ///< --set name=value
  /// The same, where the file itself says it (in a `[[test]]`): paths in these count from its folder.
  std::vector<std::pair<std::string, std::string>> set_by_file;
  std::vector<Swap> swaps;
  std::vector<std::string> plugins;  ///< --plugin, beside those of the file
  /// Whether code that the file names may run: not when nothing keeps it from doing harm.
  bool plugins_of_file = true;
  std::function<void()> before_plugins;  ///< called before any is loaded; may be empty
  std::optional<std::uint32_t> burst;    ///< --burst
};

}  // namespace ixyflow

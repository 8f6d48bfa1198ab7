#pragma once

#include <optional>
#include <string_view>

#include "core/base/diagnostics.hpp"
#include "core/base/values/value.hpp"
#include "core/device/port_registry.hpp"

namespace ixyflow {

/// What a swap's text means: "pcap:in.pcap,out.pcap" is the driver's name, then its parameters, separated by
/// commas: `name=value`, or, for those that the driver says, the value alone in its place (which may be
/// empty: not given). A value is text where the parameter takes text, else TOML; in quotes and brackets
/// commas do not separate.
struct SwapText {
  const PortSpec* spec = nullptr;
  Value::Table parameters;
};

/// Mistakes are reported without a place: the text stands on the command line. `port` is the name of the
/// port.
std::optional<SwapText> parse_swap(std::string_view port, std::string_view text, Diagnostics& diagnostics);

}  // namespace ixyflow

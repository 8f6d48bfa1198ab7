#pragma once

#include <cstdint>
#include <string>

#include "core/base/units.hpp"
#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::model {

/// What the text of a wire to captures says.
struct PcapOptions {
  std::string in;            ///< is played; empty: nothing is
  std::string out;           ///< is written; empty: what is sent is gone
  std::uint64_t loop = 1;    ///< how often it is played; 0: for ever
  double per_second = 0;     ///< frames; 0: no limit
  std::uint64_t window = 0;  ///< frames under way; 0: no limit
  Duration delay;            ///< from when the driver begins to receive to the first frame
};

/// Error (usage): the text, with what is allowed.
Result<PcapOptions> parse_pcap_options(const WireOptions& options);

}  // namespace ixyflow::model

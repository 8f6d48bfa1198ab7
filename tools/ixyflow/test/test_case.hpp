#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/units.hpp"
#include "core/config/load.hpp"
#include "core/net/fields.hpp"
#include "core/net/packet_filter.hpp"
#include "tools/ixyflow/views/packet_change.hpp"

namespace ixyflow::tools {

/// Frames of a test: written in the file, or in a capture.
struct TestPackets {
  std::vector<Bytes> frames;
  std::string pcap;  ///< relative to the folder of the pipeline file; empty: `frames` holds them
};

/// `in = { port = "lan", packets = ["..."], at = ["0s", "1ms"] }`
struct TestInput {
  std::string port;
  SourceRange where;
  TestPackets packets;
  std::vector<Nanoseconds> at;  ///< one per packet, or none
  Nanoseconds interval = 0;     ///< between two packets, where `at` does not say
};

/// `out = { port = "wan", packets = ["..."], ignore = ["ip.id"], count = 1, match = "udp" }`
struct TestOutput {
  std::string port;
  SourceRange where;
  std::optional<TestPackets> packets;  ///< exactly these, in this order
  std::optional<std::uint64_t> count;  ///< so many (of those that match)
  std::string match_text;
  std::shared_ptr<PacketFilter> match;  ///< without `count` and `packets`: every packet must match
  std::vector<const HeaderField*> ignore;
};

/// A number that a test expects, by its name in the summary: "fw.other".
struct TestNumber {
  std::string name;
  std::uint64_t value = 0;
  SourceRange where;
};

/// A `[[test]]` table: packets in, packets and numbers out.
struct TestCase {
  std::string name;
  SourceRange where;
  std::vector<TestInput> inputs;
  std::vector<TestOutput> outputs;
  std::vector<TestNumber> counters;
  std::vector<TestNumber> drops;
  std::vector<std::pair<std::string, std::string>> set;  ///< like --set
  std::optional<Duration>
      duration;  ///< of virtual time, after which the run is stopped; else it must end by itself
};

/// All `[[test]]` tables of `file`. Mistakes go to `diagnostics`; a table with mistakes is left out.
std::vector<TestCase> parse_tests(const PipelineFile& file, Diagnostics& diagnostics);

}  // namespace ixyflow::tools

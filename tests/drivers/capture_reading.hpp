#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/drivers/port_rig.hpp"
#include "tests/support/frames.hpp"

namespace ixyflow::test {

struct Seen {
  Nanoseconds timestamp;
  std::uint32_t captured;
  std::uint32_t original;
  std::vector<std::uint8_t> bytes;
  friend bool operator==(const Seen&, const Seen&) = default;
};

/// What a port makes of a file: its packets, and what it said at its end.
struct Reading {
  std::vector<Seen> packets;
  std::string error;
  ExitCode code = ExitCode::ok;
  bool opened = false;
  std::uint64_t runt = 0;
  std::uint64_t oversize = 0;
  std::uint64_t not_ethernet = 0;
};

inline Reading read(const std::string& path, PortRig::Parameters more = {}, RigOptions options = {}) {
  Reading result;
  more.push_back({"read", path});
  PortRig rig("pcap", std::move(more), options);
  const auto note = [&](const Result<void>& outcome) {
    if (outcome) return;
    result.error = outcome.error().text;
    result.code = outcome.error().code;
  };
  const Result<void> opened = rig.open();
  note(opened);
  result.opened = opened.has_value();
  while (result.opened && !rig.port->exhausted(0)) {
    const auto packets = rig.receive();
    for (const Packet* packet : packets)
      result.packets.push_back({packet->timestamp,
                                packet->length(),
                                packet->wire_length(),
                                {packet->data(), packet->data() + packet->length()}});
    rig.give_back(packets);
  }
  note(rig.close());
  result.runt = rig.counter("runt");
  result.oversize = rig.counter("oversize");
  result.not_ethernet = rig.counter("not_ethernet");
  return result;
}

inline const std::string kInternet = source_path() / "pipelines/captures/internet-4k.pcap";

/// The path of a small capture that stands beside the tests.
inline std::string shipped(const std::string& name) {
  return source_path() / "tests/drivers/captures" / name;
}

inline bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  INFO(part);
  return text.find(part) != std::string::npos;
}

}  // namespace ixyflow::test

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/base/api.hpp"
#include "core/base/result.hpp"

namespace ixyflow {

/// How a filter treats VLAN tags.
enum class VlanMode : std::uint8_t {
  /// Sees a frame as if its tags were taken off, unless the expression itself speaks of them: by `vlan`, by
  /// the
  /// EtherType of a tag ("ether proto 0x8100"), or by bytes behind the MAC addresses ("ether[12:2] =
  /// 0x8100").
  through,
  strict,  ///< as libpcap does: an expression without `vlan` matches untagged frames only
};

/// A compiled libpcap filter expression ("udp port 53"), for Ethernet frames. Matching is thread-safe.
class IXYFLOW_API PacketFilter {
 public:
  /// Compiles `expression`. Names of hosts and networks are refused, so that nothing is ever looked up on the
  /// network and a file means the same everywhere; services ("port domain") and protocols come from files.
  /// So is what only a kernel knows that captured the packet (inbound, outbound, ifindex). A long expression
  /// is compiled in pieces, because libpcap takes more than the square of its length in time: 64 KiB take
  /// less than a second. Error (configuration): libpcap's complaint, the word, or the limit.
  static Result<PacketFilter> compile(const std::string& expression, VlanMode vlan = VlanMode::through);

  PacketFilter(PacketFilter&&) noexcept;
  PacketFilter& operator=(PacketFilter&&) noexcept;
  ~PacketFilter();

  /// Whether the frame matches; `wire_length` is what `len` and `greater` compare. Bytes outside of `frame`
  /// are not touched; a filter that needs such a byte does not match.
  [[nodiscard]] bool matches(std::span<const std::uint8_t> frame, std::uint32_t wire_length) const noexcept;

  /// Whether it was compiled with VlanMode::through and does not speak of tags itself.
  [[nodiscard]] bool looks_through_tags() const noexcept;

 private:
  struct Program;
  explicit PacketFilter(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace ixyflow

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/api.hpp"
#include "core/base/cache_line.hpp"
#include "core/base/units.hpp"
#include "core/net/protocol_numbers.hpp"

namespace ixyflow {

class Mempool;

/// Offset of a layer that nobody has looked for yet, or that is not there.
inline constexpr std::uint16_t kNoOffset = 0;

/// Bits of Packet::flags.
enum class PacketFlag : std::uint16_t {
  parsed = 1 << 0,            ///< l3_offset, l4_offset and the protocols are those of the present bytes
  flow_hash = 1 << 1,         ///< flow_hash is set
  vlan_tag = 1 << 2,          ///< vlan_tci is a tag that the NIC took off
  l3_checksum_good = 1 << 3,  ///< the NIC has found the IPv4 header's checksum right
  l3_checksum_bad = 1 << 4,   ///< or wrong; neither: it has not looked
  l4_checksum_good = 1 << 5,  ///< the same for TCP and UDP
  l4_checksum_bad = 1 << 6,
  in_plugin = 1 << 7,  ///< in the hands of a plugin's element: the runtime's, which sees so who leaves twice
  vlan_qinq = 1 << 8,  ///< the tag of vlan_tci had the EtherType 0x88a8
  vlan_qinq_old = 1 << 9,  ///< or 0x9100; neither: 0x8100
};

/// One frame in one buffer with one owner: no chains, no reference counts. The object is the metadata, one
/// cache line of memory that is this process's alone. The buffer lies in packet memory, which devices and
/// peers may read and write as they like: nothing there but bytes of frames, and nothing there is believed.
///
///   | headroom (128) | data room (2,048) |        stride 2,240 = 35 cache lines, an odd number
///                    ^ data() of a fresh packet
///
/// A packet has the same buffer for ever. The data starts at the Ethernet header. Whoever holds the packet
/// may do anything to it; no function here is meant for two threads at once.
class alignas(kCacheLine) IXYFLOW_API Packet {
 public:
  // Its frame is not in it, so that a copy of the object would be a second owner: see copy_from.
  Packet(const Packet&) = delete;
  Packet& operator=(const Packet&) = delete;

  /// First byte of the frame.
  [[nodiscard]] std::uint8_t* data() noexcept { return buffer_ + data_offset_; }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return buffer_ + data_offset_; }
  /// Bytes of the frame that are here.
  [[nodiscard]] std::uint32_t length() const noexcept { return length_; }
  /// Bytes the frame had on the wire: more than length() when a capture cut it.
  [[nodiscard]] std::uint32_t wire_length() const noexcept { return length_ + missing_; }
  /// Free bytes before and behind the frame.
  [[nodiscard]] std::uint32_t headroom() const noexcept { return data_offset_; }
  [[nodiscard]] std::uint32_t tailroom() const noexcept { return end_offset() - data_offset_ - length_; }

  /// Grows the frame at its front by `bytes`, which the caller must write: what stands there may be of other
  /// people's frames. False, and nothing done, when the headroom does not have them. Layer offsets are
  /// forgotten.
  [[nodiscard]] bool push(std::uint32_t bytes) noexcept {
    if (bytes > headroom()) return false;
    data_offset_ -= bytes;
    length_ += bytes;
    if (data_offset_ < own_offset()) bounds_ = bounds(data_offset_, end_offset());
    forget_layers();
    return true;
  }
  /// The same, but what `pull` has taken off the front stands there again, and in front of that zeros.
  [[nodiscard]] bool restore(std::uint32_t bytes) noexcept {
    const std::uint32_t own = own_offset();
    if (!push(bytes)) return false;
    if (data_offset_ < own) std::memset(data(), 0, own - data_offset_);
    return true;
  }
  /// Takes `bytes` off the front; false, and nothing done, when the frame is shorter. Layer offsets are
  /// forgotten.
  [[nodiscard]] bool pull(std::uint32_t bytes) noexcept {
    if (bytes > length_) return false;
    data_offset_ += bytes;
    length_ -= bytes;
    forget_layers();
    return true;
  }
  /// Grows the frame at its end by `bytes`, which the caller must write: what stands there may be of other
  /// people's frames. False when the tailroom does not have it. A cut frame cannot grow: false.
  [[nodiscard]] bool put(std::uint32_t bytes) noexcept {
    if (bytes > tailroom() || missing_ != 0) return false;
    length_ += bytes;
    return true;
  }
  /// Cuts the frame to `bytes`; false when it is shorter already. What was missing of a cut frame is gone as
  /// well.
  [[nodiscard]] bool trim(std::uint32_t bytes) noexcept {
    if (bytes > length_) return false;
    length_ = bytes;
    missing_ = 0;
    return true;
  }
  /// Says that the present bytes are the frame, `wire_length` of them on the wire; for ports that filled the
  /// buffer. `length` must fit the room behind data(), and `wire_length` must be at least `length`.
  void set_length(std::uint32_t length, std::uint32_t wire_length) noexcept {
    length_ = length;
    missing_ = wire_length - length;
  }
  void set_length(std::uint32_t length) noexcept { set_length(length, length); }

  /// Must follow any change that moves or rewrites headers from EtherType to ports in a way that changes
  /// where layers start; push and pull do it by themselves.
  void forget_layers() noexcept { flags_ = static_cast<std::uint16_t>(flags_ & ~bit(PacketFlag::parsed)); }
  [[nodiscard]] bool has(PacketFlag flag) const noexcept { return (flags_ & bit(flag)) != 0; }
  void set(PacketFlag flag) noexcept { flags_ = static_cast<std::uint16_t>(flags_ | bit(flag)); }
  /// Sets several at once, as `bits` of PacketFlag; for ports, on a fresh packet.
  void set_flags(std::uint16_t bits) noexcept { flags_ = bits; }
  void clear(PacketFlag flag) noexcept { flags_ = static_cast<std::uint16_t>(flags_ & ~bit(flag)); }

  /// The EtherType of the tag whose vlan_tci is kept here.
  [[nodiscard]] EtherType vlan_type() const noexcept {
    if (has(PacketFlag::vlan_qinq)) return EtherType::qinq;
    return has(PacketFlag::vlan_qinq_old) ? EtherType::qinq_old : EtherType::vlan;
  }
  /// Keeps a tag, of one of the three EtherTypes, that is no longer in the frame.
  void keep_vlan_tag(EtherType type, std::uint16_t tci) noexcept {
    clear(PacketFlag::vlan_qinq);
    clear(PacketFlag::vlan_qinq_old);
    if (type == EtherType::qinq) set(PacketFlag::vlan_qinq);
    if (type == EtherType::qinq_old) set(PacketFlag::vlan_qinq_old);
    vlan_tci = tci;
  }

  /// Where a device finds data(); see DeviceAddresses. Of no meaning in a run without devices.
  [[nodiscard]] std::uint64_t device_address() const noexcept { return device_address_ + data_offset_; }
  /// Where a device finds the buffer, which begins with the headroom.
  [[nodiscard]] std::uint64_t buffer_address() const noexcept { return device_address_; }

  /// Makes this packet a copy of `other`, whatever it was before: frame, what was taken off its front,
  /// headroom position and metadata. False, and nothing done, when the data does not fit.
  [[nodiscard]] bool copy_from(const Packet& other) noexcept {
    const std::uint32_t front = other.headroom();
    const std::uint32_t end = end_offset();
    if (front > end || other.length_ > end - front) return false;
    // All that a fresh packet gets anew, but where the buffer ends.
    std::memcpy(reinterpret_cast<std::uint8_t*>(this) + kFreshFrom,
                reinterpret_cast<const std::uint8_t*>(&other) + kFreshFrom, sizeof(Packet) - kFreshFrom);
    const std::uint32_t own = other.own_offset();
    bounds_ = bounds(own, end);
    std::memcpy(buffer_ + own, other.buffer_ + own, front - own + length_);
    return true;
  }
  /// Takes over what a packet has of where it came from, when and how: for one that was made because of
  /// `other`, such as a reply or a fragment. Neither of the frame itself nor of its flow.
  void inherit_from(const Packet& other) noexcept;

 private:
  friend class Mempool;
  friend class FreshMetadata;
  /// In front of it stands which buffer it is, for ever; from here on, what a fresh packet gets anew.
  static constexpr std::size_t kFreshFrom = 16;
  static constexpr std::uint16_t bit(PacketFlag flag) noexcept { return static_cast<std::uint16_t>(flag); }

  // Two offsets in one word: buffers are less than 128 KiB, and have less than 32 KiB of headroom.
  static constexpr std::uint32_t kEndBits = 17;
  static constexpr std::uint32_t bounds(std::uint32_t own, std::uint32_t end) noexcept {
    return own << kEndBits | end;
  }
  /// Where the data room ends.
  [[nodiscard]] std::uint32_t end_offset() const noexcept { return bounds_ & ((1U << kEndBits) - 1); }
  /// Where the frame has ever begun: what stands before that is older than this packet.
  [[nodiscard]] std::uint32_t own_offset() const noexcept { return bounds_ >> kEndBits; }

  Packet() = default;

  std::uint8_t* buffer_ = nullptr;
  std::uint64_t device_address_ = 0;  ///< by which devices know the buffer

 public:
  Nanoseconds timestamp = 0;  ///< when it was received, since the epoch

 private:
  std::uint32_t length_ = 0;
  std::uint32_t missing_ = 0;      ///< bytes of the frame that a capture cut off
  std::uint32_t data_offset_ = 0;  ///< from the start of the buffer
  std::uint32_t bounds_ = 0;       ///< own_offset and end_offset, likewise

 public:
  std::uint32_t flow_hash = 0;  ///< see net/flow_hash.hpp; valid with PacketFlag::flow_hash

 private:
  std::uint16_t flags_ = 0;

 public:
  std::uint16_t l3_offset = kNoOffset;  ///< from data(); valid with PacketFlag::parsed
  std::uint16_t l4_offset = kNoOffset;  ///< from data(); kNoOffset also for later fragments
  EtherType ether_type{};               ///< of what is behind all VLAN tags; valid with PacketFlag::parsed
  IpProtocol ip_protocol{};             ///< of what is behind all IPv6 extension headers; with l4_offset
  std::uint8_t paint = 0;               ///< a colour for Paint and PaintSwitch
  std::uint16_t input_port = 0;         ///< index of the port that received it
  std::uint16_t vlan_tci = 0;           ///< of a tag that the NIC or an element took off
  std::uint16_t trace = 0;              ///< number under which `--trace` follows it; 0: not followed
  /// Whom it is sent to next: an index into a table of neighbours, for IPv4 and IPv6 alike; 0: nobody was
  /// chosen.
  std::uint32_t next_hop = 0;
};

static_assert(sizeof(Packet) == kCacheLine, "metadata is one cache line");

}  // namespace ixyflow

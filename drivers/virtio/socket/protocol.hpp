#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The messages of vhost-user, as QEMU's docs/interop/vhost-user.rst has them and DPDK's lib/vhost speaks
/// them. Numbers are in the byte order of the machine: both ends are on one.
namespace ixyflow::drivers::vhost_user {

/// What a front end asks for ("Front-end message types"), those that we send or serve.
enum class Request : std::uint32_t {
  get_features = 1,
  set_features = 2,
  set_owner = 3,
  reset_owner = 4,
  set_mem_table = 5,
  set_vring_num = 8,
  set_vring_addr = 9,
  set_vring_base = 10,
  get_vring_base = 11,
  set_vring_kick = 12,
  set_vring_call = 13,
  set_vring_err = 14,
  get_protocol_features = 15,
  set_protocol_features = 16,
  get_queue_num = 17,
  set_vring_enable = 18,
  net_set_mtu = 20,
  reset_device = 34,
  set_status = 39,
  get_status = 40,
};

/// Bit numbers of protocol features ("Protocol features").
namespace protocol_feature {
inline constexpr unsigned kMq = 0;
inline constexpr unsigned kReplyAck = 3;
inline constexpr unsigned kMtu = 4;
inline constexpr unsigned kResetDevice = 13;
inline constexpr unsigned kStatus = 16;
}  // namespace protocol_feature

constexpr std::uint64_t bit(unsigned number) {
  return std::uint64_t{1} << number;
}

/// The bit of the virtio features that says that there are protocol features; no virtio driver ever takes it.
inline constexpr unsigned kProtocolFeatures = 30;

/// Twelve bytes before every payload ("Header").
struct Header {
  std::uint32_t request = 0;
  std::uint32_t flags = 0;
  std::uint32_t size = 0;  ///< of the payload
};
static_assert(sizeof(Header) == 12);

// Header::flags
inline constexpr std::uint32_t kVersionMask = 3;
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::uint32_t kReply = 1 << 2;
inline constexpr std::uint32_t kNeedReply = 1 << 3;

/// set_vring_num, _base, _enable, get_vring_base ("A vring state description").
struct RingNumber {
  std::uint32_t index = 0;
  std::uint32_t number = 0;
};
static_assert(sizeof(RingNumber) == 8);

/// set_vring_addr ("A vring address description"): addresses of the front end's process.
struct RingAddresses {
  std::uint32_t index = 0;
  std::uint32_t flags = 0;
  std::uint64_t descriptors = 0;
  std::uint64_t used = 0;       ///< virtio 1.2: the device area
  std::uint64_t available = 0;  ///< virtio 1.2: the driver area
  std::uint64_t log = 0;
};
static_assert(sizeof(RingAddresses) == 40);
inline constexpr std::uint32_t kLogUsed = 1;  ///< RingAddresses::flags

/// A stretch of the front end's memory ("Memory regions description").
struct MemoryRegion {
  std::uint64_t guest_address = 0;
  std::uint64_t bytes = 0;
  std::uint64_t user_address = 0;
  std::uint64_t file_offset = 0;
};
static_assert(sizeof(MemoryRegion) == 32);

inline constexpr std::size_t kMaxRegions = 8;

struct MemoryTable {
  std::uint32_t count = 0;
  std::uint32_t padding = 0;
  std::array<MemoryRegion, kMaxRegions> regions{};
};
static_assert(sizeof(MemoryTable) == 264);

/// The longest payload of what we speak.
inline constexpr std::size_t kMaxPayload = sizeof(MemoryTable);
inline constexpr std::size_t kMaxMessageFds = kMaxRegions;

// set_vring_kick, _call, _err carry a u64: the ring, and whether no descriptor comes along.
inline constexpr std::uint64_t kRingMask = 0xff;
inline constexpr std::uint64_t kNoDescriptor = 1 << 8;

/// Queue 2n receives into the front end, 2n + 1 transmits from it; a ring's number has eight bits.
inline constexpr std::uint32_t kMaxRings = 256;
inline constexpr std::uint32_t kMaxRingSize = 32768;  ///< virtio 1.2, 2.7 and 2.8

// get_vring_base, set_vring_base of a packed ring: the next descriptor, and its wrap counter.
inline constexpr std::uint32_t kPackedIndexMask = 0x7fff;
inline constexpr std::uint32_t kPackedWrap = 1 << 15;

/// What a message may look like: declared once, for both ends.
struct MessageShape {
  /// What it is about, and so which rings must be at rest while it is served.
  enum class About : std::uint8_t { nothing, ring, all_rings };
  /// How the payload names the ring that it is about.
  enum class Payload : std::uint8_t { none, number, ring_number, ring_addresses, ring_descriptor, memory };

  Request request{};
  std::string_view name;
  Payload payload = Payload::none;
  bool replies = false;  ///< with a payload of its own; others only where kNeedReply asks for a word
  About about = About::nothing;
  std::size_t most_fds = 0;
};

inline constexpr auto kMessages = [] {
  using enum MessageShape::About;
  using P = MessageShape::Payload;
  using R = Request;
  return std::to_array<MessageShape>({
      {R::get_features, "GET_FEATURES", P::none, true, nothing, 0},
      {R::set_features, "SET_FEATURES", P::number, false, all_rings, 0},
      {R::set_owner, "SET_OWNER", P::none, false, nothing, 0},
      {R::reset_owner, "RESET_OWNER", P::none, false, all_rings, 0},
      {R::set_mem_table, "SET_MEM_TABLE", P::memory, false, all_rings, kMaxRegions},
      {R::set_vring_num, "SET_VRING_NUM", P::ring_number, false, ring, 0},
      {R::set_vring_addr, "SET_VRING_ADDR", P::ring_addresses, false, ring, 0},
      {R::set_vring_base, "SET_VRING_BASE", P::ring_number, false, ring, 0},
      {R::get_vring_base, "GET_VRING_BASE", P::ring_number, true, ring, 0},
      {R::set_vring_kick, "SET_VRING_KICK", P::ring_descriptor, false, ring, 1},
      {R::set_vring_call, "SET_VRING_CALL", P::ring_descriptor, false, ring, 1},
      {R::set_vring_err, "SET_VRING_ERR", P::ring_descriptor, false, nothing, 1},
      {R::get_protocol_features, "GET_PROTOCOL_FEATURES", P::none, true, nothing, 0},
      {R::set_protocol_features, "SET_PROTOCOL_FEATURES", P::number, false, nothing, 0},
      {R::get_queue_num, "GET_QUEUE_NUM", P::none, true, nothing, 0},
      {R::set_vring_enable, "SET_VRING_ENABLE", P::ring_number, false, ring, 0},
      {R::net_set_mtu, "NET_SET_MTU", P::number, false, nothing, 0},
      {R::reset_device, "RESET_DEVICE", P::none, false, all_rings, 0},
      {R::set_status, "SET_STATUS", P::number, false, all_rings, 0},
      {R::get_status, "GET_STATUS", P::none, true, nothing, 0},
  });
}();

/// nullptr: a message that we do not know, and never allowed by a feature.
constexpr const MessageShape* shape_of(std::uint32_t request) {
  for (const MessageShape& shape : kMessages)
    if (static_cast<std::uint32_t>(shape.request) == request) return &shape;
  return nullptr;
}

/// Whether a payload can have `bytes` bytes.
constexpr bool fits(MessageShape::Payload payload, std::size_t bytes) {
  constexpr std::size_t kTableHead = sizeof(MemoryTable) - sizeof(MemoryTable::regions);
  switch (payload) {
    case MessageShape::Payload::none:
      return bytes == 0;
    case MessageShape::Payload::number:
    case MessageShape::Payload::ring_descriptor:
      return bytes == sizeof(std::uint64_t);
    case MessageShape::Payload::ring_number:
      return bytes == sizeof(RingNumber);
    case MessageShape::Payload::ring_addresses:
      return bytes == sizeof(RingAddresses);
    case MessageShape::Payload::memory:
      return bytes >= kTableHead && bytes <= sizeof(MemoryTable) &&
             (bytes - kTableHead) % sizeof(MemoryRegion) == 0;
  }
  return false;
}

}  // namespace ixyflow::drivers::vhost_user

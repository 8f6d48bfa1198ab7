#pragma once

#include <cstddef>
#include <cstdint>

namespace ixyflow::vfio_user {

// Messages of the vfio-user protocol, version 0.1: how a device model in one process is used by another, over
// a UNIX stream socket (https://www.qemu.org/docs/master/interop/vfio-user.html). Both sides of the wire use
// these. All values are in the byte order of the host. What stands behind a device, region or interrupt
// follows <linux/vfio.h>.

enum class Command : std::uint16_t {
  version = 1,
  dma_map = 2,
  dma_unmap = 3,
  device_get_info = 4,
  device_get_region_info = 5,
  device_get_region_io_fds = 6,
  device_get_irq_info = 7,
  device_set_irqs = 8,
  region_read = 9,
  region_write = 10,
  dma_read = 11,
  dma_write = 12,
  device_reset = 13,
  region_write_multi = 15,
};

inline constexpr std::uint16_t kMajor = 0;
inline constexpr std::uint16_t kMinor = 1;

inline constexpr std::size_t kMaxMessageFds = 8;       ///< what both sides accept with one message
inline constexpr std::size_t kMaxTransfer = 1U << 20;  ///< bytes of one region or DMA access
inline constexpr std::size_t kMaxMessage =
    kMaxTransfer + 4096;  ///< header included; longer ones end the connection

struct Header {
  std::uint16_t id = 0;
  std::uint16_t command = 0;
  std::uint32_t size = 0;  ///< of the whole message, this header included
  std::uint32_t flags = 0;
  std::uint32_t error = 0;  ///< errno, in a reply with kError
};
static_assert(sizeof(Header) == 16);

// Header::flags
inline constexpr std::uint32_t kTypeMask = 0xf;
inline constexpr std::uint32_t kTypeCommand = 0;
inline constexpr std::uint32_t kTypeReply = 1;
inline constexpr std::uint32_t kNoReply = 0x10;
inline constexpr std::uint32_t kError = 0x20;

/// Followed by JSON text with its final zero byte: {"capabilities":{"max_msg_fds":8,...}}.
struct Version {
  std::uint16_t major = kMajor;
  std::uint16_t minor = kMinor;
};
static_assert(sizeof(Version) == 4);

struct DeviceInfo {
  std::uint32_t argsz = 0;
  std::uint32_t flags = 0;  ///< VFIO_DEVICE_FLAGS_*
  std::uint32_t regions = 0;
  std::uint32_t irqs = 0;
};
static_assert(sizeof(DeviceInfo) == 16);

/// As struct vfio_region_info: capabilities follow at `cap_offset`; the descriptors to map come with the
/// message.
struct RegionInfo {
  std::uint32_t argsz = 0;
  std::uint32_t flags = 0;  ///< VFIO_REGION_INFO_FLAG_*
  std::uint32_t index = 0;
  std::uint32_t cap_offset = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  ///< of the region in the descriptor
};
static_assert(sizeof(RegionInfo) == 32);

struct IrqInfo {
  std::uint32_t argsz = 0;
  std::uint32_t flags = 0;  ///< VFIO_IRQ_INFO_*
  std::uint32_t index = 0;
  std::uint32_t count = 0;
};
static_assert(sizeof(IrqInfo) == 16);

/// As struct vfio_irq_set; eventfds come with the message.
struct IrqSet {
  std::uint32_t argsz = 0;
  std::uint32_t flags = 0;  ///< VFIO_IRQ_SET_*
  std::uint32_t index = 0;
  std::uint32_t start = 0;
  std::uint32_t count = 0;
};
static_assert(sizeof(IrqSet) == 20);

/// Region read and write; data follows a write and the reply to a read.
struct RegionAccess {
  std::uint64_t offset = 0;
  std::uint32_t region = 0;
  std::uint32_t count = 0;
};
static_assert(sizeof(RegionAccess) == 16);

// DmaMap::flags
inline constexpr std::uint32_t kDmaReadable = 1;
inline constexpr std::uint32_t kDmaWritable = 2;

/// One descriptor comes with the message; without one the server reaches the memory by dma_read and
/// dma_write.
struct DmaMap {
  std::uint32_t argsz = 0;
  std::uint32_t flags = 0;
  std::uint64_t offset = 0;   ///< of the memory in the descriptor
  std::uint64_t address = 0;  ///< as the device sees it
  std::uint64_t size = 0;
};
static_assert(sizeof(DmaMap) == 32);

// DmaUnmap::flags
inline constexpr std::uint32_t kUnmapAll = 2;

struct DmaUnmap {
  std::uint32_t argsz = 0;
  std::uint32_t flags = 0;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};
static_assert(sizeof(DmaUnmap) == 24);

/// The server reads or writes memory of the client; data follows a write and the reply to a read.
struct DmaAccess {
  std::uint64_t address = 0;
  std::uint64_t count = 0;
};
static_assert(sizeof(DmaAccess) == 16);

}  // namespace ixyflow::vfio_user

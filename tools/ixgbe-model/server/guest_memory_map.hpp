#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "core/os/vanishing_memory.hpp"
#include "drivers/bus/vfio_user/protocol.hpp"
#include "tools/ixgbe-model/card/bus/guest_memory.hpp"

namespace ixyflow::model {

/// Reaches memory of the driver that came without a descriptor, by messages to it. False: it was not done.
class DmaMessages {
 public:
  virtual ~DmaMessages() = default;
  virtual bool dma_read(std::uint64_t address, std::span<std::byte> to) noexcept = 0;
  virtual bool dma_write(std::uint64_t address, std::span<const std::byte> from) noexcept = 0;
};

/// The memory that a driver has mapped for DMA, by device address. Model thread only.
class GuestMemoryMap final : public GuestMemory {
 public:
  /// A guest with an IOMMU maps every buffer by itself.
  static constexpr std::size_t kMostRegions = 16'384;

  explicit GuestMemoryMap(DmaMessages& messages) : messages_(messages) {}
  ~GuestMemoryMap() override { unmap_all(); }
  GuestMemoryMap(const GuestMemoryMap&) = delete;
  GuestMemoryMap& operator=(const GuestMemoryMap&) = delete;

  /// Adds a region, backed by `file` if that is open. 0, or an errno: EEXIST (it overlaps another one),
  /// EINVAL (size, flags, or the file is shorter), ENOSPC (kMostRegions), or what mmap says.
  int map(const vfio_user::DmaMap& request, const FileDescriptor& file);
  /// Takes the regions away that lie in this range, if any: QEMU unmaps all that an IOMMU may have mapped in
  /// a few large ranges. 0, or ENOENT (one is not in it as a whole), and then nothing was done.
  int unmap(std::uint64_t address, std::uint64_t size);
  void unmap_all() noexcept;

  /// Only where the device may both read and write.
  [[nodiscard]] std::byte* at(std::uint64_t address, std::size_t bytes) noexcept override {
    const std::uint64_t offset = address - last_.address;
    if (offset < last_.size && bytes <= last_.size - offset) [[likely]]
      return last_.memory + offset;
    return look_up(address, bytes);
  }
  bool read(std::uint64_t address, std::span<std::byte> to) noexcept override;
  bool write(std::uint64_t address, std::span<const std::byte> from) noexcept override;

  [[nodiscard]] std::size_t regions() const noexcept { return regions_.size(); }
  /// A file of the driver has become shorter than what it mapped of it. What was there reads as all ones.
  [[nodiscard]] bool vanished() const noexcept { return vanished_.load(std::memory_order_relaxed); }

 private:
  /// A range of device addresses that is mapped here, for reading and writing.
  struct Window {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::byte* memory = nullptr;
  };
  struct Region {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::byte* memory = nullptr;  ///< nullptr: reached by messages
    bool readable = false;
    bool writable = false;
    std::span<std::byte> mapping;  ///< whole pages around `memory`
    std::uint64_t page = 0;        ///< bytes of each
    std::unique_ptr<VanishingMemory> watch;
  };

  static int map_file(const vfio_user::DmaMap& request, int fd, Region& region);
  static void release(Region& region) noexcept;
  std::vector<Region>::iterator first_behind(std::uint64_t address) noexcept;
  const Region* find(std::uint64_t address) noexcept;
  std::byte* look_up(std::uint64_t address, std::size_t bytes) noexcept;

  DmaMessages& messages_;
  Window last_;                  ///< of the last look-up
  std::vector<Region> regions_;  ///< by address; they do not overlap
  std::atomic<bool> vanished_{false};
};

}  // namespace ixyflow::model

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/os/passed_descriptors.hpp"
#include "core/os/vanishing_memory.hpp"
#include "drivers/virtio/socket/protocol.hpp"

namespace ixyflow::drivers::vhost {

/// The memory of a front end, mapped here as long as this object lives: nobody may use it afterwards. What
/// addresses say is checked with every translation; memory that the front end takes away reads as all ones,
/// and `vanished` tells.
class GuestMemory {
 public:
  /// Maps what a memory table says, whose descriptors are in `files` in its order. Error (refused): what is
  /// wrong with it, in words that follow "the front end ".
  static Result<std::unique_ptr<GuestMemory>> map(const vhost_user::MemoryTable& table,
                                                  PassedDescriptors& files);
  ~GuestMemory();
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;

  /// Where `bytes` bytes at an address of the guest are; nullptr unless all of them are in one region.
  [[nodiscard]] std::uint8_t* translate(std::uint64_t address, std::uint32_t bytes) const noexcept {
    for (const Region& region : regions_) {
      const std::uint64_t offset = address - region.guest_address;
      if (offset < region.bytes) return bytes <= region.bytes - offset ? region.memory + offset : nullptr;
    }
    return nullptr;
  }
  /// The same for an address of the front end's process, as those of rings are.
  [[nodiscard]] std::uint8_t* translate_user(std::uint64_t address, std::uint32_t bytes) const noexcept;

  /// Some of it was taken away. Any thread.
  [[nodiscard]] bool vanished() const noexcept { return vanished_.load(std::memory_order_relaxed); }

 private:
  struct Region {
    std::uint64_t guest_address = 0;
    std::uint64_t bytes = 0;
    std::uint8_t* memory = nullptr;
    std::uint64_t user_address = 0;
    std::span<std::byte> mapping;  ///< whole pages, with `memory` in them
  };

  GuestMemory() = default;
  Result<void> add(const vhost_user::MemoryRegion& wanted, int file);

  std::vector<Region> regions_;  ///< the largest first, because most addresses are in it
  std::atomic<bool> vanished_{false};
  std::vector<std::unique_ptr<VanishingMemory>> watched_;
};

}  // namespace ixyflow::drivers::vhost

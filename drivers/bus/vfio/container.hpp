#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"
#include "core/packet/dma_memory.hpp"

namespace ixyflow::drivers {

class VfioContainer;

/// An IOMMU group: the functions that the IOMMU cannot keep apart. The kernel lets it be opened once, so its
/// functions share it.
class VfioGroup {
 public:
  VfioGroup(std::shared_ptr<VfioContainer> container, int number, FileDescriptor fd) noexcept
      : container_(std::move(container)), number_(number), fd_(std::move(fd)) {}
  ~VfioGroup();
  VfioGroup(const VfioGroup&) = delete;
  VfioGroup& operator=(const VfioGroup&) = delete;

  [[nodiscard]] VfioContainer& container() const noexcept { return *container_; }
  [[nodiscard]] int file_descriptor() const noexcept { return fd_.get(); }

 private:
  friend class VfioContainer;
  std::shared_ptr<VfioContainer> container_;
  int number_;
  FileDescriptor fd_;
  bool member_ = false;  ///< of the container
};

/// The IOMMU as all devices of this process share it: what is mapped is mapped for all of them, and counted
/// against the limit of locked memory only once. Any thread.
class VfioContainer {
 public:
  /// The IOMMU group of the function with the folder `function` in sysfs, with an IOMMU that translates for
  /// it. Errors: refused (in use, no right, other functions of it have drivers), unavailable.
  static Result<std::shared_ptr<VfioGroup>> group_of(const std::string& function);

  /// Maps a piece of packet memory at its device address, or counts one more user of it. Error (refused,
  /// configuration).
  Result<void> map(const DmaMemory::Piece& piece);
  void unmap(const DmaMemory::Piece& piece) noexcept;

 private:
  struct Mapping {
    const std::byte* memory = nullptr;
    std::size_t bytes = 0;
    unsigned users = 0;
  };

  friend class VfioGroup;
  VfioContainer() = default;
  Result<void> open();
  Result<void> add(VfioGroup& group);
  void remove(VfioGroup& group) noexcept;
  [[nodiscard]] Error map_error(const DmaMemory::Piece& piece, int error) const;

  std::mutex mutex_;
  FileDescriptor fd_;
  std::map<int, std::weak_ptr<VfioGroup>> groups_;  ///< by number
  unsigned members_ = 0;                            ///< groups that are in now
  std::map<std::uint64_t, Mapping> mappings_;       ///< by device address
};

}  // namespace ixyflow::drivers

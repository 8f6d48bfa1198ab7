#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/result.hpp"
#include "core/packet/node_memory.hpp"

namespace ixyflow {

/// What pages packet memory may lie on.
enum class Pages : std::uint8_t {
  small,          ///< 4 KiB pages
  huge_or_small,  ///< huge pages when there are enough free ones, else 4 KiB pages
  huge,           ///< huge pages or an error that names the command which fixes it: what
                  ///< physical addresses need
};

/// By which addresses devices know packet memory. One kind holds for a whole run, so that the address of a
/// buffer is the same for every port.
enum class DeviceAddresses : std::uint8_t {
  none,      ///< no device reaches it
  linear,    ///< numbers that we choose, and that an IOMMU or a device model translates
  physical,  ///< what the memory bus knows: huge pages, and the right to read /proc/self/pagemap
};

/// Packet memory of one NUMA node: one memfd, mapped and touched once, cut into pieces by `take`. A device or
/// a peer process gets it as one region, and may write to all of it at any time: it holds bytes of frames and
/// the rings of devices, and nothing that is believed. The file is sealed, so that nobody can make it
/// shorter, and left out of core dumps. Not thread-safe; control thread only.
class IXYFLOW_API DmaMemory {
 public:
  /// Maps `bytes` (rounded up to whole pages) on NUMA node `node` (-1: wherever) and touches every page, so
  /// that a shortage is an error here and not a SIGBUS later. Error: configuration, with what is needed and
  /// what is there.
  static Result<DmaMemory> allocate(std::size_t bytes, Pages pages, int node);

  DmaMemory(DmaMemory&& other) noexcept;
  DmaMemory& operator=(DmaMemory&& other) noexcept;
  ~DmaMemory();

  /// Other processes will have the file. They cannot make it shorter, but they can punch holes into it; a
  /// huge page that is gone so may not be had again. From now on that is no SIGBUS where the handler asks
  /// `catch_vanished` (core/os): `vanished` tells. Before `take`.
  void share();
  [[nodiscard]] bool shared() const noexcept { return hole_ != nullptr; }
  /// A page of shared memory could not be had, and is now one of all ones that is no part of the file: who
  /// shares the memory sees something else there than we. Any thread.
  [[nodiscard]] bool vanished() const noexcept;

  /// The next `bytes` bytes, aligned to a cache line; empty when there are not so many left.
  std::span<std::byte> take(std::size_t bytes) noexcept;
  /// The same for what a device uses in one piece, at most kHugePage bytes: it does not cross a huge page.
  std::span<std::byte> take_whole(std::size_t bytes) noexcept;

  /// Memory that is in one piece for a device as well.
  struct Piece {
    std::span<std::byte> bytes;
    std::uint64_t device_address = 0;
    std::uint64_t file_offset = 0;
  };

  /// Gives the memory device addresses: linear ones from `first` on, or physical ones. Once, before `take`.
  /// Error (refused, configuration): physical addresses are not to be had.
  Result<void> assign_addresses(DeviceAddresses addresses, std::uint64_t first);
  [[nodiscard]] DeviceAddresses addresses() const noexcept { return addresses_; }
  /// All of the memory, in order; empty without device addresses.
  [[nodiscard]] std::span<const Piece> pieces() const noexcept { return pieces_; }
  /// By which address devices know `byte` of this memory; 0 without device addresses. What a device uses in
  /// one piece must not cross a huge page.
  [[nodiscard]] std::uint64_t device_address(const std::byte* byte) const noexcept;

  [[nodiscard]] std::span<std::byte> all() const noexcept { return memory_; }
  [[nodiscard]] bool huge() const noexcept { return huge_; }
  [[nodiscard]] int node() const noexcept { return node_; }  ///< that was asked for
  [[nodiscard]] int file_descriptor() const noexcept { return fd_; }

 private:
  struct Hole;
  DmaMemory();
  Result<void> look_up_physical_pieces();

  std::span<std::byte> memory_;
  std::size_t taken_ = 0;
  std::vector<Piece> pieces_;
  std::unique_ptr<Hole> hole_;  ///< of shared memory
  int fd_ = -1;
  int node_ = -1;
  bool huge_ = false;
  DeviceAddresses addresses_ = DeviceAddresses::none;
};

}  // namespace ixyflow

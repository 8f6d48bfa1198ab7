#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/result.hpp"
#include "core/packet/batch.hpp"
#include "core/packet/dma_memory.hpp"
#include "core/packet/node_memory.hpp"
#include "core/packet/packet.hpp"

namespace ixyflow {

/// How the buffers of a pool are cut. The defaults are right for everything but jumbo frames.
struct IXYFLOW_API BufferLayout {
  std::uint32_t headroom = 128;
  std::uint32_t data_room = 2048;

  /// Bytes from one buffer to the next: an odd number of cache lines, so that the headers of a batch spread
  /// over all cache sets (with a stride of 2,048 they meet in a few, and cost five times as much). Checking
  /// builds add a red zone behind the data room.
  [[nodiscard]] std::size_t stride() const noexcept;
  /// Bytes of packet memory that `count` buffers take; none of them crosses a huge page.
  [[nodiscard]] std::size_t bytes(std::size_t count) const noexcept;
};

/// The buffers of one core, their metadata and its free list, of which the buffers alone lie in packet
/// memory: what is written there, by whomever, is never more than a spoilt frame. The list is a LIFO stack,
/// so that the buffer that was freed last, whose lines are still in the cache, is allocated first. The home
/// core allocates from it and frees into it; nobody else does either. Buffers of other pools that the home
/// core frees are collected and sent home in bulk through a ring that holds the whole pool of their home, so
/// that a return never fails. No lock and no compare-and-swap anywhere.
///
/// Ownership: an allocated buffer belongs to whoever has the pointer, one at a time, until it is freed.
///
/// `allocate`, `copy`, `free`, `send_home` and `available` may be called by the home core's thread only (by
/// the control thread while that one does not run); the rest by the control thread while no worker runs.
class IXYFLOW_API Mempool {
 public:
  /// Cuts `count` buffers from `memory`, and takes memory of the process for what is known of them, on the
  /// same node. `home` is the index of the core among the workers of the plan; `count` may be 0 for a core
  /// that creates no packets but frees those of others. Throws std::bad_alloc.
  static Result<std::unique_ptr<Mempool>> create(DmaMemory& memory, std::uint32_t count, BufferLayout layout,
                                                 std::uint32_t home);
  ~Mempool();
  Mempool(const Mempool&) = delete;
  Mempool& operator=(const Mempool&) = delete;

  /// Lets the core of `user` free buffers of `home`. Once for each pair where packets of one reach the other.
  static void connect(Mempool& home, Mempool& user);

  /// Fills `packets` from the front with empty packets (length 0, full headroom, metadata cleared) and
  /// returns how many there were: fewer than asked for only when the pool is empty. All or less; the rest of
  /// the span is untouched.
  [[nodiscard]] std::uint32_t allocate(std::span<Packet*> packets) noexcept;

  /// A copy of `original`, which may be of any pool; null when there is no buffer, or none that is large
  /// enough.
  [[nodiscard]] Packet* copy(const Packet& original) noexcept;

  /// Buffers for a port that lets a device write into them: `count` of them; fewer only when the pool is
  /// empty. What is in their metadata is anything, until FreshMetadata::write makes a packet of one. For the
  /// sake of speed they are not copied: the span is a view of the free list itself. Hence the rules:
  ///
  ///   - use buffers from the end of the span: the hottest one is there, and what is not used stays in front;
  ///   - call nothing else of this pool before you are done with the span;
  ///   - then give back what you did not use, by `leave`, before any other call.
  ///
  /// From `take` on the buffers are the caller's, but for those that it leaves. Checking builds end the
  /// program when more is left than was taken, or when the pool was used in between.
  [[nodiscard]] std::span<Packet* const> take(std::uint32_t count) noexcept;
  /// The first `count` buffers of the last `take` were not used: they are the pool's again.
  void leave(std::uint32_t count) noexcept;

  /// Takes back packets of any connected pool, without a look at them or their metadata: where they lie tells
  /// whose they are.
  void free(std::span<Packet* const> packets) noexcept;
  void free(Packet* packet) noexcept { free(std::span<Packet* const>(&packet, 1)); }

  /// Sends what was collected for other pools. The worker calls it at the end of every round, so that
  /// nobody's buffers stay here for long.
  void send_home() noexcept;

  /// Whether the packet is of this pool.
  [[nodiscard]] bool owns(const Packet* packet) const noexcept {
    return (reinterpret_cast<std::uintptr_t>(packet) ^ base()) < metadata_.bytes();
  }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] const BufferLayout& layout() const noexcept { return layout_; }
  [[nodiscard]] std::uint32_t home() const noexcept { return home_; }
  /// Buffers that are home, those in the return rings included. Equal to size() when nothing is under way.
  [[nodiscard]] std::uint32_t available() noexcept;
  /// How often fewer buffers were there than asked for.
  [[nodiscard]] std::uint64_t shortages() const noexcept { return shortages_; }

 private:
  friend class FreshMetadata;
  struct ReturnPath;  ///< from a core that frees our buffers to us, or from us to the home of what we free
  Mempool(std::uint32_t count, BufferLayout layout, std::uint32_t home);

  [[nodiscard]] std::uintptr_t base() const noexcept {
    return reinterpret_cast<std::uintptr_t>(metadata_.get());
  }
  [[nodiscard]] bool owns_all(std::span<Packet* const> packets) const noexcept;
  [[nodiscard]] Packet* const* pop(std::uint32_t& count) noexcept;
  [[nodiscard]] std::uint32_t run_short(std::uint32_t count) noexcept;
  void collect_returned() noexcept;
  [[nodiscard]] ReturnPath& path_home(const Packet* packet) noexcept;
  void free_foreign(Packet* packet) noexcept;
  // Checking builds.
  [[nodiscard]] bool& is_free(const Packet* packet) const noexcept;
  void poison(const Packet* packet) const noexcept;
  void check_popped(std::span<Packet* const> packets) const noexcept;
  void check_returned(const Packet* packet) const noexcept;

  // Read by other cores; never written after `create`.
  BufferLayout layout_;
  std::uint32_t size_;
  std::uint32_t home_;
  NodeMemory metadata_;              ///< a Packet for each buffer, one behind the other
  std::unique_ptr<bool[]> is_free_;  ///< by packet; checking builds
  bool poisons_ = false;             ///< checking builds: nobody but us writes to the buffers

  // Of the home core alone.
  alignas(kCacheLine) std::uint32_t free_ = 0;  ///< buffers in the free list
  bool collected_ = false;                      ///< something waits for send_home
  std::unique_ptr<Packet*[]> stack_;            ///< the free list: the hottest buffer is on top
  ReturnPath* last_path_ = nullptr;             ///< the one that was used last
  /// Metadata of a fresh packet, from its time stamp on.
  alignas(16) std::array<std::byte, sizeof(Packet) - Packet::kFreshFrom> fresh_;
  std::uint64_t shortages_ = 0;
  std::uint32_t may_leave_ = 0;  ///< checking builds: buffers of the last `take`, while it is the last call
  std::vector<std::unique_ptr<ReturnPath>> outgoing_;
  std::vector<ReturnPath*> incoming_;
};

/// Makes packets of buffers that a device has filled: one per receive queue, with what all its packets have
/// in common.
class IXYFLOW_API FreshMetadata {
 public:
  FreshMetadata() = default;
  FreshMetadata(const Mempool& pool, std::uint16_t input_port) noexcept;

  /// Writes all metadata of `packet`, which is from Mempool::take: full headroom and a frame of `length`
  /// bytes, which must fit the data room.
  void write(Packet& packet, Nanoseconds timestamp, std::uint32_t length) const noexcept {
    packet.timestamp = timestamp;
    static_assert(std::endian::native == std::endian::little);
    const std::uint64_t length_and_nothing_missing = length;
    auto* bytes = reinterpret_cast<std::byte*>(&packet);
    std::memcpy(bytes + kLengths, &length_and_nothing_missing, sizeof length_and_nothing_missing);
    std::memcpy(bytes + kFirst, &first_, sizeof first_);
    std::memcpy(bytes + kSecond, &second_, sizeof second_);
  }

  /// Where the data of a buffer from Mempool::take begins, whether it was written or not: for devices, and
  /// for us.
  [[nodiscard]] std::uint64_t device_address(const Packet& buffer) const noexcept {
    return buffer.buffer_address() + data_offset_;
  }
  /// From buffer_address() to where the data begins.
  [[nodiscard]] std::uint64_t data_offset() const noexcept { return data_offset_; }
  [[nodiscard]] const std::uint8_t* data(const Packet& buffer) const noexcept {
    return buffer.buffer_ + data_offset_;
  }

 private:
  using Words __attribute__((vector_size(16))) = std::uint64_t;  ///< what a register of the CPU can keep

  // Where the stretches begin that `write` writes in one go each, from the start of a packet. Whoever moves a
  // field of Packet must look here: mempool.cpp does not compile when these are no longer true.
  static constexpr std::size_t kLengths = 24;  ///< the length, and how much is missing of the frame
  static constexpr std::size_t kFirst = kLengths + sizeof(std::uint64_t);
  static constexpr std::size_t kSecond = kFirst + sizeof(Words);
  static_assert(kSecond + sizeof(Words) == sizeof(Packet), "they reach to the end of the metadata");
  static void check_layout() noexcept;

  std::uint64_t data_offset_ = 0;
  Words first_{};   ///< from the data offset to the offset of layer 3
  Words second_{};  ///< from there to the end of the cache line
};

/// Builds with IXYFLOW_CHECKS poison free buffers and know who holds each: the program ends with a report
/// when one is freed twice, is freed into an unconnected pool, or was written to behind its end or while it
/// was free. The last two not where other processes can write too.
[[nodiscard]] IXYFLOW_API bool checks_enabled() noexcept;

}  // namespace ixyflow

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "drivers/bus/barriers.hpp"

namespace ixyflow::drivers {

class Bar;

/// One register that the packet path writes. Where its page is mapped this is one store; else the write goes
/// the way of Bar::post. The caller says release_to_device() before.
class Doorbell {
 public:
  Doorbell() = default;
  /// A doorbell that is plain memory, as a device in the same process has.
  explicit Doorbell(volatile std::uint32_t* address) noexcept : address_(address) {}
  Doorbell(Bar& bar, std::uint32_t offset) noexcept;

  void ring(std::uint32_t value) const noexcept {
    if (address_ != nullptr) [[likely]]
      *address_ = value;
    else
      ring_trapped(value);
  }

 private:
  void ring_trapped(std::uint32_t value) const noexcept;

  volatile std::uint32_t* address_ = nullptr;
  Bar* bar_ = nullptr;
  std::uint32_t offset_ = 0;
};

/// A base address region of a PCI function: registers. Pages that could be mapped are plain volatile
/// accesses; all others are messages or system calls. A device that is gone reads as all ones, as on the bus,
/// and ignores writes: whoever reads a register must be ready for it.
///
/// Registers are written in the order of the calls, and after what was written to memory before; what a read
/// of a register tells of is in memory for whoever reads that afterwards. Also where the pages are normal
/// memory, which a model in another process shares.
///
/// Any thread may call everything here, but for what a kind of region says. Offsets are naturally aligned and
/// below size(); an access outside reads as all ones.
class Bar {
 public:
  virtual ~Bar() = default;
  Bar(const Bar&) = delete;
  Bar& operator=(const Bar&) = delete;

  /// T is std::uint8_t, std::uint16_t or std::uint32_t; registers are little-endian.
  template <class T>
  [[nodiscard]] T read(std::uint32_t offset) noexcept {
    static_assert(sizeof(T) <= 4);
    if (!inside(offset, sizeof(T))) return static_cast<T>(~T{0});
    if (const auto* address = mapped(offset)) {
      const T value = *reinterpret_cast<const volatile T*>(address);
      acquire_from_device();
      return value;
    }
    return static_cast<T>(read_trapped(offset, sizeof(T)));
  }
  template <class T>
  void write(std::uint32_t offset, T value) noexcept {
    static_assert(sizeof(T) <= 4);
    if (!inside(offset, sizeof(T))) return;
    if (auto* address = mapped(offset)) {
      release_to_device();
      *reinterpret_cast<volatile T*>(address) = value;
    } else {
      write_trapped(offset, value, sizeof(T));
    }
  }

  /// Writes a doorbell. Nobody waits for the device: one that takes nothing now gets the last value later.
  /// Where several doorbells share a place, `which` has the bits of the value that tell them apart.
  template <class T>
  void post(std::uint32_t offset, T value, T which = 0) noexcept {
    static_assert(sizeof(T) == 2 || sizeof(T) == 4);
    if (!inside(offset, sizeof(T))) return;
    if (auto* address = mapped(offset)) {
      release_to_device();
      *reinterpret_cast<volatile T*>(address) = value;
    } else {
      post_trapped(offset, value, sizeof(T), which);
    }
  }

  /// Where the byte at `offset` is mapped; nullptr where it is not, as outside of the region.
  [[nodiscard]] volatile std::uint8_t* mapped(std::uint32_t offset) const noexcept {
    if (offset >= size_) return nullptr;
    volatile std::uint8_t* page = pages_[offset / kPage];
    return page != nullptr ? page + offset % kPage : nullptr;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 protected:
  static constexpr std::uint32_t kPage = 4096;

  explicit Bar(std::size_t size) : size_(size), pages_((size + kPage - 1) / kPage) {}
  /// Says where `bytes` bytes from `offset` on are mapped: whole pages, or all up to the region's end. Before
  /// anybody reads or writes.
  void set_mapped(std::uint32_t offset, std::size_t bytes, void* address) noexcept {
    auto* page = static_cast<volatile std::uint8_t*>(address);
    for (std::size_t done = 0; done < bytes; done += kPage) pages_[(offset + done) / kPage] = page + done;
  }

  /// `bytes` is 1, 2 or 4. All ones when the device does not answer.
  virtual std::uint32_t read_trapped(std::uint32_t offset, std::uint32_t bytes) noexcept = 0;
  virtual void write_trapped(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) noexcept = 0;
  virtual void post_trapped(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes,
                            std::uint32_t /*which*/) noexcept {
    write_trapped(offset, value, bytes);
  }

 private:
  [[nodiscard]] bool inside(std::uint32_t offset, std::uint32_t bytes) const noexcept {
    return offset < size_ && bytes <= size_ - offset;
  }

  std::size_t size_;
  std::vector<volatile std::uint8_t*> pages_;
};

inline Doorbell::Doorbell(Bar& bar, std::uint32_t offset) noexcept
    : address_(reinterpret_cast<volatile std::uint32_t*>(bar.mapped(offset))), bar_(&bar), offset_(offset) {}

inline void Doorbell::ring_trapped(std::uint32_t value) const noexcept {
  if (bar_ != nullptr) bar_->post<std::uint32_t>(offset_, value);
}

}  // namespace ixyflow::drivers

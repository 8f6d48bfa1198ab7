#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/os/file_descriptor.hpp"
#include "core/os/passed_descriptors.hpp"
#include "core/packet/dma_memory.hpp"
#include "drivers/virtio/device/queues.hpp"

namespace ixyflow::bench {

/// The least that a guest can do to a pair of the rings that it shares with the port `vhost`, as
/// TrivialVirtio is for the other end: it sends frames of 64 bytes, always the same ones, and has a buffer
/// for every frame that it is sent. It polls, and wants no calls.
template <bool kPacked>
class TrivialGuest {
 public:
  static constexpr std::uint32_t kFrame = 64;  ///< bytes, without FCS

  TrivialGuest(DmaMemory& /*memory*/, std::uint32_t descriptors, std::uint32_t data_room)
      : file_(::memfd_create("guest", MFD_CLOEXEC)), size_(descriptors) {
    memory_ = ::ftruncate(file_.get(), kBytes) == 0 ? map_as_device() : nullptr;
    void* const mine = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
    if (memory_ == nullptr || mine == MAP_FAILED) return;
    begin_ = static_cast<std::byte*>(mine);
    sends_.begin(*this, 0, drivers::virtio::kWholeHeader + kFrame, 0);
    receives_.begin(*this, kBytes / 2, drivers::virtio::kWholeHeader + data_room,
                    drivers::virtio::split::kWrite);
  }
  ~TrivialGuest() {
    if (begin_ != nullptr) ::munmap(begin_, kBytes);
  }
  TrivialGuest(const TrivialGuest&) = delete;
  TrivialGuest& operator=(const TrivialGuest&) = delete;

  bool start(const QueueContext& context) {
    if (begin_ == nullptr) return false;
    receive.attach(context);
    transmit.attach(context);
    receive.add(receive_ring_);
    transmit.add(transmit_ring_);
    // The first call of a worker says that it is there; then it can be given its ring.
    static_cast<void>(receive_ring_.usable() || transmit_ring_.usable());
    receive_ring_.give(set_up(0));
    transmit_ring_.give(set_up(kBytes / 2));
    return true;
  }
  void stop() noexcept {}

  /// Sends `frames` frames, and gives as many buffers as it sent frames before.
  void work(std::uint32_t frames) noexcept {
    receives_.offer(first_ ? size_ : sent_);
    sends_.offer(frames);
    sent_ = frames;
    first_ = false;
  }
  void forget() noexcept {}

  drivers::vhost::ReceiveQueue receive;
  drivers::vhost::TransmitQueue transmit;

 private:
  static constexpr std::size_t kBytes = std::size_t{4} << 20;
  static constexpr std::uint64_t kAddress = 0x1'0000'0000;  ///< where the guest has its memory
  // Where things are in the half of it that a ring has.
  static constexpr std::size_t kDriver = 64U << 10;
  static constexpr std::size_t kDevice = 128U << 10;
  static constexpr std::size_t kBuffers = 192U << 10;

  /// The guest's side of one ring: every descriptor is a chain of its own, and keeps its buffer.
  struct Side {
    void begin(TrivialGuest& guest, std::size_t at, std::uint32_t length, std::uint16_t direction) noexcept {
      size = guest.size_;
      descriptors = reinterpret_cast<volatile std::uint64_t*>(guest.begin_ + at);
      index = reinterpret_cast<volatile std::uint16_t*>(guest.begin_ + at + kDriver) + 1;
      // NO_INTERRUPT, and RING_EVENT_FLAGS_DISABLE.
      *(index - (kPacked ? 0 : 1)) = 1;
      rest = length | std::uint64_t{direction} << (kPacked ? 48 : 32);
      for (std::uint32_t i = 0; i < size; ++i) {
        descriptors[2U * i] = kAddress + at + kBuffers + std::size_t{2304} * i;
        if constexpr (!kPacked) {
          descriptors[2U * i + 1] = rest;
          *(index + 1 + i) = static_cast<std::uint16_t>(i);
        }
      }
    }
    void offer(std::uint32_t count) noexcept {
      if constexpr (!kPacked) {
        *index = done = static_cast<std::uint16_t>(done + count);
        return;
      }
      for (; count > 0; --count) {
        descriptors[2U * slot + 1] = rest | std::uint64_t{slot} << 32 | flags << 48;
        if (++slot == size) {
          slot = 0;
          flags ^= 0x8080;
        }
      }
    }

    volatile std::uint64_t* descriptors = nullptr;
    volatile std::uint16_t* index = nullptr;
    std::uint32_t size = 0;
    std::uint32_t slot = 0;
    std::uint64_t rest = 0;
    std::uint64_t flags = 0x80;
    std::uint16_t done = 0;
  };

  /// Hands the memory over as a front end does, with its descriptor in a message.
  std::unique_ptr<drivers::vhost::GuestMemory> map_as_device() {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) != 0) return nullptr;
    const FileDescriptor here(pair[0]);
    const FileDescriptor there(pair[1]);
    std::array<std::byte, 1> byte{};
    const int file = file_.get();
    PassedDescriptors files;
    if (send_passing(here.get(), byte, std::span(&file, 1)) != 1 || files.receive(there.get(), byte) != 1)
      return nullptr;
    drivers::vhost_user::MemoryTable table;
    table.count = 1;
    table.regions[0] = {kAddress, kBytes, kAddress, 0};
    auto mapped = drivers::vhost::GuestMemory::map(table, files);
    return mapped ? std::move(*mapped) : nullptr;
  }
  drivers::vhost::RingSetup set_up(std::size_t at) {
    auto* const base = reinterpret_cast<std::byte*>(memory_->translate(kAddress + at, 1));
    return {.packed = kPacked,
            .size = static_cast<std::uint16_t>(size_),
            .descriptors = base,
            .driver = base + kDriver,
            .device = base + kDevice,
            .position = {},
            .memory = memory_.get(),
            .header_bytes = drivers::virtio::kWholeHeader};
  }

  FileDescriptor file_;
  std::uint32_t size_;
  std::unique_ptr<drivers::vhost::GuestMemory> memory_;
  std::byte* begin_ = nullptr;
  drivers::vhost::ReceiveRing receive_ring_;
  drivers::vhost::TransmitRing transmit_ring_;
  Side sends_;
  Side receives_;
  std::uint32_t sent_ = 0;
  bool first_ = true;
};

}  // namespace ixyflow::bench

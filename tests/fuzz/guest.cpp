#include "tests/fuzz/guest.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace ixyflow::fuzz {

namespace {

constexpr std::uint32_t kGuestBuffers = 32;
/// Small buffers, because those that are free are looked at and written to as a whole.
constexpr BufferLayout kGuestLayout{.headroom = 128, .data_room = 256};

}  // namespace

GuestFile::GuestFile() {
  expect(::ftruncate(file_.fd(), kBytes) == 0, "a guest has memory");
  void* address = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_.fd(), 0);
  expect(address != MAP_FAILED, "a guest's memory can be mapped");
  memory_ = static_cast<std::uint8_t*>(address);
}

void GuestFile::clear() noexcept {
  std::memset(memory_, 0, kBytes);
}

void GuestFile::write(std::size_t offset, Bytes bytes) noexcept {
  offset %= kBytes;
  std::ranges::copy(bytes.first(std::min(bytes.size(), kBytes - offset)), memory_ + offset);
}

GuestBench::GuestBench()
    : memory_(std::move(*DmaMemory::allocate(kGuestLayout.bytes(kGuestBuffers), Pages::small, -1))),
      pool_(std::move(*Mempool::create(memory_, kGuestBuffers, kGuestLayout, 0))) {}

void GuestBench::receive(drivers::vhost::ReceiveQueue& queue, std::uint32_t burst) {
  std::array<Packet*, kGuestBuffers> packets;
  const std::uint32_t count = queue.receive(std::span(packets).first(std::min(burst, kGuestBuffers)));
  for (Packet* packet : std::span(packets).first(count)) {
    expect(packet->length() >= 14 && packet->length() <= pool_->layout().data_room,
           "a frame has a length that can be");
    std::memset(packet->data(), 0x77, packet->length());
  }
  pool_->free(std::span(packets).first(count));
}

void GuestBench::transmit(drivers::vhost::TransmitQueue& queue, std::uint32_t count, std::uint32_t length) {
  std::array<Packet*, kGuestBuffers> packets;
  const auto all =
      std::span(packets).first(pool_->allocate(std::span(packets).first(std::min(count, kGuestBuffers))));
  for (Packet* packet : all) packet->set_length(std::min(length, packet->tailroom()));
  const std::uint32_t room = queue.room();
  const std::uint32_t taken = queue.transmit(all);
  expect(room <= kMaxBatch && taken <= all.size(), "no more is taken than there is");
  pool_->free(all.subspan(taken));
}

void GuestBench::check() const {
  expect(pool_->available() == pool_->size(), "every buffer comes home");
}

}  // namespace ixyflow::fuzz

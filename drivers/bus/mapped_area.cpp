#include "drivers/bus/mapped_area.hpp"

#include <sys/mman.h>

#include <utility>

namespace ixyflow::drivers {

MappedArea::MappedArea(int fd, std::uint64_t offset, std::size_t bytes, std::atomic<bool>& gone) {
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (address == MAP_FAILED) return;
  memory_ = {static_cast<std::byte*>(address), bytes};
  watch_ = std::make_unique<VanishingMemory>(memory_, gone);
}

MappedArea::~MappedArea() {
  if (memory_.empty()) return;
  watch_.reset();
  ::munmap(memory_.data(), memory_.size());
}

MappedArea::MappedArea(MappedArea&& other) noexcept
    : memory_(std::exchange(other.memory_, {})), watch_(std::move(other.watch_)) {}

}  // namespace ixyflow::drivers

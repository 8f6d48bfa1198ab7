#include "tools/ixgbe-model/card/receive/late_writes.hpp"

#include <array>

namespace ixyflow::model {

void LateWrites::add(Nanoseconds due, const DescriptorRing& ring, std::uint32_t index,
                     const Descriptor& descriptor, std::uint64_t buffer) {
  if (writes_.size() >= kMost) return;
  writes_.push_back({due, ring, index, descriptor, buffer});
  writes_.back().ring.close();  // its memory may be gone by then
}

void LateWrites::perform(Write& write, GuestMemory& memory) noexcept {
  std::array<std::byte, kPatternBytes> pattern;
  pattern.fill(kPattern);
  if (write.buffer != 0) memory.write(write.buffer, pattern);
  write.ring.store(memory, write.index, write.descriptor);
}

void LateWrites::poll(Nanoseconds now, GuestMemory& memory) noexcept {
  std::erase_if(writes_, [now, &memory](Write& write) {
    if (now < write.due) return false;
    perform(write, memory);
    return true;
  });
}

}  // namespace ixyflow::model

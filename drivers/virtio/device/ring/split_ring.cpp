#include "drivers/virtio/device/ring/split_ring.hpp"

#include <cstdint>

namespace ixyflow::drivers::vhost {

using namespace virtio::split;

template <class Cpu>
Found SplitRingOf<Cpu>::gather(const GuestMemory& memory, std::uint16_t direction, Chain& chain) noexcept {
  chain.begin();
  const std::uint16_t head = read_once(available_->entries()[next_ & (size_ - 1U)]);
  if (head >= size_) {
    fault_ = "it names a descriptor that its ring has not";
    return Found::fault;
  }
  ++next_;
  chain.id = head;
  chain.slots = 1;
  chain.good = follow(memory, direction, head, chain);
  return Found::chain;
}

/// Follows a chain of descriptors to its end (2.7.5). False: a descriptor that is not there, a table in a
/// table, or a chain without end.
template <class Cpu>
bool SplitRingOf<Cpu>::follow(const GuestMemory& memory, std::uint16_t direction, std::uint16_t head,
                              Chain& chain) const noexcept {
  const virtio::SplitDescriptor* table = descriptors_;
  std::uint32_t entries = size_;
  Descriptor descriptor = read(table[head]);
  if ((descriptor.flags & kIndirect) != 0) {
    // 2.7.5.3: a table of its own, whose chain begins with its first entry and stays in it.
    entries = static_cast<std::uint32_t>(descriptor.length / sizeof *table);
    const bool whole = descriptor.length % sizeof *table == 0 && (descriptor.flags & kNext) == 0;
    const std::uint8_t* place = memory.translate(descriptor.address, descriptor.length);
    if (!whole || entries == 0 || entries > kMaxSize || place == nullptr ||
        reinterpret_cast<std::uintptr_t>(place) % alignof(std::uint64_t) != 0)
      return false;
    table = reinterpret_cast<const virtio::SplitDescriptor*>(place);
    descriptor = read(table[0]);
  }
  for (std::uint32_t steps = 0; steps < entries; ++steps) {
    if ((descriptor.flags & kIndirect) != 0) return false;
    chain.add(memory, descriptor, direction);
    if (!chain.good || (descriptor.flags & kNext) == 0) return chain.good;
    if (descriptor.next >= entries) return false;
    descriptor = read(table[descriptor.next]);
  }
  return false;
}

template class SplitRingOf<HostCpu>;

}  // namespace ixyflow::drivers::vhost

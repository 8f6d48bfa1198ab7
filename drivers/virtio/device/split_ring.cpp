#include "drivers/virtio/device/split_ring.hpp"

namespace ixyflow::drivers::vhost {

using namespace virtio::split;

Found SplitRing::gather(const GuestMemory& memory, std::uint16_t direction, Chain& chain) noexcept {
  chain.begin();
  const std::uint16_t head = load(available_->entries()[next_ & (size_ - 1U)]);
  if (head >= size_) return fault_ = "it names a descriptor that its ring has not", Found::fault;
  ++next_;
  chain.id = head;
  chain.slots = 1;
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
      return chain.good = false, Found::chain;
    table = reinterpret_cast<const virtio::SplitDescriptor*>(place);
    descriptor = read(table[0]);
  }
  for (std::uint32_t steps = 0; steps < entries; ++steps) {
    if ((descriptor.flags & kIndirect) != 0) break;
    chain.add(memory, descriptor, direction);
    if (!chain.good || (descriptor.flags & kNext) == 0) return Found::chain;
    if (descriptor.next >= entries) break;
    descriptor = read(table[descriptor.next]);
  }
  // A table in a table, a descriptor that is not there, or a chain without end.
  return chain.good = false, Found::chain;
}

}  // namespace ixyflow::drivers::vhost

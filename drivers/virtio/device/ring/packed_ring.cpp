#include "drivers/virtio/device/ring/packed_ring.hpp"

namespace ixyflow::drivers::vhost {

using namespace virtio::packed;

template <class Cpu>
Found PackedRingOf<Cpu>::gather(const GuestMemory& memory, std::uint16_t direction, Chain& chain) noexcept {
  chain.begin();
  RingPosition at = next_;
  std::uint64_t rest = Words::read_acquire(descriptors_[at.index].rest);
  if (!available(rest, at.wrap)) return Found::none;
  // To its end in every case: it is known by its last descriptor, and what follows begins behind it.
  for (;;) {
    const Descriptor descriptor = read(descriptors_[at.index], rest);
    advance(at, 1);
    ++chain.slots;
    chain.id = descriptor.id;
    const bool more = (descriptor.flags & kNext) != 0;
    if ((descriptor.flags & kIndirect) == 0)
      chain.add(memory, descriptor, direction);
    else if (chain.slots == 1 && !more)
      gather_indirect(memory, descriptor, direction, chain);
    else
      chain.good = false;
    if (!more) break;
    if (chain.slots == size_) {
      fault_ = "it made a chain that is longer than its ring";
      return Found::fault;
    }
    rest = Words::read_acquire(descriptors_[at.index].rest);
  }
  next_ = at;
  return Found::chain;
}

/// 2.8.7: a table of its own, of which every entry counts.
template <class Cpu>
void PackedRingOf<Cpu>::gather_indirect(const GuestMemory& memory, const Descriptor& table,
                                        std::uint16_t direction, Chain& chain) noexcept {
  const std::uint32_t entries = table.length / sizeof(virtio::PackedDescriptor);
  const std::uint8_t* place = memory.translate(table.address, table.length);
  chain.good = table.length % sizeof(virtio::PackedDescriptor) == 0 && entries != 0 &&
               entries <= Chain::kMostPieces && place != nullptr &&
               reinterpret_cast<std::uintptr_t>(place) % alignof(std::uint64_t) == 0;
  const auto* descriptors = reinterpret_cast<const virtio::PackedDescriptor*>(place);
  for (std::uint32_t i = 0; chain.good && i < entries; ++i) {
    const Descriptor descriptor = read(descriptors[i], read_once(descriptors[i].rest));
    chain.add(memory, descriptor, direction);
  }
}

template class PackedRingOf<HostCpu>;

}  // namespace ixyflow::drivers::vhost

#pragma once

#include <algorithm>
#include <array>

#include "core/element/element.hpp"
#include "core/element/registry.hpp"
#include "core/element/spec.hpp"

namespace ixyflow {

/// An element that looks at one packet at a time: `Self` has
///   PortIndex handle(Packet& packet) noexcept;        // or handle(Packet&, Outputs&)
/// which returns the output, drop or consumption that the packet leaves by. The loop over the batch is
/// written here: one virtual call per batch, none per packet; a batch that goes whole to one exit is handed
/// over. A `Self` that also has
///   void start_batch() noexcept;
/// is called with it before the packets of each batch: to load the version of a resource.
template <class Self>
class PacketElement : public Element {
 public:
  /// Who it is that handles packets.
  using Handler = Self;
  /// Every packet leaves by exactly one exit: see ElementSpec::one_way.
  static constexpr bool kOneWay = true;

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept final {
    Self& self = static_cast<Self&>(*this);
    if constexpr (requires { self.start_batch(); }) {
      static_assert(noexcept(self.start_batch()),
                    "start_batch must be noexcept: the packet path cannot throw");
      self.start_batch();
    }
    const std::uint32_t count = batch.size();
    const PortIndex first = call(self, *batch[0], outputs);
    for (std::uint32_t i = 1; i < count; ++i) {
      const PortIndex exit = call(self, *batch[i], outputs);
      if (exit != first) [[unlikely]]
        return split(batch, outputs, first, i, exit);
    }
    outputs.forward(first, batch);
  }

 private:
  /// The packets before `i` leave by `first`, that at `i` by `exit`; the rest is handled here.
  void split(Batch& batch, Outputs& outputs, PortIndex first, std::uint32_t i, PortIndex exit) noexcept {
    std::array<PortIndex, kMaxBatch> exits;
    std::fill_n(exits.begin(), i, first);
    exits[i] = exit;
    while (++i < batch.size()) exits[i] = call(static_cast<Self&>(*this), *batch[i], outputs);
    outputs.split(batch, exits.data());
  }

  static PortIndex call(Self& self, Packet& packet, Outputs& outputs) noexcept {
    if constexpr (requires { self.handle(packet, outputs); }) {
      static_assert(noexcept(self.handle(packet, outputs)),
                    "handle must be noexcept: the packet path cannot throw");
      return self.handle(packet, outputs);
    } else {
      static_assert(noexcept(self.handle(packet)), "handle must be noexcept: the packet path cannot throw");
      return self.handle(packet);
    }
  }
};

}  // namespace ixyflow

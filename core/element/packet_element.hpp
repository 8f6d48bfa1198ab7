#pragma once

#include <array>
#include <concepts>

#include "core/element/element.hpp"
#include "core/element/registry.hpp"
#include "core/element/spec.hpp"

namespace ixyflow {

/// An element that looks at one packet at a time: `Self` has
///   PortIndex handle(Packet& packet) noexcept;        // or handle(Packet&, Outputs&)
/// which returns the output, drop or consumption that the packet leaves by. The loop over the batch is
/// written here: one virtual call per batch, none per packet; a batch that goes whole to one exit is handed
/// over.
template <class Self>
class PacketElement : public Element {
 public:
  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept final {
    std::array<PortIndex, kMaxBatch> exits;
    Self& self = static_cast<Self&>(*this);
    const std::uint32_t count = batch.size();
    exits[0] = call(self, *batch[0], outputs);
    PortIndex differing = 0;
    for (std::uint32_t i = 1; i < count; ++i) {
      exits[i] = call(self, *batch[i], outputs);
      differing = static_cast<PortIndex>(differing | (exits[i] ^ exits[0]));
    }
    if (differing == 0) [[likely]]
      outputs.forward(exits[0], batch);
    else
      outputs.split(batch, exits.data());
  }

 private:
  static PortIndex call(Self& self, Packet& packet, Outputs& outputs) noexcept {
    if constexpr (requires {
                    { self.handle(packet, outputs) } -> std::same_as<PortIndex>;
                  }) {
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

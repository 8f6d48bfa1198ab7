#include <cstdint>

#include "core/element/packet_element.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::elements {

class HashSwitch final : public PacketElement<HashSwitch> {
 public:
  static void describe(Spec<HashSwitch>& spec) {
    spec.doc(
            "Spreads flows over as many outputs as are wired: all packets of a connection, both "
            "directions, leave by the same output, in order. By the flow hash (symmetric Toeplitz over "
            "addresses, protocol and ports; without ports for fragments; over MAC addresses and EtherType "
            "for what is not IP), where Click's HashSwitch takes an offset and a length.")
        .outputs_as_wired()
        .keeps_length();
    spec.param(
        "salt", &HashSwitch::salt_,
        "elements of one salt and as many outputs agree about every flow; behind another HashSwitch, take another");
  }

  void configure(Configuration& configuration) override {
    outputs_ = configuration.outputs;
    if (outputs_ == 0) configuration.error("", "has no output wired");
  }

  PortIndex handle(Packet& packet) noexcept {
    return static_cast<PortIndex>((std::uint64_t{mix(flow_hash(packet) ^ salt_)} * outputs_) >> 32);
  }

 private:
  /// Lets every bit of the hash change every bit of the result (the finaliser of MurmurHash3). NICs and rings
  /// between cores spread by the same hash, so that what arrives here may have one kind of hash only: taken
  /// as it is, it would use only some of the outputs.
  static std::uint32_t mix(std::uint32_t hash) noexcept {
    hash ^= hash >> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >> 13;
    hash *= 0xc2b2ae35;
    return hash ^ hash >> 16;
  }

  std::uint32_t salt_ = 0;
  std::uint32_t outputs_ = 1;
};

IXYFLOW_ELEMENT(HashSwitch);

}  // namespace ixyflow::elements

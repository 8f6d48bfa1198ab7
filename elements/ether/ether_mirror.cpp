#include <cstdint>
#include <cstring>
#include <utility>

#include "core/element/packet_element.hpp"
#include "core/net/headers.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::elements {

class EtherMirror final : public PacketElement<EtherMirror> {
  enum : PortIndex { kOut, kTruncated };

 public:
  static void describe(Spec<EtherMirror>& spec) {
    spec.doc(
            "Swaps the source and the destination MAC address, so that a frame goes back where it came from. "
            "Does what Click's EtherMirror does.")
        .output(kOut, "out", "the frame with its addresses swapped")
        .drop(kTruncated, "truncated", "shorter than an Ethernet header")
        .keeps_length();
  }

  PortIndex handle(Packet& packet) noexcept {
    if (packet.length() >= sizeof(Bytes)) [[likely]] {
      swap_in_register(packet.data());
      return kOut;
    }
    EtherHeader* ether = header_at<EtherHeader>(bytes_of(packet), 0);
    if (ether == nullptr) return kTruncated;
    std::swap(ether->destination, ether->source);
    return kOut;
  }

 private:
  using Bytes [[gnu::vector_size(16)]] = std::uint8_t;

  /// Both addresses move in one shuffle of the first 16 bytes; the last four stay where they are.
  static void swap_in_register(std::uint8_t* frame) noexcept {
    Bytes bytes;
    std::memcpy(&bytes, frame, sizeof bytes);
    bytes = __builtin_shufflevector(bytes, bytes, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13, 14, 15);
    std::memcpy(frame, &bytes, sizeof bytes);
  }
};

IXYFLOW_ELEMENT(EtherMirror);

}  // namespace ixyflow::elements

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "core/element/packet_element.hpp"
#include "core/net/addresses.hpp"
#include "core/net/headers.hpp"

namespace ixyflow::elements {

class EtherRewrite final : public PacketElement<EtherRewrite> {
  enum : PortIndex { kOut, kTruncated };

 public:
  static void describe(Spec<EtherRewrite>& spec) {
    spec.doc(
            "Writes new MAC addresses into the Ethernet header. Click's EtherRewrite needs both addresses; "
            "here the one that is not given stays.")
        .example(R"([elements.macs]
type = "EtherRewrite"
src = "02:00:00:00:00:01"
dst = "02:00:00:00:00:02"
[graph]
paths = ["in -> macs -> out"])")
        .output(kOut, "out", "the frame with its new addresses")
        .drop(kTruncated, "truncated", "shorter than an Ethernet header")
        .keeps_length();
    spec.param("src", &EtherRewrite::source_, "new source address; without it the old one stays").or_port();
    spec.param("dst", &EtherRewrite::destination_, "new destination address; without it the old one stays");
  }

  void configure(Configuration& configuration) override {
    if (!source_ && !destination_) configuration.warning("", "changes nothing", "give 'src', 'dst' or both");
    update();
  }

  void update() noexcept override {
    keep_ = kAll;
    set_ = {};
    replace(destination_, offsetof(EtherHeader, destination));
    replace(source_, offsetof(EtherHeader, source));
  }

  PortIndex handle(Packet& packet) noexcept {
    if (packet.length() < sizeof(EtherHeader)) [[unlikely]]
      return kTruncated;
    std::uint8_t* const frame = packet.data();
    edit(frame, keep_.first, set_.first);
    edit(frame + sizeof keep_.first, keep_.rest, set_.rest);
    return kOut;
  }

 private:
  /// Both addresses as two numbers: they change with two masks, and not a byte behind them is touched.
  struct [[gnu::packed]] Addresses {
    std::uint64_t first;
    std::uint32_t rest;
  };
  static_assert(sizeof(Addresses) == offsetof(EtherHeader, type));
  static constexpr Addresses kAll{.first = ~std::uint64_t{0}, .rest = ~std::uint32_t{0}};

  template <class Number>
  static void edit(std::uint8_t* at, Number keep, Number set) noexcept {
    Number number;
    std::memcpy(&number, at, sizeof number);
    number = (number & keep) | set;
    std::memcpy(at, &number, sizeof number);
  }

  void replace(const std::optional<EtherAddress>& address, std::size_t offset) noexcept {
    if (!address) return;
    std::memset(reinterpret_cast<std::uint8_t*>(&keep_) + offset, 0, sizeof *address);
    std::memcpy(reinterpret_cast<std::uint8_t*>(&set_) + offset, &*address, sizeof *address);
  }

  std::optional<EtherAddress> source_;
  std::optional<EtherAddress> destination_;
  Addresses keep_ = kAll;
  Addresses set_{};
};

IXYFLOW_ELEMENT(EtherRewrite);

}  // namespace ixyflow::elements

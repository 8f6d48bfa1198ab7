#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "core/element/packet_element.hpp"
#include "core/packet/layers.hpp"
#include "elements/ether/ether_table.hpp"

namespace ixyflow::elements {

class EtherSwitch final : public Element {
  enum : PortIndex { kSamePort = kFirstDrop, kReserved, kNoOutput, kBadSource, kSpoofed, kTruncated };

 public:
  static void describe(Spec<EtherSwitch>& spec) {
    spec.doc(
            "A learning bridge (IEEE 802.1D-2004, 7): input N and output N are one port of it; an output "
            "without an input only sends. It notes behind which port each source address is, sends a frame "
            "to the port of its destination, and floods what has a group address or one that nobody has "
            "been heard from: to all ports but the one where it came from. VLAN tags are not looked at: all "
            "VLANs share one table. Unlike Click's EtherSwitch it takes the table by its name, so that "
            "copies on several cores share it, and entries can be seen, added and removed while it works. "
            "There is no spanning tree: do not build loops. Against stations that take others' addresses "
            "there is `check_source`, against those that take thousands the `learning_limit` of the table.")
        .example(R"([resources.stations]
type = "EtherTable"

[elements.bridge]
type = "EtherSwitch"
table = "stations"

[graph]
paths = ["in -> [0]bridge", "bridge[0] -> out"])")
        .inputs_as_wired()
        .outputs_as_wired()
        .creates()
        .filter(kSamePort, "same_port", "its destination is where it came from")
        .filter(kReserved, "reserved",
                "to an address that no bridge forwards: 01:80:C2:00:00:00 to 0F (7.12.6)")
        .drop(kNoOutput, "no_output", "the output of its entry is not wired")
        .drop(kBadSource, "bad_source", "its source is a group address, or 00:00:00:00:00:00")
        .drop(kSpoofed, "spoofed", "no static entry has its source behind its port, one of `check_source`")
        .drop(kTruncated, "truncated", "shorter than an Ethernet header")
        .counter("learned", &EtherSwitch::learned_, "addresses that were new")
        .counter("moved", &EtherSwitch::moved_, "addresses that were seen behind another port than before")
        .counter("not_learned", &EtherSwitch::not_learned_, "addresses that the table had no room for")
        .counter("over_limit", &EtherSwitch::over_limit_,
                 "addresses that were not learned because their port has `learning_limit` of them")
        .counter("flooded", &EtherSwitch::flooded_, "frames that were flooded");
    spec.resource("table", &EtherSwitch::table_, "EtherTable", "what it learns into and looks up in");
    spec.param("check_source", &EtherSwitch::check_source_,
               "ports that only stations with a static entry for that port may send from; nothing is learned "
               "there");
  }

  void configure(Configuration& configuration) override {
    ports_ = configuration.outputs;
    if (configuration.inputs > ports_)
      return configuration.error(
          "", fmt::format("has {} inputs and {} outputs: input N and output N are one port, and each port "
                          "needs its output",
                          configuration.inputs, ports_));
    for (const PortIndex port : check_source_)
      if (port >= configuration.inputs)
        return configuration.error("check_source", fmt::format("has no input {}: those are 0 to {}", port,
                                                               configuration.inputs - 1));
    if (const PortIndex largest = table_->largest_output();
        largest != EtherTable::kUnknown && largest >= ports_)
      return configuration.error(
          "table", fmt::format("'{}' has an entry for output {}, which is not wired", table_.name, largest));
    table_->limit_outputs(ports_);
  }

  void process(PortIndex input, Batch& batch, Outputs& outputs) noexcept override {
    const std::uint32_t now = table_->seconds(outputs.now());
    const bool checked = std::ranges::find(check_source_, input) != check_source_.end();
    for (Packet* packet : batch) {
      const auto* ether = header_at<EtherHeader>(bytes_of(*packet), 0);
      if (ether == nullptr) [[unlikely]] {
        outputs.push(kTruncated, packet);
        continue;
      }
      if (ether->source.is_group() || ether->source == kNobody) [[unlikely]] {
        outputs.push(kBadSource, packet);
        continue;
      }
      if (!checked) [[likely]] {
        learn(ether->source, input, now);
      } else if (!table_->has_static(ether->source, input)) {
        outputs.push(kSpoofed, packet);
        continue;
      }
      const PortIndex exit = exit_of(ether->destination, input, now);
      if (exit == EtherTable::kUnknown)
        flood(packet, input, outputs);
      else
        outputs.push(exit, packet);
    }
  }

 private:
  static constexpr EtherAddress kNobody{};
  static constexpr std::array<std::uint8_t, 5> kReservedPrefix{0x01, 0x80, 0xc2, 0x00, 0x00};

  void learn(const EtherAddress& source, PortIndex input, std::uint32_t now) noexcept {
    switch (table_->learn(source, input, now)) {
      case EtherTable::Learned::nothing:
        break;
      case EtherTable::Learned::added:
        ++learned_;
        break;
      case EtherTable::Learned::moved:
        ++moved_;
        break;
      case EtherTable::Learned::full:
        ++not_learned_;
        break;
      case EtherTable::Learned::limited:
        ++over_limit_;
        break;
    }
  }

  /// kUnknown: to be flooded.
  [[nodiscard]] PortIndex exit_of(const EtherAddress& destination, PortIndex input,
                                  std::uint32_t now) const noexcept {
    if (destination.is_group()) return is_reserved(destination) ? PortIndex{kReserved} : EtherTable::kUnknown;
    const PortIndex output = table_->find(destination, now);
    if (output == EtherTable::kUnknown) return output;
    if (output == input) return kSamePort;
    return output < ports_ ? output : PortIndex{kNoOutput};
  }

  [[nodiscard]] static bool is_reserved(const EtherAddress& address) noexcept {
    for (std::size_t i = 0; i < kReservedPrefix.size(); ++i)
      if (address.bytes[i] != kReservedPrefix[i]) return false;
    return address.bytes[5] < 0x10;
  }

  /// The frame itself leaves by the last port, the others get copies as long as there are buffers.
  void flood(Packet* packet, PortIndex input, Outputs& outputs) noexcept {
    if (ports_ == 1) return outputs.push(kSamePort, packet);
    ++flooded_;
    const auto last = static_cast<PortIndex>(ports_ - 1 - (input == ports_ - 1 ? 1 : 0));
    for (PortIndex output = 0; output < last; ++output) {
      if (output == input) continue;
      if (Packet* const copy = outputs.copy(*packet)) outputs.push(output, copy);
    }
    outputs.push(last, packet);
  }

  ResourceRef<EtherTable> table_;
  std::vector<PortIndex> check_source_;
  PortIndex ports_ = 0;
  Counter learned_;
  Counter moved_;
  Counter not_learned_;
  Counter over_limit_;
  Counter flooded_;
};

IXYFLOW_ELEMENT(EtherSwitch);

}  // namespace ixyflow::elements

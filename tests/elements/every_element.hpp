#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/element/registry.hpp"
#include "tests/elements/io/fake_port.hpp"
#include "tests/support/element_harness.hpp"

/// What the tests that hold for every registered element share.
namespace ixyflow::test {

inline std::vector<const ElementSpec*> every_element() {
  return ElementRegistry::instance().all();
}

/// The parameters without which the element is refused, with the examples that it declares, in TOML.
inline std::string required_parameters(const ElementSpec& spec) {
  std::string toml;
  for (const ParameterSpec& parameter : spec.parameters) {
    if (!parameter.required) continue;
    bool port = false;
    for (const PortUseSpec& use : spec.ports) port = port || use.parameter == parameter.name;
    toml += parameter.name + " = " + (port ? "\"nic\"" : parameter.example) + "\n";
  }
  return toml;
}

/// An element of any type at work, fed in batches of one size; with a port if it needs one.
class AnyElement {
 public:
  explicit AnyElement(const ElementSpec& spec, HarnessOptions options = {}) : spec_(spec) {
    if (!spec.ports.empty()) options.port = &port_;
    harness_ = std::make_unique<ElementHarness>(spec.name, required_parameters(spec), options);
  }

  /// Sends `packets` through it, `batch_size` at a time (at most a batch), and returns all that left.
  std::vector<Sent> run(const std::vector<Input>& packets, std::size_t batch_size) {
    std::vector<Sent> all;
    const auto add = [&](std::vector<Sent> sent) {
      for (Sent& packet : sent) all.push_back(std::move(packet));
    };
    for (std::size_t at = 0; at < packets.size(); at += batch_size) {
      const auto batch = std::span(packets).subspan(at, std::min(batch_size, packets.size() - at));
      if (spec_.processes)
        add(harness_->send_batch(batch));
      else
        for (const Input& packet : batch) port_.incoming.push_back(packet.bytes);
      while (spec_.polls && !harness_->element().exhausted()) {
        // What holds packets until their time gets that time.
        const Nanoseconds due = harness_->element().next_due();
        if (due > harness_->clock().now() && due != Timer::kNever) add(harness_->advance_to(due));
        add(harness_->poll());
      }
      harness_->take_lines();
    }
    for (int i = 0; i < 1000 && harness_->element().held() != 0; ++i) add(harness_->flush());
    return all;
  }

  [[nodiscard]] ElementHarness& harness() noexcept { return *harness_; }
  [[nodiscard]] const FakePort& port() const noexcept { return port_; }

 private:
  const ElementSpec& spec_;
  FakePort port_;  ///< before the harness, which detaches it at its end
  std::unique_ptr<ElementHarness> harness_;
};

/// Whole frames of every kind that an element looks into.
inline std::vector<Bytes> frames_of_every_kind() {
  const Bytes options = from_hex("01010101 83070404 7f000001 00");
  return {
      udp_frame(),
      tcp_frame(),
      udp6_frame(),
      vlan_udp_frame(),
      arp_frame(),
      ethernet({.type = 0x88a8}, vlan(1, 0x8100, vlan(2, 0x86dd, ipv6({}, udp({}, counting(9)))))),
      ethernet({}, ipv4({.protocol = 1}, icmp_echo(1, 1, counting(20)))),
      ethernet({}, ipv4({.options = options}, udp({}, counting(5)))),
      ethernet({}, ipv4({.protocol = 6}, tcp({.options = from_hex("020405b4 01030307")}, Bytes{}))),
      ethernet({}, ipv4({.fragment = 0x2000}, udp({}, counting(24)))),
      ethernet({}, ipv4({.fragment = 0x0003}, counting(30))),
      ethernet({.type = 0x86dd},
               ipv6({.next_header = 0}, join({from_hex("1100 0502 0000 0100"), udp({}, counting(4))}))),
      ethernet({.type = 0x86dd},
               ipv6({.next_header = 44}, join({from_hex("1100 0008 00000007"), counting(16)}))),
      ethernet({}, ipv4({.ttl = 1}, udp({}, counting(3)))),
      ethernet({}, ipv4({.ttl = 0}, udp({}, counting(3)))),
      padded(ethernet({}, ipv4({}, udp({}, Bytes{})))),
      ethernet({.type = 0x002e}, counting(46)),
      ethernet({.type = 0xffff}, counting(46)),
  };
}

/// All of the above, whole, cut at every length, and with every byte of the headers made 0x00 and 0xff.
inline std::vector<Input> hostile_frames() {
  std::vector<Input> inputs;
  for (const Bytes& frame : frames_of_every_kind()) {
    inputs.emplace_back(frame);
    for (std::size_t length = 0; length < frame.size(); ++length) {
      inputs.emplace_back(frame.first(length));
      inputs.emplace_back(frame.first(length), static_cast<std::uint32_t>(frame.size()));
    }
    for (std::size_t at = 12; at < frame.size(); ++at)
      for (const std::uint8_t value : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
        Bytes changed = frame;
        changed[at] = value;
        inputs.emplace_back(changed);
      }
  }
  return inputs;
}

}  // namespace ixyflow::test

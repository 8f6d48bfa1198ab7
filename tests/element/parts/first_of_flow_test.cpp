#include <catch2/catch.hpp>
#include <optional>

#include "core/element/flow_table.hpp"
#include "core/element/packet_element.hpp"
#include "core/packet/packet_flow.hpp"
#include "tests/support/element_harness.hpp"

namespace ixyflow::test {

// As elements/README.md shows it.

class FirstOfFlow final : public PacketElement<FirstOfFlow> {
  enum : PortIndex { kFirst, kRest, kNoFlow, kTableFull };

 public:
  static void describe(Spec<FirstOfFlow>& spec) {
    spec.doc("Tells the first packet of each flow from the others, until it was silent for a minute.")
        .output(kFirst, "first")
        .output(kRest, "rest")
        .drop(kNoFlow, "no_flow", "neither IPv4 nor IPv6")
        .drop(kTableFull, "table_full", "a new flow, and no room for it")
        .replication(Replication::per_flow)
        .timer(&FirstOfFlow::ageing_);
  }

  void prepare(Outputs& /*outputs*/) override { flows_.emplace(65'536, secret_seed()); }

  PortIndex handle(Packet& packet, Outputs& outputs) noexcept {
    FlowKey key;
    if (!read_flow_key(packet, key)) return kNoFlow;
    const std::uint64_t hash = flows_->hash(key);
    if (flows_->find(key, hash, outputs.now()) != nullptr) return kRest;
    if (flows_->insert(key, hash, outputs.now()) == nullptr) return kTableFull;
    if (!ageing_.armed()) ageing_.arm(outputs.now() + kPause);
    return kFirst;
  }

  void tick(Timer& /*timer*/, Outputs& outputs) noexcept override {
    flows_->expire(outputs.now() - kIdle, 1024, [](const FlowKey&, const Nothing&) {});
    if (flows_->size() > 0) ageing_.arm(outputs.now() + kPause);
  }

 private:
  struct Nothing {};
  static constexpr Nanoseconds kIdle = 60'000'000'000;
  static constexpr Nanoseconds kPause = 10'000'000;

  std::optional<FlowTable<FlowKey, Nothing>> flows_;
  Timer ageing_;
};

IXYFLOW_ELEMENT(FirstOfFlow);

}  // namespace ixyflow::test

using namespace ixyflow;
using namespace ixyflow::test;

TEST_CASE(
    "README: the first packet of a flow is told from the others, and is the first again after a minute") {
  ElementHarness first("FirstOfFlow");
  CHECK(first.send(udp_frame()).exit == "first");
  CHECK(first.send(udp_frame()).exit == "rest");
  CHECK(first.send(tcp_frame()).exit == "first");
  CHECK(first.send(arp_frame()).exit == "no_flow");
  first.advance_to(59'000'000'000);
  CHECK(first.send(udp_frame()).exit == "rest");
  first.advance_to(61'000'000'000);
  CHECK(first.send(tcp_frame()).exit == "first");
  CHECK(first.send(udp_frame()).exit == "rest");
}

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "core/base/seqlock.hpp"
#include "core/element/packet_element.hpp"
#include "tests/support/element_harness.hpp"

namespace ixyflow::test {

// As elements/README.md shows it.

class Colours final : public PacketElement<Colours> {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<Colours>& spec) {
    spec.doc("Shows how many packets of each colour passed.")
        .output(kOut, "out", "everything")
        .timer(&Colours::publishing_)
        .view("seen", &Colours::seen, "packets", "packets of each colour, as of a second ago");
  }

  void prepare(Outputs& outputs) override { publishing_.arm(outputs.now()); }

  PortIndex handle(Packet& packet) noexcept {
    ++counts_.packets[packet.paint];
    return kOut;
  }

  void tick(Timer& /*timer*/, Outputs& outputs) noexcept override {
    shown_.store(counts_);
    publishing_.arm(outputs.now() + 1'000'000'000);
  }

 private:
  struct Counts {
    std::array<std::uint64_t, 256> packets{};
  };

  [[nodiscard]] std::vector<Value::Table> seen() const {
    std::vector<Value::Table> rows;
    const auto counts = shown_.load();
    for (std::size_t i = 0; counts && i < counts->packets.size(); ++i)
      if (counts->packets[i] != 0)
        rows.push_back({{"colour", {}, Value(static_cast<std::int64_t>(i))},
                        {"packets", {}, Value(static_cast<std::int64_t>(counts->packets[i]))}});
    return rows;
  }

  Timer publishing_;
  Counts counts_;
  Seqlock<Counts> shown_;
};

IXYFLOW_ELEMENT(Colours);

}  // namespace ixyflow::test

using namespace ixyflow;
using namespace ixyflow::test;

TEST_CASE("README: a view has a row for each colour, as of the last time that its timer was due") {
  ElementHarness colours("Colours");
  colours.send(udp_frame());
  colours.send(udp_frame());
  const ViewSpec& view = colours.spec().views.at(0);
  colours.advance_to(1'000'000'000);
  const auto rows = view.rows(colours.element());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].at(0).value.show() == "0");
  CHECK(rows[0].at(1).value.show() == "2");
}

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "core/element/packet_element.hpp"
#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace ixyflow::elements {

/// Shows tables that are not as they should be.
class TestShower final : public PacketElement<TestShower> {
  enum : PortIndex { kOut };
  using Rows = std::vector<Value::Table>;

 public:
  static void describe(Spec<TestShower>& spec) {
    spec.doc("Shows tables.")
        .output(kOut, "out")
        .counter("seen", &TestShower::seen_, "packets")
        .view("right", &TestShower::right, "number", "rows with a number each")
        .view("long", &TestShower::many, "number", "more rows than anybody reads")
        .view("unsorted", &TestShower::right, "weight", "sorted by a column that no row has");
    spec.param("size", &TestShower::size_, "for nothing");
  }
  PortIndex handle(Packet&) noexcept { return kOut; }

 private:
  static Value::Table row(std::int64_t number) { return {{"number", {}, Value(number)}}; }
  [[nodiscard]] Rows right() const { return {row(-1), row(7)}; }
  [[nodiscard]] Rows many() const { return Rows(10'001, row(1)); }

  int size_ = 0;
  Counter seen_;
};
IXYFLOW_ELEMENT(TestShower);

}  // namespace ixyflow::elements

namespace {

std::unique_ptr<Run> shower(PortScript& a, PortScript& b) {
  return make_run(in_and_out() + "[elements.x]\ntype = \"TestShower\"\n[graph]\npaths = [\"in -> x -> out\"]",
                  {{"a", &a}, {"b", &b}});
}

}  // namespace

TEST_CASE("a view shows its rows, the largest first") {
  PortScript a;
  PortScript b;
  const auto run = shower(a, b);
  const auto rows = run->view("x.right");
  REQUIRE(rows.has_value());
  REQUIRE(rows->size() == 2);
  CHECK(rows->at(0).at(0).value.show() == "7");
  CHECK(rows->at(1).at(0).value.show() == "-1");
}

TEST_CASE("a view that is too long, or has not what it is sorted by, is refused by name") {
  PortScript a;
  PortScript b;
  const auto run = shower(a, b);
  CHECK(run->view("x.long").error().text ==
        "view 'x.long' cannot be shown: it has 10001 rows, and the most are 10000");
  CHECK(run->view("x.unsorted").error().text ==
        "view 'x.unsorted' cannot be shown: a row has no integer 'weight', by which it is sorted");
}

TEST_CASE("what is no parameter of an element is told where it is found") {
  PortScript a;
  PortScript b;
  const auto run = shower(a, b);
  CHECK_THAT(run->set_parameter("x.seen", Value(std::int64_t{1})).error().text,
             Catch::Contains("'seen' of 'x' is a counter, no parameter: 'ixyflow stats' shows it"));
  CHECK_THAT(run->set_parameter("x.rihgt", Value(std::int64_t{1})).error().text,
             Catch::Contains("parameter or view of 'x'") && Catch::Contains("'right'"));
}

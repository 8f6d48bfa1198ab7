#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "core/element/packet_element.hpp"
#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// A version of a table whose two halves must be the same; counts how many there are.
struct Halves {
  explicit Halves(int number) : left(number), right(number) { ++alive; }
  ~Halves() { --alive; }
  Halves(const Halves&) = delete;
  Halves& operator=(const Halves&) = delete;
  int left;
  int right;
  static inline std::atomic<int> alive{0};
};

class LiveTable final : public Resource {
 public:
  static void describe(ResourceSpecOf<LiveTable>& spec) { spec.doc("A number, twice."); }
  void configure(ResourceConfiguration&) override { publish(0); }
  Result<void> add(std::string_view entry) override {
    if (entry == "wrong") return fail(ExitCode::no, "a wrong entry");
    return publish(number_ + 1), Result<void>();
  }
  Result<void> remove(std::string_view) override { return publish(number_ - 1), Result<void>(); }
  std::vector<std::string> entries() const override { return {std::to_string(number_)}; }
  const Halves& read() const noexcept { return versions_.read(); }

 private:
  void publish(int number) {
    number_ = number;
    if (auto before = versions_.publish(std::make_shared<const Halves>(number))) retire(std::move(before));
  }
  int number_ = 0;
  Versioned<Halves> versions_;
};
IXYFLOW_RESOURCE(LiveTable);

/// Reads the table for every packet of a batch.
class LiveReader final : public PacketElement<LiveReader> {
  enum : PortIndex { kOut, kMixed };

 public:
  static void describe(Spec<LiveReader>& spec) {
    spec.doc("Reads.").output(kOut, "out").drop(kMixed, "mixed", "two versions in one batch, or half of one");
    spec.resource("table", &LiveReader::table_, "LiveTable", "what it reads");
  }
  void start_batch() noexcept { version_ = &table_->read(); }
  PortIndex handle(Packet&) noexcept { return version_->left == version_->right ? kOut : kMixed; }

 private:
  ResourceRef<LiveTable> table_;
  const Halves* version_ = nullptr;
};
IXYFLOW_ELEMENT(LiveReader);

/// Keeps a live number and what `update` made of it; a number above 100 is refused together with `limited`.
class LiveNumber final : public PacketElement<LiveNumber> {
  enum : PortIndex { kOut, kStale };

 public:
  static void describe(Spec<LiveNumber>& spec) {
    spec.doc("A number.").output(kOut, "out").drop(kStale, "stale", "update was not called");
    spec.counter("sum", &LiveNumber::sum_, "of the number, over packets");
    spec.param("number", &LiveNumber::number_, "the number").range(0, 1000).live();
    spec.param("limited", &LiveNumber::limited_, "whether the number is at most 100");
  }
  void configure(Configuration& configuration) override {
    if (limited_ && number_ > 100) configuration.error("number", "number is limited");
    update();
  }
  void update() noexcept override { doubled_ = 2 * number_; }
  PortIndex handle(Packet&) noexcept {
    sum_.add(static_cast<std::uint64_t>(number_));
    return doubled_ == 2 * number_ ? kOut : kStale;
  }

 private:
  int number_ = 1;
  bool limited_ = true;
  int doubled_ = 0;
  Counter sum_;
};
IXYFLOW_ELEMENT(LiveNumber);

const std::string kPipeline = R"(
[cores]
a = {}
b = {}
[ports.in]
driver = "null"
[ports.out]
driver = "null"
[resources.table]
type = "LiveTable"
[elements.source]
type = "FromDevice"
port = "in"
core = "a"
[elements.first]
type = "LiveReader"
table = "table"
[elements.second]
type = "LiveReader"
table = "table"
core = "b"
[elements.number]
type = "LiveNumber"
[elements.sink]
type = "ToDevice"
port = "out"
[graph]
paths = ["source -> first -> second -> number -> sink"]
)";

Value value_of(std::int64_t number) {
  return Value(Value::Data(number));
}

std::string shown(const Run& run, const std::string& element, const std::string& name) {
  const auto all = run.parameters(element);
  REQUIRE(all);
  for (const ParameterReport& parameter : *all)
    if (parameter.name == name) return parameter.value;
  return "no such parameter";
}

/// Lets a port stand still in the middle of a round, until it is told to go on.
struct Hold {
  std::atomic<bool> wanted{false};
  std::atomic<bool> reached{false};
  void operator()() {
    if (!wanted) return;
    reached = true;
    while (wanted) std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("a live parameter is changed before the start, between steps, and shown as it is now") {
  PortScript in{.send = 300};
  PortScript out;
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  auto run = make_run(kPipeline, {{"in", &in}, {"out", &out}}, std::move(options));
  CHECK(shown(*run, "number", "number") == "1");
  const auto early = run->set_parameter("number.number", value_of(5));
  REQUIRE(early);
  CHECK(early->before == "1");
  CHECK(early->after == "5");
  CHECK(early->workers == std::vector<std::string>{"b"});
  CHECK(shown(*run, "number", "number") == "5");
  REQUIRE(run->step(0));
  REQUIRE(run->step(0));
  REQUIRE(run->set_parameter("number.number", value_of(7)));
  while (run->step(0)) continue;
  const RunReport report = run->finish();
  check_conserved(report);
  CHECK(left_by(report, "number", "stale") == 0);
  const std::uint64_t sum = element(report, "number").counters.front().value;
  CHECK(sum > 5 * 300);
  CHECK(sum < 7 * 300);
  CHECK(run->set_parameter("number.number", value_of(9)).error().code == ExitCode::unavailable);
}

TEST_CASE("a change that is wrong is refused with the reason, and changes nothing") {
  PortScript in;
  PortScript out;
  auto run = make_run(kPipeline, {{"in", &in}, {"out", &out}});
  const auto refused = [&](const char* name, Value value, ExitCode code, const char* reason) {
    CAPTURE(name);
    const auto done = run->set_parameter(name, value);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == code);
    CHECK_THAT(done.error().text, Catch::Contains(reason));
  };
  refused("numbr.number", value_of(2), ExitCode::usage, "did you mean 'number'?");
  refused("number.nunber", value_of(2), ExitCode::usage, "did you mean 'number'?");
  refused("number", value_of(2), ExitCode::usage, "ELEMENT.PARAMETER");
  refused("number.limited", Value(Value::Data(false)), ExitCode::refused, "cannot be changed while it runs");
  refused("number.number", value_of(1001), ExitCode::no, "0 to 1000");
  refused("number.number", Value(Value::Data("x")), ExitCode::no, "'number' takes");
  refused("number.number", value_of(101), ExitCode::no, "number is limited");
  CHECK(shown(*run, "number", "number") == "1");
  CHECK(run->parameters("nowhere").error().code == ExitCode::usage);
  CHECK(run->parameters("").value().size() >= 6);
  CHECK(run->resources() == std::vector<std::string>{"table"});
  CHECK(run->resource_entries("tabel").error().code == ExitCode::usage);
  CHECK(run->add_entry("table", "wrong").error().code == ExitCode::no);
  CHECK(run->resource_entries("table").value() == std::vector<std::string>{"0"});
}

TEST_CASE(
    "a table is changed 1,000 times under traffic: no packet lost, every batch sees one version, all are freed") {
  const int before = Halves::alive;
  PortScript in{.send = 4'000'000'000U};
  PortScript out;
  {
    auto run = make_run(kPipeline, {{"in", &in}, {"out", &out}});
    out.on_transmit = [&out] { out.seen.clear(); };
    REQUIRE(run->start());
    int most = 0;
    for (int i = 0; i < 1000; ++i) {
      REQUIRE(run->add_entry("table", ""));
      most = std::max(most, Halves::alive - before);
      if (i % 100 != 0) continue;
      REQUIRE(run->set_parameter("number.number", value_of(i / 100)));
      run->wait(Duration{1'000'000});
    }
    CHECK(run->resource_entries("table").value() == std::vector<std::string>{"1000"});
    CHECK(most <= 18);  // 16 that wait, the present one, and the next
    for (int i = 0; i < 10'000 && Halves::alive - before > 1; ++i) run->wait(Duration{1'000'000});
    CHECK(Halves::alive - before == 1);
    run->request_stop("test");
    REQUIRE(run->wait(Duration{60'000'000'000}));
    const RunReport report = run->finish();
    check_conserved(report);
    CHECK(element(report, "number").in > 0);
    for (const char* reader : {"first", "second"}) CHECK(left_by(report, reader, "mixed") == 0);
    CHECK(left_by(report, "number", "stale") == 0);
  }
  CHECK(Halves::alive == before);
}

TEST_CASE("a stuck worker: changes end in `again`, memory stays bounded, and all goes on when it does") {
  const int before = Halves::alive;
  PortScript in{.send = 4'000'000'000U};
  PortScript out;
  Hold hold;
  {
    auto run = make_run(kPipeline, {{"in", &in}, {"out", &out}});
    out.on_transmit = [&] {
      out.seen.clear();
      hold();
    };
    REQUIRE(run->start());
    hold.wanted = true;
    while (!hold.reached) std::this_thread::yield();

    const auto change = run->set_parameter("number.number", value_of(9));
    REQUIRE_FALSE(change);
    CHECK(change.error().code == ExitCode::again);
    CHECK_THAT(change.error().text,
               Catch::Contains("core 'b' did not answer in a second: nothing was changed"));
    CHECK(shown(*run, "number", "number") == "1");

    int accepted = 0;
    while (run->add_entry("table", "")) ++accepted;
    CHECK(accepted == 16);
    const auto added = run->add_entry("table", "");
    CHECK(added.error().code == ExitCode::again);
    CHECK_THAT(added.error().text, Catch::Contains("nothing was changed"));
    CHECK(run->resource_entries("table").value() == std::vector<std::string>{"16"});
    CHECK(Halves::alive - before == 17);

    hold.wanted = false;
    REQUIRE(run->set_parameter("number.number", value_of(9)));
    REQUIRE(run->add_entry("table", ""));
    run->request_stop("test");
    REQUIRE(run->wait(Duration{60'000'000'000}));
    check_conserved(run->finish());
  }
  CHECK(Halves::alive == before);
}

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/element/packet_element.hpp"
#include "tests/support/failing_allocation.hpp"
#include "tests/tools/control/control_support.hpp"
#include "tools/ixyflow/control/methods.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using Json = nlohmann::json;

/// What a plugin's own kind of parameter may be: one whose parser throws.
struct Trouble {
  int level = 0;
};

template <>
struct ixyflow::ParameterType<Trouble> {
  static constexpr std::string_view kName = "trouble";
  static constexpr ParameterShape kShape = ParameterShape::integer;
  static std::optional<Trouble> parse(const Value& value, const ParameterSpec& spec,
                                      Diagnostics& diagnostics) {
    const auto level = detail::parse_integer(value, spec, diagnostics);
    if (level && *level == 11) throw std::runtime_error("a plugin's own trouble");
    if (level && *level > 11) throw *level;
    return level ? std::optional(Trouble{static_cast<int>(*level)}) : std::nullopt;
  }
  static std::string show(const Trouble& trouble) { return std::to_string(trouble.level); }
};

namespace ixyflow::elements {

class TestThrower final : public PacketElement<TestThrower> {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<TestThrower>& spec) {
    spec.doc("Throws when it gets some values.").output(kOut, "out");
    spec.param("level", &TestThrower::level_, "how bad it is").live();
  }
  PortIndex handle(Packet&) noexcept { return kOut; }

 private:
  Trouble level_;
};
IXYFLOW_ELEMENT(TestThrower);

}  // namespace ixyflow::elements

namespace {

/// What a run shows of itself that a client can change.
std::string state_of(Run& run) {
  std::string state;
  const auto parameters = run.parameters("");
  for (const ParameterReport& report : *parameters)
    state += report.element + "." + report.name + "=" + report.value + "\n";
  const auto entries = run.resource_entries("routes");
  for (const std::string& entry : *entries) state += entry + "\n";
  return state;
}

/// Every method, done and refused, and what is none.
const std::vector<std::string> kRequests = {
    request("methods.list"),
    request("stats.get"),
    request("stats.get", R"({"format":"text"})"),
    request("parameters.get"),
    request("parameters.set", R"({"name":"drop.probability","value":0.5})"),
    request("parameters.set", R"({"name":"drop.probability","value":7})"),
    request("resources.list"),
    request("resources.get", R"({"resource":"routes"})"),
    request("resources.add", R"({"resource":"routes","entry":"192.0.2.0/24 0"})"),
    request("resources.delete", R"({"resource":"routes","entry":"192.0.2.0/24"})"),
    request("views.list"),
    request("views.get", R"({"view":"flows.top"})"),
    "no request at all\n"};

void finish(Deck& deck) {
  deck.server.reset();
  while (deck.run->step(0)) continue;
  const RunReport report = deck.run->finish();
  CHECK(report.ledger.balanced());
  for (const WorkerReport& worker : report.workers) CHECK(worker.buffers_free == worker.buffers);
}

}  // namespace

TEST_CASE("H4 a request whose plugin throws ends that client, which is told why, and nothing else") {
  Deck deck(R"([elements.thrower]
type = "TestThrower"
)",
            "thrower -> ");
  RawClient other = deck.greeted_client();
  const std::string before = state_of(*deck.run);
  for (const int level : {11, 12}) {
    RawClient client = deck.greeted_client();
    const Json reply =
        Json::parse(deck.ask(client, request("parameters.set", R"({"name":"thrower.level","value":)" +
                                                                   std::to_string(level) + "}")));
    CHECK(reply["error"]["code"] == 70);
    CHECK((reply["error"]["message"].get<std::string>().find("a plugin's own trouble") !=
           std::string::npos) == (level == 11));
    CHECK(client.closed());
  }
  CHECK(state_of(*deck.run) == before);
  const Json reply =
      Json::parse(deck.ask(other, request("parameters.set", R"({"name":"thrower.level","value":2})")));
  CHECK(reply.contains("result"));
  finish(deck);
}

TEST_CASE("H4 a request that finds no memory, at whatever allocation, ends at most that client") {
  if (!FailingAllocation::possible()) return;
  Deck deck;
  RawClient other = deck.greeted_client();
  for (const std::string& text : kRequests) {
    INFO(text);
    bool failed = true;
    int closed = 0;
    for (std::uint64_t nth = 1; failed; ++nth) {
      RawClient client = deck.greeted_client();
      const std::string before = state_of(*deck.run);
      client.send(text);
      {
        const FailingAllocation failing(nth);
        deck.serve();
        failed = failing.failed();
      }
      const std::string reply = client.receive();
      const bool answered = reply.ends_with("\n") && Json::accept(reply);
      // Either it is answered as if nothing had been, or with the error, or its connection has ended.
      if (!answered || Json::parse(reply).value("error", Json::object()).value("code", 0) == 75) {
        ++closed;
        CHECK(client.closed());
      }
      const std::string after = state_of(*deck.run);
      // A change that is refused was not made; one for whose reply there was no memory was, but never by
      // half.
      const int code = answered ? Json::parse(reply).value("error", Json::object()).value("code", 0) : 75;
      if (code != 0 && code != 75) CHECK(after == before);
      REQUIRE(Json::parse(deck.ask(other, request("resources.list"))).contains("result"));
    }
    CHECK(closed > 0);
  }
  finish(deck);
}

TEST_CASE("H4 a client for whom there is no memory is turned away, and the next one gets in") {
  if (!FailingAllocation::possible()) return;
  Deck deck;
  bool failed = true;
  for (std::uint64_t nth = 1; failed; ++nth) {
    RawClient client = deck.client();
    {
      const FailingAllocation failing(nth);
      deck.server->serve(*deck.run, deck.now);
      failed = failing.failed();
    }
    deck.serve(2);
    RawClient next = deck.greeted_client();
    CHECK(Json::parse(deck.ask(next, request("resources.list"))).contains("result"));
  }
  finish(deck);
}

#include "core/runtime/report/port_events.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace ixyflow;
using std::chrono::seconds;

namespace {

struct Listener {
  std::vector<std::string> said;
  EventSink sink = [this](EventKind, std::string_view text) { said.emplace_back(text); };
  PortEvents events{"port 'vm0'", sink};
  SteadyClock::time_point now{seconds(1000)};

  void tell(const std::string& text) { events.tell(EventKind::note, text, now); }
  [[nodiscard]] bool heard(const std::string& text) const {
    return std::ranges::find(said, text) != said.end();
  }
};

}  // namespace

TEST_CASE("N6 a message that comes a million times is told a few times, with how many more there were") {
  Listener listener;
  for (int i = 0; i < 1'000'000; ++i) listener.tell("the front end is gone");
  CHECK(listener.said.size() == 10);
  CHECK(listener.said[0] == "port 'vm0': the front end is gone");
  listener.now += seconds(2);
  listener.events.look(listener.now);
  CHECK(listener.said.size() == 11);
  CHECK(listener.said.back() == "port 'vm0': the front end is gone (999989 more of this kind)");
  listener.events.look(listener.now);
  CHECK(listener.said.size() == 11);
}

TEST_CASE("N6 a flood of one kind of message does not drown another one") {
  Listener listener;
  for (int i = 0; i < 1000; ++i) listener.tell("sent message " + std::to_string(i));
  listener.tell("the link is down");
  CHECK(listener.heard("port 'vm0': the link is down"));
  CHECK(listener.said.size() == 11);
}

TEST_CASE("N6 ever new words are a flood, too") {
  Listener listener;
  for (int i = 0; i < 100'000; ++i) listener.tell(std::string(1 + static_cast<std::size_t>(i) % 200, 'x'));
  CHECK(listener.said.size() < 1000);
}

TEST_CASE("N6 what was left out is told at the end") {
  Listener listener;
  for (int i = 0; i < 12; ++i) listener.tell("the front end is gone");
  listener.events.tell_rest();
  CHECK(listener.said.back() == "port 'vm0': the front end is gone (1 more of this kind)");
  const std::size_t count = listener.said.size();
  listener.events.tell_rest();
  CHECK(listener.said.size() == count);
}

#include "core/os/last_acts.hpp"

#include <catch2/catch.hpp>
#include <deque>

using namespace ixyflow;

namespace {

void count(void* subject) noexcept {
  ++*static_cast<int*>(subject);
}

}  // namespace

TEST_CASE("what is registered is done once, at the end") {
  int done = 0;
  const LastAct act(count, &done);
  CHECK(done == 0);
  perform_last_acts();
  perform_last_acts();
  CHECK(done == 1);
}

TEST_CASE("what was over before the end is not done") {
  int done = 0;
  { const LastAct act(count, &done); }
  perform_last_acts();
  CHECK(done == 0);
}

TEST_CASE("beyond 64 at a time nothing is called, and nothing is broken") {
  int done = 0;
  std::deque<LastAct> acts;
  for (int i = 0; i < 70; ++i) acts.emplace_back(count, &done);
  perform_last_acts();
  CHECK(done == 64);
  acts.clear();
  const LastAct again(count, &done);
  perform_last_acts();
  CHECK(done == 65);
}

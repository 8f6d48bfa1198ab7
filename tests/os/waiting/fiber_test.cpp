#include "core/os/waiting/fiber.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <string>

#include "core/os/file_descriptor.hpp"
#include "core/os/waiting/time_budget.hpp"
#include "core/os/waiting/waiting.hpp"

using namespace ixyflow;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::hours kLong{1};

void signal_event(const FileDescriptor& event) {
  const std::uint64_t one = 1;
  REQUIRE(::write(event.get(), &one, sizeof one) == sizeof one);
}

}  // namespace

TEST_CASE("what waits on a fiber is left, and gone on with when it is ready") {
  const FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  Fiber fiber;
  std::string done;
  fiber.start([&] {
    const std::string text(100, 'x');
    done += "a";
    const bool ready = wait_ready(event.get(), POLLIN, steady_clock::now() + kLong);
    done += ready && text == std::string(100, 'x') ? "b" : "?";
  });
  for (unsigned i = 0; i < 10; ++i) {
    CHECK(fiber.under_way());
    CHECK(done == "a");
    fiber.go_on();
  }
  signal_event(event);
  fiber.go_on();
  CHECK_FALSE(fiber.under_way());
  CHECK(done == "ab");
}

TEST_CASE("a fiber works over and over, and what it throws comes out where it is gone on with") {
  Fiber fiber;
  unsigned count = 0;
  for (unsigned i = 0; i < 1000; ++i) fiber.start([&] { ++count; });
  CHECK(count == 1000);
  const auto fails = [] {
    Fiber::leave();
    throw std::runtime_error("no");
  };
  fiber.start(fails);
  CHECK_THROWS_AS(fiber.go_on(), std::runtime_error);
  CHECK_FALSE(fiber.under_way());
  fiber.start([&] { ++count; });
  CHECK(count == 1001);
}

TEST_CASE("fibers that are under way at once do not disturb each other") {
  Fiber one;
  Fiber other;
  std::string order;
  const auto work = [&order](const char* name) {
    for (unsigned i = 0; i < 3; ++i) {
      order += name;
      Fiber::leave();
    }
  };
  one.start([&] { work("a"); });
  other.start([&] { work("b"); });
  while (one.under_way() || other.under_way()) {
    if (one.under_way()) one.go_on();
    if (other.under_way()) other.go_on();
  }
  CHECK(order == "ababab");
}

TEST_CASE("F23 work that is to finish waits no longer than it is told, and an end destroys what it has") {
  const FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  auto fiber = std::make_unique<Fiber>();
  bool ready = true;
  std::shared_ptr<int> held = std::make_shared<int>(1);
  const auto wait = [&ready, &event, held] {
    const TimeBudget budget(kLong);
    ready = wait_ready(event.get(), POLLIN, steady_clock::now() + kLong);
  };
  fiber->start(wait);
  const auto begin = steady_clock::now();
  SECTION("at a moment") {
    fiber->finish(begin + milliseconds(20));
    CHECK(steady_clock::now() - begin >= milliseconds(20));
    CHECK_FALSE(fiber->under_way());
  }
  SECTION("at its own end") {
    fiber.reset();
    CHECK(held.use_count() == 2);
  }
  CHECK_FALSE(ready);
  CHECK(steady_clock::now() - begin < kLong);
}

TEST_CASE("a fiber that is kept busy gives way, a pause on it leaves it") {
  Fiber fiber;
  fiber.start([] {
    for (;;) {
      if (Fiber::turn_end() <= steady_clock::now()) break;
    }
    give_way();
    pause_for(milliseconds(5));
  });
  CHECK(fiber.under_way());
  const auto begin = steady_clock::now();
  unsigned turns = 0;
  for (; fiber.under_way(); ++turns) fiber.go_on();
  CHECK(turns >= 2);
  CHECK(steady_clock::now() - begin >= milliseconds(5));
}

TEST_CASE("F23 the earliest end of all time budgets counts, on a fiber its own") {
  CHECK(TimeBudget::end() == TimeBudget::Time::max());
  const TimeBudget outer(milliseconds(1));
  const auto end = TimeBudget::end();
  {
    const TimeBudget inner(kLong);
    CHECK(TimeBudget::end() == end);
    Fiber fiber;
    fiber.start([] {
      const TimeBudget own(kLong);
      CHECK(TimeBudget::end() > steady_clock::now() + milliseconds(1000));
      Fiber::leave();
    });
    CHECK(TimeBudget::end() == end);
    fiber.go_on();
  }
  pause_for(kLong);
  CHECK(TimeBudget::used_up());
  const FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  CHECK_FALSE(wait_ready(event.get(), POLLIN, steady_clock::now() + kLong));
}

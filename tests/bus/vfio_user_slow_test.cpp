// Models that are slow, and doorbells that wait for none of them.

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "core/os/waiting/fiber.hpp"
#include "core/os/waiting/time_budget.hpp"
#include "drivers/bus/open/open_function.hpp"
#include "tests/bus/fake_messages.hpp"

using namespace ixyflow;
using namespace ixyflow::drivers;
using namespace ixyflow::test;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using vfio_user::Command;

namespace {

/// A function of a model, which a test can make slow.
struct SlowModel {
  std::atomic<int> delay_ms{0};     ///< before each answer
  std::atomic<bool> sleeps{false};  ///< reads nothing
  FakeModel model;
  std::unique_ptr<PciFunction> function;
  std::unique_ptr<Bar> bar;

  SlowModel()
      : model([this](ModelExchange& /*exchange*/) {
          if (const int delay = delay_ms; delay != 0) std::this_thread::sleep_for(milliseconds(delay));
          while (sleeps) std::this_thread::sleep_for(milliseconds(1));
        }) {
    auto opened = open_pci_function(model.device(), {.patience = {60'000'000'000}});
    REQUIRE(opened);
    function = std::move(*opened);
    auto opened_bar = function->open_bar(0, FakeModel::kBarSize);
    REQUIRE(opened_bar);
    bar = std::move(*opened_bar);
  }
  ~SlowModel() { sleeps = false; }
  SlowModel(const SlowModel&) = delete;
  SlowModel& operator=(const SlowModel&) = delete;

  /// Settles until the register reads `value`.
  [[nodiscard]] bool settles_at(std::uint32_t offset, std::uint32_t value) const {
    const auto until = steady_clock::now() + std::chrono::seconds(60);
    for (; steady_clock::now() < until; function->settle())
      if (bar->read<std::uint32_t>(offset) == value) return true;
    return false;
  }
};

}  // namespace

TEST_CASE("F23 a model that answers each message in time, for ever, has one time budget for all of them") {
  SlowModel rig;
  rig.delay_ms = 30;
  const auto begin = steady_clock::now();
  {
    const TimeBudget budget(milliseconds(200));
    for (int i = 0; i < 1000; ++i) static_cast<void>(rig.bar->read<std::uint32_t>(FakeModel::kTrapped));
  }
  CHECK(steady_clock::now() - begin < std::chrono::seconds(15));
  CHECK(rig.function->gone());
  CHECK(rig.function->why_gone().find("takes too long for all that was asked of it") != std::string::npos);
}

TEST_CASE("F23 a read from a silent model leaves the fiber that it is done on") {
  SlowModel rig;
  rig.sleeps = true;
  Fiber fiber;
  std::uint32_t value = 0;
  rig.bar->write<std::uint32_t>(FakeModel::kMapped, 1);
  fiber.start([&] {
    const TimeBudget budget(std::chrono::hours(1));
    value = rig.bar->read<std::uint32_t>(FakeModel::kTrapped);
  });
  for (unsigned i = 0; i < 100; ++i) fiber.go_on();
  CHECK(fiber.under_way());
  SECTION("and comes back with its answer") {
    rig.sleeps = false;
    while (fiber.under_way()) fiber.go_on();
    CHECK(value == 0);
    CHECK_FALSE(rig.function->gone());
  }
  SECTION("or is over when it has no more time") {
    fiber.finish(steady_clock::now());
    CHECK(value == 0xffffffff);
    CHECK(rig.function->gone());
  }
}

TEST_CASE("F23 doorbells do not wait for a model that reads nothing, and it finds the last of each later") {
  SlowModel rig;
  rig.sleeps = true;
  const Doorbell one(*rig.bar, FakeModel::kTrapped);
  const Doorbell other(*rig.bar, FakeModel::kTrapped + 4);
  // More than any socket has room for.
  for (std::uint32_t i = 1; i <= 20'000; ++i) {
    one.ring(i);
    other.ring(2 * i);
  }
  CHECK_FALSE(rig.function->gone());
  rig.sleeps = false;
  CHECK(rig.settles_at(FakeModel::kTrapped, 20'000));
  CHECK(rig.settles_at(FakeModel::kTrapped + 4, 40'000));
}

TEST_CASE("doorbells of several threads arrive whole and in order, between messages of another one") {
  SlowModel rig;
  std::vector<std::jthread> threads;
  for (std::uint32_t t = 0; t < 4; ++t)
    threads.emplace_back([&rig, t] {
      const Doorbell doorbell(*rig.bar, FakeModel::kTrapped + 4 * t);
      for (std::uint32_t i = 1; i <= 5000; ++i) doorbell.ring(i);
    });
  std::vector<std::uint32_t> last(4);
  for (unsigned i = 0; i < 400; ++i) {
    rig.function->settle();
    const std::uint32_t now = rig.bar->read<std::uint32_t>(FakeModel::kTrapped + 4 * (i % 4));
    CHECK(now >= last[i % 4]);
    last[i % 4] = now;
  }
  threads.clear();
  for (std::uint32_t t = 0; t < 4; ++t) CHECK(rig.settles_at(FakeModel::kTrapped + 4 * t, 5000));
  CHECK_FALSE(rig.function->gone());
}

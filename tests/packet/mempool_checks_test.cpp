#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>

#include "core/packet/mempool.hpp"
#include "tests/packet/pool_fixture.hpp"

using namespace ixyflow;
using test::PoolFixture;

namespace {

/// Whether `action` ends a process of its own with SIGABRT. Packet memory is shared with that process.
template <class Action>
bool aborts(Action action) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGABRT, SIG_DFL);
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(null, STDERR_FILENO);
    action();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

TEST_CASE("checks end the process when a buffer is freed twice") {
  if (!checks_enabled()) return;
  PoolFixture fixture(2);
  Packet* packet = nullptr;
  REQUIRE(fixture.pool->allocate({&packet, 1}) == 1);
  fixture.pool->free(packet);
  CHECK(aborts([&] { fixture.pool->free(packet); }));
}

TEST_CASE("checks end the process when a free buffer is written to") {
  if (!checks_enabled()) return;
  PoolFixture fixture(1);
  Packet* packet = nullptr;
  REQUIRE(fixture.pool->allocate({&packet, 1}) == 1);
  fixture.pool->free(packet);
  CHECK(aborts([&] {
    packet->data()[3] = 1;
    Packet* again = nullptr;
    if (fixture.pool->allocate({&again, 1}) != 1) std::abort();
  }));
}

TEST_CASE("checks end the process when something was written behind the data room") {
  if (!checks_enabled()) return;
  PoolFixture fixture(1);
  Packet* packet = nullptr;
  REQUIRE(fixture.pool->allocate({&packet, 1}) == 1);
  CHECK(aborts([&] {
    packet->data()[packet->tailroom()] = 1;
    fixture.pool->free(packet);
  }));
}

TEST_CASE("checks end the process when buffers are left after the pool was used, or more than were taken") {
  if (!checks_enabled()) return;
  // Packet memory is shared with a forked process, so each of them has a pool of its own.
  CHECK(aborts([] {
    PoolFixture fixture(8);
    Packet* packet = nullptr;
    if (fixture.pool->allocate({&packet, 1}) != 1) return;
    static_cast<void>(fixture.pool->take(2));
    fixture.pool->free(packet);
    fixture.pool->leave(2);
  }));
  CHECK(aborts([] {
    PoolFixture fixture(8);
    static_cast<void>(fixture.pool->take(2));
    fixture.pool->leave(3);
  }));
  CHECK_FALSE(aborts([] {
    PoolFixture fixture(8);
    static_cast<void>(fixture.pool->take(2));
    fixture.pool->leave(2);
  }));
}

TEST_CASE("a buffer of a pool that is not connected ends the process in every build") {
  PoolFixture home(1, {}, 0);
  PoolFixture stranger(0, {}, 1);
  Packet* packet = nullptr;
  REQUIRE(home.pool->allocate({&packet, 1}) == 1);
  CHECK(aborts([&] { stranger.pool->free(packet); }));
}

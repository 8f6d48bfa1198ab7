// Front ends that say too much, too little or nothing.

#include <fcntl.h>
#include <sys/eventfd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/virtio/device/hostile.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using drivers::vhost_user::Request;
namespace vu = drivers::vhost_user;

TEST_CASE("F14 a message that is cut off by the end") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  send_header(guest, 2, 1, 8);
  rig.look();
  guest.hang_up();
  rig.look(8);
  CHECK(rig.events().find("in the middle of a message") != std::string::npos);
}

TEST_CASE("F15 CVE-2022-0669 a message that comes 100,000 times leaves nothing behind") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  const std::size_t descriptors = open_descriptors();
  const FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const unsigned times = 5000;  // of each of twenty
  for (unsigned i = 0; i < times; ++i) {
    for (unsigned k = 0; k < 5; ++k) {
      guest.send_value(Request::set_vring_num, vu::RingNumber{0, 64});
      guest.send_value(Request::set_vring_call, std::uint64_t{0}, {event.get()});
      guest.send_value(Request::set_vring_kick, std::uint64_t{0}, {event.get()});
      guest.send_value(Request::set_vring_err, std::uint64_t{0}, {event.get()});
    }
    if (i % 100 == 0) guest.send_memory(guest.file);
    rig.look(8);
  }
  rig.look(8);
  CHECK(open_descriptors() <= descriptors + 2);
  guest.transmit(counting(60));
  CHECK(take(rig).size() == 1);
}

TEST_CASE("F18 a peer that says nothing, or one byte and no more, is sent away") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  SECTION("nothing") {}
  SECTION("one byte") {
    const std::byte byte{1};
    guest.send_raw(std::span(&byte, 1));
  }
  SECTION("a header") {
    send_header(guest, 2, 1, 8);
  }
  rig.look();
  CHECK_FALSE(guest.turned_away());
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  CHECK(guest.turned_away());
}

TEST_CASE("F18 a peer that asks and never reads is sent away") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  for (unsigned i = 0; i < 40'000; ++i) {
    guest.send(Request::get_features);
    if (i % 64 == 0) rig.look(1);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  rig.look(4);
  CHECK(rig.events().find("does not read") != std::string::npos);
}

TEST_CASE("F18 calls that cannot be made do not keep the worker waiting") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  const FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  guest.send_value(Request::set_vring_call, std::uint64_t{1}, {event.get()});
  rig.look(8);
  const std::uint64_t full = 0xfffffffffffffffe;
  std::uint64_t count = 0;
  REQUIRE(::read(event.get(), &count, sizeof count) == sizeof count);
  REQUIRE(::write(event.get(), &full, sizeof full) == sizeof full);
  guest.transmit(counting(60));
  CHECK(take(rig).size() == 1);
  CHECK(guest.turned_away());
  CHECK(rig.events().find("keeps calls from being made") != std::string::npos);
}

TEST_CASE("F18 a call that blocks keeps neither the control thread nor the worker") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  REQUIRE(guest.ask(Request::get_vring_base, vu::RingNumber{1, 0}));
  const FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  guest.send_value(Request::set_vring_call, std::uint64_t{1}, {event.get()});
  rig.look(8);
  // Of the file that both have: whoever writes to it waits from now on.
  const std::uint64_t full = 0xfffffffffffffffe;
  REQUIRE(::write(event.get(), &full, sizeof full) == sizeof full);
  REQUIRE(::fcntl(event.get(), F_SETFL, O_RDWR) == 0);
  guest.send_value(Request::set_vring_kick, std::uint64_t{1} | vu::kNoDescriptor);
  std::atomic<bool> over = false;
  std::jthread worker([&rig, &over] {
    while (!over) {
      static_cast<void>(rig.port->rx(0, {}));
      static_cast<void>(rig.port->tx_room(0));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const auto look = [&rig] {
    rig.port->supervise([&rig](EventKind, std::string_view text) { rig.said.emplace_back(text); });
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  for (unsigned i = 0; i < 10'000 && rig.events().find("keeps calls from being made") == std::string::npos;
       ++i)
    look();
  CHECK(rig.events().find("keeps calls from being made") != std::string::npos);
  // The worker gives its rings back, and the next front end is served.
  for (unsigned i = 0; i < 100; ++i) look();
  over = true;
  worker.join();
  Guest next(rig);
  next.begin();
  next.transmit(counting(60));
  CHECK(take(rig).size() == 1);
}

// Memory that cannot be, or that goes away.

#include <signal.h>

#include <array>
#include <atomic>
#include <deque>

#include "core/os/vanishing_memory.hpp"
#include "tests/virtio/device/hostile.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using drivers::vhost_user::Request;
namespace vu = drivers::vhost_user;

namespace {

/// As long as it lives, faults are asked about, as the program does it.
class FaultHandler {
 public:
  FaultHandler() {
    struct sigaction action = {};
    action.sa_sigaction = [](int, siginfo_t* info, void*) {
      if (!catch_vanished(info->si_addr)) ::_exit(99);
    };
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGBUS, &action, &before_);
  }
  ~FaultHandler() { ::sigaction(SIGBUS, &before_, nullptr); }

 private:
  struct sigaction before_ = {};
};

}  // namespace

TEST_CASE("F14 memory tables: nothing, too many, overflows, overlaps, more than the file has") {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  check_sent_away("0 memory regions", [](Guest& guest) { send_table(guest, {}, 0); });
  check_sent_away("9 memory regions", [](Guest& guest) {
    vu::MemoryTable table;
    table.count = 9;
    guest.send(Request::set_mem_table, std::as_bytes(std::span(&table, 1)),
               std::vector<int>(8, guest.file.fd()));
  });
  const auto wrong = [](const char* words, vu::MemoryRegion region) {
    check_sent_away(words, [region](Guest& guest) { send_table(guest, {region}, 1); });
  };
  wrong("impossible memory region", {GuestFile::kGuest, 0, GuestFile::kUser, 0});
  wrong("impossible memory region", {kMost - 4095, 8192, GuestFile::kUser, 0});
  wrong("impossible memory region", {GuestFile::kGuest, 8192, kMost - 4095, 0});
  wrong("impossible memory region", {GuestFile::kGuest, 8192, GuestFile::kUser, kMost - 4095});
  wrong("impossible memory region", {GuestFile::kGuest, kMost, GuestFile::kUser, 0});
  wrong("of a file of", {GuestFile::kGuest, GuestFile::kBytes + 1, GuestFile::kUser, 0});
  wrong("of a file of", {GuestFile::kGuest, 4096, GuestFile::kUser, GuestFile::kBytes});
  wrong("of a file of", {GuestFile::kGuest, std::uint64_t{1} << 46, GuestFile::kUser, 0});
  check_sent_away("overlap", [](Guest& guest) { send_table(guest, {kRegion, kRegion}, 2); });
  check_sent_away("overlap", [](Guest& guest) {
    vu::MemoryRegion second = kRegion;
    second.guest_address += GuestFile::kBytes;
    send_table(guest, {kRegion, second}, 2);
  });
}

TEST_CASE("F14 a file that is no memory could keep a worker waiting, and is refused") {
  const TemporaryFolder directory;
  for (const char* place : {"/etc/hostname", "/dev/zero", "/proc/self/maps"}) {
    const FileDescriptor file(::open(place, O_RDONLY | O_CLOEXEC));
    if (!file.open()) continue;
    check_sent_away("neither a memfd", [&](Guest& guest) {
      vu::MemoryTable table;
      table.count = 1;
      table.regions[0] = {GuestFile::kGuest, 1, GuestFile::kUser, 0};
      guest.send(Request::set_mem_table, std::as_bytes(std::span(&table, 1)).first(40), {file.get()});
    });
  }
}

TEST_CASE("F16 memory that nobody could watch any more is refused") {
  check_sent_away("more memory than can be watched", [](Guest& guest) {
    std::atomic<bool> gone{false};
    std::array<std::byte, 16> somewhere{};
    std::deque<VanishingMemory> others;
    do others.emplace_back(std::span(somewhere), gone);
    while (others.back().watches());
    // The old memory makes room for one.
    constexpr std::uint64_t kHalf = GuestFile::kBytes / 2;
    send_table(guest,
               {{GuestFile::kGuest, kHalf, GuestFile::kUser, 0},
                {GuestFile::kGuest + kHalf, kHalf, GuestFile::kUser + kHalf, kHalf}},
               2);
    CHECK(guest.turned_away());
  });
}

TEST_CASE("F16 memory that is shortened while it is in use ends the connection, and nothing else") {
  const bool packed = GENERATE(false, true);
  const FaultHandler handler;
  VhostRig rig;
  rig.must_open();
  const std::size_t descriptors = open_descriptors();
  {
    Guest guest(rig);
    guest.begin({.packed = packed});
    guest.refill(4, 128);
    guest.transmit(counting(60));
    REQUIRE(::ftruncate(guest.file.fd(), 0) == 0);
    static_cast<void>(take(rig));
    Packet* packet = nullptr;
    REQUIRE(rig.pool->allocate(std::span(&packet, 1)) == 1);
    packet->set_length(60);
    if (rig.port->tx(0, std::span<Packet* const>(&packet, 1)) == 0) rig.pool->free(packet);
    CHECK(guest.turned_away());
    CHECK(rig.events().find("took away memory") != std::string::npos);
    REQUIRE(::ftruncate(guest.file.fd(), GuestFile::kBytes) == 0);
  }
  check_that_others_are_served(rig, descriptors);
}

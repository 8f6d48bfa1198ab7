// Front ends and guests that do what none should: they alone are sent away, or lose what they did.

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <thread>

#include "core/base/passed_descriptors.hpp"
#include "core/base/vanishing_memory.hpp"
#include "vhost/vhost_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using drivers::vhost_user::Request;
namespace vu = drivers::vhost_user;
namespace feature = drivers::virtio::feature;

namespace {

/// The port serves the next front end as if nothing had been, and has lost no descriptor.
void check_that_others_are_served(VhostRig& rig, std::size_t descriptors) {
  rig.look(8);
  // Who made a mistake keeps the next one waiting for a moment.
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  CHECK(open_descriptors() == descriptors);
  Guest guest(rig);
  guest.begin();
  guest.transmit(counting(60));
  CHECK(take(rig) == std::vector<Bytes>{counting(60)});
  guest.hang_up();
  rig.look(8);
}

/// A front end that has said what `act` has it say is sent away, with these words in an event.
template <class Act>
void check_sent_away(const char* words, Act act, GuestOptions options = {}) {
  INFO(words);
  VhostRig rig({{"queues", std::int64_t{2}}});
  rig.must_open();
  const std::size_t descriptors = open_descriptors();
  {
    Guest guest(rig);
    guest.begin(options);
    rig.said.clear();
    act(guest);
    CHECK(guest.turned_away());
    INFO(rig.events());
    CHECK(rig.events().find(words) != std::string::npos);
  }
  check_that_others_are_served(rig, descriptors);
}

void send_header(Guest& guest, std::uint32_t request, std::uint32_t flags, std::uint32_t size,
                 std::span<const int> fds = {}) {
  const vu::Header header{request, flags, size};
  guest.send_raw(std::as_bytes(std::span(&header, 1)), fds);
}

void send_table(Guest& guest, std::vector<vu::MemoryRegion> regions, std::size_t fds) {
  vu::MemoryTable table;
  table.count = static_cast<std::uint32_t>(regions.size());
  std::ranges::copy(std::span(regions).first(std::min<std::size_t>(regions.size(), 8)),
                    table.regions.begin());
  guest.send(Request::set_mem_table,
             std::as_bytes(std::span(&table, 1)).first(8 + 32 * std::min<std::size_t>(regions.size(), 8)),
             std::vector<int>(fds, guest.file.fd()));
}

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

constexpr vu::MemoryRegion kRegion{GuestFile::kGuest, GuestFile::kBytes, GuestFile::kUser, 0};

}  // namespace

TEST_CASE("F14 messages that are none: unknown, of a wrong version, a reply, of a wrong size") {
  check_sent_away("message 0", [](Guest& guest) { send_header(guest, 0, 1, 0); });
  check_sent_away("message 99", [](Guest& guest) { send_header(guest, 99, 1, 0); });
  check_sent_away("message 4294967295", [](Guest& guest) { send_header(guest, 0xffffffff, 1, 0); });
  check_sent_away("version 0", [](Guest& guest) { send_header(guest, 1, 0, 0); });
  check_sent_away("version 3", [](Guest& guest) { send_header(guest, 1, 3, 0); });
  check_sent_away("as a reply", [](Guest& guest) { send_header(guest, 1, 5, 0); });
  check_sent_away("4294967295 bytes", [](Guest& guest) { send_header(guest, 1, 1, 0xffffffff); });
  check_sent_away("265 bytes", [](Guest& guest) { send_header(guest, 5, 1, 265); });
  check_sent_away("SET_FEATURES with 0 bytes", [](Guest& guest) { guest.send(Request::set_features); });
  check_sent_away("GET_FEATURES with 8 bytes",
                  [](Guest& guest) { guest.send_value(Request::get_features, std::uint64_t{0}); });
  check_sent_away("SET_VRING_ADDR with 8 bytes",
                  [](Guest& guest) { guest.send_value(Request::set_vring_addr, std::uint64_t{0}); });
  check_sent_away("SET_MEM_TABLE with 16 bytes", [](Guest& guest) {
    guest.send_value(Request::set_mem_table, std::array<std::uint64_t, 2>{});
  });
}

TEST_CASE(
    "F14 CVE-2019-14818 CVE-2021-3839 messages without, or with other descriptors than they should have") {
  check_sent_away("GET_FEATURES with 1 descriptors",
                  [](Guest& guest) { guest.send(Request::get_features, {}, {guest.file.fd()}); });
  check_sent_away("SET_VRING_CALL with 0 descriptors",
                  [](Guest& guest) { guest.send_value(Request::set_vring_call, std::uint64_t{0}); });
  check_sent_away("SET_VRING_KICK with 1 descriptors", [](Guest& guest) {
    guest.send_value(Request::set_vring_kick, vu::kNoDescriptor, {guest.file.fd()});
  });
  check_sent_away("SET_VRING_KICK with 2 descriptors", [](Guest& guest) {
    guest.send_value(Request::set_vring_kick, std::uint64_t{0}, {guest.file.fd(), guest.file.fd()});
  });
  check_sent_away("no eventfd", [](Guest& guest) {
    guest.send_value(Request::set_vring_call, std::uint64_t{0}, {guest.file.fd()});
  });
  check_sent_away("1 memory regions with 0", [](Guest& guest) { send_table(guest, {kRegion}, 0); });
  check_sent_away("1 memory regions with 8", [](Guest& guest) { send_table(guest, {kRegion}, 8); });
}

TEST_CASE("F14 a pipe for calls could keep a worker waiting, and is refused") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const FileDescriptor read_end(ends[0]);
  const FileDescriptor write_end(ends[1]);
  check_sent_away("no eventfd", [&](Guest& guest) {
    guest.send_value(Request::set_vring_call, std::uint64_t{0}, {write_end.get()});
  });
}

TEST_CASE("F14 16 descriptors with a message are all closed") {
  check_sent_away("more than 8 descriptors", [](Guest& guest) {
    const std::vector<int> fds(16, guest.file.fd());
    // More than our own function for it would send.
    std::array<std::byte, CMSG_SPACE(16 * sizeof(int))> control{};
    vu::Header header{5, 1, 0};
    iovec piece{&header, sizeof header};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
    guest.send_message(message);
  });
}

TEST_CASE("F14 CVE-2020-10723 rings that are not there") {
  check_sent_away("for ring 4", [](Guest& guest) {
    guest.send_value(Request::set_vring_num, vu::RingNumber{4, 64});
  });
  check_sent_away("for ring 65537", [](Guest& guest) {
    guest.send_value(Request::set_vring_enable, vu::RingNumber{65537, 1});
  });
  check_sent_away("for ring 4294967295", [](Guest& guest) {
    guest.send_value(Request::get_vring_base, vu::RingNumber{0xffffffff, 1});
  });
  check_sent_away("for ring 65536", [](Guest& guest) {
    guest.send_value(Request::set_vring_kick, std::uint64_t{65536} | vu::kNoDescriptor);
  });
  check_sent_away("for ring 255", [](Guest& guest) {
    guest.send_value(Request::set_vring_call, std::uint64_t{255} | vu::kNoDescriptor);
  });
  check_sent_away("for ring 128", [](Guest& guest) {
    guest.send_value(Request::set_vring_addr, vu::RingAddresses{.index = 128});
  });
}

TEST_CASE("F14 rings of impossible size and at impossible places") {
  const auto start = [](Guest& guest) {
    guest.send_value(Request::set_vring_kick, std::uint64_t{0} | vu::kNoDescriptor);
  };
  for (const std::uint32_t size : {0U, 32769U, 65536U, 0xffffffffU})
    check_sent_away(("makes ring 0 of " + std::to_string(size)).c_str(), [&](Guest& guest) {
      guest.send_value(Request::set_vring_num, vu::RingNumber{0, size});
    });
  check_sent_away("no power of two", [&](Guest& guest) {
    guest.send_value(Request::set_vring_num, vu::RingNumber{0, 100});
  });
  check_sent_away("descriptor 64 of 64",
                  [&](Guest& guest) {
                    guest.send_value(Request::set_vring_base, vu::RingNumber{0, 64});
                  },
                  {.packed = true});
  // CVE-2020-10722: the sum of address and size must not overflow, nor reach behind the memory.
  const std::uint64_t end = GuestFile::kUser + GuestFile::kBytes;
  for (const std::uint64_t address : {std::uint64_t{0}, end, end - 16, GuestFile::kUser + 8,
                                      ~std::uint64_t{15}, GuestFile::kGuest, GuestFile::kUser - 16})
    for (const unsigned which : {0U, 1U, 2U})
      check_sent_away("puts ring 0", [&](Guest& guest) {
        vu::RingAddresses addresses = guest.receive_ring().addresses(0);
        (which == 0   ? addresses.descriptors
         : which == 1 ? addresses.available
                      : addresses.used) =
            which == 0 || address != GuestFile::kUser + 8 ? address : GuestFile::kUser + 7;
        guest.send_value(Request::set_vring_addr, addresses);
        start(guest);
      });
  check_sent_away("logged", [&](Guest& guest) {
    auto addresses = guest.receive_ring().addresses(0);
    addresses.flags = vu::kLogUsed;
    guest.send_value(Request::set_vring_addr, addresses);
  });
}

TEST_CASE("F14 features that were not offered") {
  check_sent_away("0x1000000000000", [](Guest& guest) {
    guest.send_value(Request::set_features, feature::kVersion1 | 1ULL << 48);
  });
  check_sent_away("0x200000000",
                  [](Guest& guest) { guest.send_value(Request::set_features, feature::kAccessPlatform); });
  check_sent_away("protocol features that were not offered: 0x1000", [](Guest& guest) {
    guest.send_value(Request::set_protocol_features, std::uint64_t{1 << 12});
  });
  check_sent_away("status", [](Guest& guest) { guest.send_value(Request::set_status, std::uint64_t{256}); });
  check_sent_away("enabled or not", [](Guest& guest) {
    guest.send_value(Request::set_vring_enable, vu::RingNumber{0, 2});
  });
}

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
  const TemporaryDirectory directory;
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

TEST_CASE("F19 CVE-2018-1059 a buffer that is not all in the guest's memory is lost") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  const auto layout = GENERATE(Layout::direct, Layout::indirect);
  Guest guest(rig);
  guest.begin({.packed = packed});
  constexpr std::uint64_t kEnd = GuestFile::kGuest + GuestFile::kBytes;
  const std::vector<GuestPiece> wrong = {
      {kEnd - 71, 72},              // crosses the end
      {kEnd, 72},                   // behind it
      {GuestFile::kGuest - 1, 72},  // begins before
      {0, 72},
      {~std::uint64_t{0} - 10, 72},  // goes round
      {GuestFile::kGuest, 0xffffffff},
      {GuestFile::kGuest, 0},  // no length
      {~std::uint64_t{0}, 0},  // no length at no place
      {GuestFile::kUser, 72},  // an address of another kind
  };
  for (const GuestPiece& piece : wrong) {
    guest.send_ring().offer({piece}, false, layout);
    guest.transmit(counting(60));
    CHECK(take(rig) == std::vector<Bytes>{counting(60)});
    CHECK(guest.send_ring().used());
    CHECK(guest.send_ring().used());
    guest.receive_ring().offer({piece}, true, layout);
    guest.refill(1, 128);
    rig.send(counting(61));
    const auto bad = guest.receive_ring().used();
    REQUIRE(bad);
    CHECK(bad->length == 0);
    CHECK(guest.received() == counting(61));
  }
  CHECK(rig.counter("bad_descriptor") == wrong.size());
  CHECK(rig.counter("bad_buffers") == wrong.size());
}

TEST_CASE("F19 a buffer for the wrong direction is lost") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  const GuestPiece piece = guest.put(guest.with_header(counting(60)));
  guest.send_ring().offer({piece}, true);
  CHECK(take(rig).empty());
  CHECK(rig.counter("bad_descriptor") == 1);
  guest.receive_ring().offer({piece}, false);
  guest.refill(1, 128);
  rig.send(counting(60));
  CHECK(guest.receive_ring().used()->length == 0);
  CHECK(guest.received() == counting(60));
}

TEST_CASE("F19 CVE-2022-2132 tables: of a wrong length, in a table, without end, empty") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  const GuestPiece good = guest.put(guest.with_header(counting(60)));
  const auto offer_table = [&](std::uint64_t address, std::uint32_t length) {
    // A direct descriptor, which is then made to be one of a table.
    const std::uint16_t id = guest.send_ring().offer({{address, length}}, false);
    if (packed)
      guest.send_ring().packed()[id % 64].rest |= std::uint64_t{4} << 48;
    else
      guest.send_ring().split()[id].flags = 4;
  };
  const std::uint64_t table = guest.file.take(64 * 16, 16);
  const std::uint64_t address = GuestFile::kGuest + table;
  const auto entry = [&](unsigned i, GuestPiece piece, std::uint16_t flags, std::uint16_t next) {
    if (packed)
      guest.file.as<drivers::virtio::PackedDescriptor>(table)[i] = {
          piece.address, piece.length | std::uint64_t{flags} << 48};
    else
      guest.file.as<drivers::virtio::SplitDescriptor>(table)[i] = {piece.address, piece.length, flags, next};
  };
  entry(0, good, 0, 0);
  unsigned lost = 0;
  const auto check_lost = [&] {
    CHECK(take(rig).empty());
    CHECK(guest.send_ring().used());
    CHECK(rig.counter("bad_descriptor") == ++lost);
  };
  for (const std::uint32_t length : {0U, 1U, 15U, 17U, 0xfffffff0U, 0x80000000U}) {
    offer_table(address, length);
    check_lost();
  }
  offer_table(GuestFile::kGuest + GuestFile::kBytes - 8, 16);  // crosses the end
  check_lost();
  offer_table(address + 4, 16);  // not aligned
  check_lost();
  if (packed) return;
  entry(0, {address, 16}, 4, 0);  // a table in a table
  offer_table(address, 16);
  check_lost();
  entry(0, good, 1, 1);  // goes on where the table has ended
  offer_table(address, 16);
  check_lost();
  entry(0, {good.address, 1}, 1, 0);  // goes on with itself
  offer_table(address, 16);
  check_lost();
  entry(0, {good.address, 1}, 1, 1);
  entry(1, {good.address, 1}, 1, 0);  // goes round
  offer_table(address, 32);
  check_lost();
}

TEST_CASE("F19 a chain of a split ring that never ends is lost") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  const std::uint16_t id = guest.send_ring().offer({guest.put(counting(60))}, false);
  guest.send_ring().split()[id].flags = 1;
  guest.send_ring().split()[id].next = id;
  CHECK(take(rig).empty());
  CHECK(rig.counter("bad_descriptor") == 1);
  guest.transmit(counting(60));
  CHECK(take(rig).size() == 1);
  guest.send_ring().split()[0].next = 0xffff;
}

TEST_CASE("F19 a ring whose numbers cannot be is left alone until it is set up anew") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  SECTION("an index that jumps") {
    guest.send_ring().available()->index = 65;
  }
  SECTION("an index that goes back") {
    guest.transmit(counting(60));
    CHECK(take(rig).size() == 1);
    guest.send_ring().available()->index = 0;
  }
  SECTION("a descriptor that is not there") {
    guest.transmit(counting(60));
    guest.send_ring().available()->entries()[0] = 64;
  }
  CHECK(take(rig).empty());
  rig.look(8);
  CHECK(rig.events().find("ring 1 of the guest is not served any more") != std::string::npos);
  guest.transmit(counting(60));
  CHECK(take(rig).empty());
  // The other ring goes on.
  guest.refill(1, 128);
  rig.send(counting(70));
  CHECK(guest.received() == counting(70));
  // Set up anew, it works again.
  const std::uint16_t index = guest.send_ring().available()->index;
  guest.start_ring(1, index);
  rig.look(8);
  guest.transmit(counting(61));
  CHECK(take(rig) == std::vector<Bytes>{counting(61)});
}

TEST_CASE("F19 a chain of a packed ring that is longer than the ring stops it") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = true, .ring_size = 8});
  const GuestPiece piece = guest.put(guest.with_header(counting(60)));
  for (unsigned i = 0; i < 8; ++i)
    guest.send_ring().packed()[i] = {piece.address, piece.length | std::uint64_t{1 | 1 << 7} << 48};
  CHECK(take(rig).empty());
  rig.look(8);
  CHECK(rig.events().find("longer than its ring") != std::string::npos);
}

// Messages that no front end should send.

#include <sys/socket.h>
#include <sys/timerfd.h>

#include <array>

#include "tests/virtio/device/hostile.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using drivers::vhost_user::Request;
namespace vu = drivers::vhost_user;
namespace feature = drivers::virtio::feature;

namespace {}  // namespace

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

TEST_CASE("F14 a timer for calls could keep the control thread waiting, and is refused") {
  const FileDescriptor timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  check_sent_away("no eventfd", [&](Guest& guest) {
    guest.send_value(Request::set_vring_call, std::uint64_t{0}, {timer.get()});
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

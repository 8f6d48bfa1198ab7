#pragma once

#include <cstddef>
#include <vector>

#include "tests/virtio/device/vhost_rig.hpp"

/// What the tests with hostile front ends share.
namespace ixyflow::test {

/// The port serves the next front end as if nothing had been, and has lost no descriptor.
void check_that_others_are_served(VhostRig& rig, std::size_t descriptors);

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

/// All of a guest's memory.
inline constexpr drivers::vhost_user::MemoryRegion kRegion{GuestFile::kGuest, GuestFile::kBytes,
                                                           GuestFile::kUser, 0};

/// Sends a memory table with these regions, of which only eight have room, and so many descriptors.
void send_table(Guest& guest, const std::vector<drivers::vhost_user::MemoryRegion>& regions, std::size_t fds);

/// Sends a header alone, with anything in it.
void send_header(Guest& guest, std::uint32_t request, std::uint32_t flags, std::uint32_t size);

}  // namespace ixyflow::test

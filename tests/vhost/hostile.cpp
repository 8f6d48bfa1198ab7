#include "vhost/hostile.hpp"

#include <chrono>
#include <thread>

namespace ixyflow::test {

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

void send_header(Guest& guest, std::uint32_t request, std::uint32_t flags, std::uint32_t size) {
  const drivers::vhost_user::Header header{request, flags, size};
  guest.send_raw(std::as_bytes(std::span(&header, 1)));
}

}  // namespace ixyflow::test

#include "tests/virtio/device/hostile.hpp"

#include <algorithm>
#include <chrono>
#include <span>
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

void send_table(Guest& guest, const std::vector<drivers::vhost_user::MemoryRegion>& regions,
                std::size_t fds) {
  drivers::vhost_user::MemoryTable table;
  table.count = static_cast<std::uint32_t>(regions.size());
  const auto there = std::span(regions).first(std::min(regions.size(), table.regions.size()));
  std::ranges::copy(there, table.regions.begin());
  const std::size_t unused = table.regions.size() - there.size();
  guest.send(drivers::vhost_user::Request::set_mem_table,
             std::as_bytes(std::span(&table, 1)).first(sizeof table - unused * sizeof table.regions[0]),
             std::vector<int>(fds, guest.file.fd()));
}

void send_header(Guest& guest, std::uint32_t request, std::uint32_t flags, std::uint32_t size) {
  const drivers::vhost_user::Header header{request, flags, size};
  guest.send_raw(std::as_bytes(std::span(&header, 1)));
}

}  // namespace ixyflow::test

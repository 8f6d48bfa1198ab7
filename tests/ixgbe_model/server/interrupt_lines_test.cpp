#include <linux/vfio.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <catch2/catch.hpp>
#include <vector>

#include "tests/ixgbe_model/server/server_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using model::Interrupts;
using vu::Command;

namespace {

constexpr std::uint32_t kAssign = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
constexpr std::uint32_t kMask = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK;
constexpr std::uint32_t kUnmask = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK;

Payload request(std::uint32_t flags, std::uint32_t index, std::uint32_t start, std::uint32_t count) {
  return bytes_of(vu::IrqSet{.argsz = 20, .flags = flags, .index = index, .start = start, .count = count});
}

/// How often the eventfd was signalled since the last look.
std::uint64_t take(const FileDescriptor& event) {
  eventfd_t value = 0;
  return ::eventfd_read(event.get(), &value) == 0 ? value : 0;
}

/// A driver with eventfds for vectors 0 to `count` - 1 of one kind of interrupt.
struct Listener {
  Listener(std::uint32_t index, std::uint32_t count) : client(rig.connect()) {
    std::vector<int> fds;
    for (std::uint32_t i = 0; i < count; ++i) {
      events.emplace_back(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
      fds.push_back(events.back().get());
    }
    CHECK(set(request(kAssign, index, 0, count), fds) == 0);
  }
  int set(const Payload& body, const std::vector<int>& fds = {}) {
    return rig.error_of(client, Command::device_set_irqs, body, fds);
  }
  Interrupts& interrupts() { return rig.server->interrupts(); }

  ServerRig rig;
  ScriptedClient client;
  std::vector<FileDescriptor> events;
};

}  // namespace

TEST_CASE("there are one INTx, one MSI and 64 MSI-X interrupts") {
  ServerRig rig;
  const auto client = rig.connect();
  const std::array<std::uint32_t, 5> counts{1, 1, 64, 1, 1};
  for (std::uint32_t index = 0; index < counts.size(); ++index) {
    const auto info = parse<vu::IrqInfo>(
        rig.call(client, Command::device_get_irq_info, bytes_of(vu::IrqInfo{.argsz = 16, .index = index}))
            .payload);
    CHECK(info.count == counts[index]);
    CHECK((info.flags & VFIO_IRQ_INFO_EVENTFD) != 0);
    CHECK(((info.flags & VFIO_IRQ_INFO_AUTOMASKED) != 0) == (index == VFIO_PCI_INTX_IRQ_INDEX));
  }
}

TEST_CASE("a vector signals its own eventfd") {
  Listener listener(VFIO_PCI_MSIX_IRQ_INDEX, 8);
  CHECK(listener.interrupts().kind() == Interrupts::Kind::msix);
  listener.interrupts().raise(3);
  listener.interrupts().raise(3);
  listener.interrupts().raise(8);
  listener.interrupts().raise(1000);
  for (std::size_t i = 0; i < 8; ++i) CHECK(take(listener.events[i]) == (i == 3 ? 2 : 0));
}

TEST_CASE("nobody listens at first, and nobody when the driver has gone") {
  Listener listener(VFIO_PCI_MSIX_IRQ_INDEX, 1);
  listener.client = ScriptedClient(FileDescriptor());
  listener.rig.serve();
  CHECK(listener.interrupts().kind() == Interrupts::Kind::none);
  listener.interrupts().raise(0);
  CHECK(take(listener.events[0]) == 0);
}

TEST_CASE("eventfds are taken away one by one, and all at once") {
  Listener listener(VFIO_PCI_MSIX_IRQ_INDEX, 3);
  CHECK(listener.set(request(kAssign, VFIO_PCI_MSIX_IRQ_INDEX, 1, 1)) == 0);
  for (unsigned i = 0; i < 3; ++i) listener.interrupts().raise(i);
  CHECK(take(listener.events[0]) == 1);
  CHECK(take(listener.events[1]) == 0);
  CHECK(take(listener.events[2]) == 1);
  CHECK(listener.set(request(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_PCI_MSIX_IRQ_INDEX, 0,
                             0)) == 0);
  CHECK(listener.interrupts().kind() == Interrupts::Kind::none);
}

TEST_CASE("what is raised while it is masked is pending, and comes afterwards") {
  Listener listener(VFIO_PCI_MSIX_IRQ_INDEX, 3);
  CHECK(listener.set(request(kMask, VFIO_PCI_MSIX_IRQ_INDEX, 1, 2)) == 0);
  for (unsigned i = 0; i < 3; ++i) listener.interrupts().raise(i);
  CHECK(take(listener.events[0]) == 1);
  CHECK(take(listener.events[1]) == 0);
  CHECK(listener.rig.read(listener.client, kBar4, 0x2000) == 6);
  CHECK(listener.set(request(kUnmask, VFIO_PCI_MSIX_IRQ_INDEX, 1, 1)) == 0);
  CHECK(take(listener.events[1]) == 1);
  CHECK(listener.rig.read(listener.client, kBar4, 0x2000) == 4);
}

TEST_CASE("INTx masks itself until the driver has looked") {
  Listener listener(VFIO_PCI_INTX_IRQ_INDEX, 1);
  CHECK(listener.interrupts().kind() == Interrupts::Kind::intx);
  listener.interrupts().raise(0);
  listener.interrupts().raise(0);
  CHECK(take(listener.events[0]) == 1);
  CHECK(listener.set(request(kUnmask, VFIO_PCI_INTX_IRQ_INDEX, 0, 1)) == 0);
  CHECK(listener.rig.device.unmasked == 1);
  CHECK(take(listener.events[0]) == 0);
  listener.interrupts().raise(0);
  CHECK(take(listener.events[0]) == 1);
}

TEST_CASE("a driver can trigger interrupts itself, all or some") {
  Listener listener(VFIO_PCI_MSI_IRQ_INDEX, 1);
  CHECK(listener.interrupts().kind() == Interrupts::Kind::msi);
  CHECK(listener.set(request(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_PCI_MSI_IRQ_INDEX, 0,
                             1)) == 0);
  CHECK(take(listener.events[0]) == 1);
  const auto some =
      request(VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_PCI_MSI_IRQ_INDEX, 0, 1);
  CHECK(listener.set(some + Payload{std::byte{0}}) == 0);
  CHECK(take(listener.events[0]) == 0);
  CHECK(listener.set(some + Payload{std::byte{1}}) == 0);
  CHECK(take(listener.events[0]) == 1);
}

TEST_CASE("an eventfd that is full holds nobody up") {
  Listener listener(VFIO_PCI_MSIX_IRQ_INDEX, 0 + 1);
  const FileDescriptor blocking(::eventfd(0, EFD_CLOEXEC));
  REQUIRE(::eventfd_write(blocking.get(), 0xffff'ffff'ffff'fffe) == 0);
  CHECK(listener.set(request(kAssign, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1), {blocking.get()}) == 0);
  listener.interrupts().raise(0);
  CHECK(take(blocking) == 0xffff'ffff'ffff'fffe);
}

TEST_CASE("G14 requests about interrupts that make no sense are refused") {
  Listener listener(VFIO_PCI_MSIX_IRQ_INDEX, 1);
  constexpr std::uint32_t kMsix = VFIO_PCI_MSIX_IRQ_INDEX;
  const int event = listener.events[0].get();
  CHECK(listener.set(request(kAssign, 5, 0, 1), {event}) == EINVAL);
  CHECK(listener.set(request(kAssign, kMsix, 64, 1), {event}) == EINVAL);
  CHECK(listener.set(request(kAssign, kMsix, 63, 2), {event, event}) == EINVAL);
  CHECK(listener.set(request(kAssign, kMsix, 0xffff'ffff, 1), {event}) == EINVAL);
  CHECK(listener.set(request(kAssign, kMsix, 1, 0xffff'ffff), {event}) == EINVAL);
  CHECK(listener.set(request(kAssign, kMsix, 0, 2), {event}) == EINVAL);
  CHECK(listener.set(request(kAssign, kMsix, 0, 0)) == EINVAL);
  CHECK(listener.set(request(kMask, kMsix, 0, 1), {event}) == EINVAL);
  CHECK(listener.set(request(kMask | VFIO_IRQ_SET_ACTION_UNMASK, kMsix, 0, 1)) == EINVAL);
  CHECK(listener.set(request(VFIO_IRQ_SET_DATA_NONE, kMsix, 0, 1)) == EINVAL);
  CHECK(listener.set(request(VFIO_IRQ_SET_ACTION_MASK, kMsix, 0, 1)) == EINVAL);
  CHECK(listener.set(request(kMask | 0x100, kMsix, 0, 1)) == EINVAL);
  CHECK(listener.set(request(VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_MASK, kMsix, 0, 1), {event}) ==
        EINVAL);
  CHECK(listener.set(request(kMask, VFIO_PCI_ERR_IRQ_INDEX, 0, 1)) == EINVAL);
  CHECK(listener.set(request(VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_MASK, kMsix, 0, 4) + Payload(3)) ==
        EINVAL);
  listener.interrupts().raise(0);
  CHECK(take(listener.events[0]) == 1);
}

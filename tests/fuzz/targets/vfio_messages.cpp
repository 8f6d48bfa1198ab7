// vfio-user messages, as the software network card is sent them by a driver (tools/ixgbe-model/server): no
// descriptor is lost, and a driver that breaks the protocol makes room for the next.

#include <array>

#include "tests/fuzz/input.hpp"
#include "tests/fuzz/seed.hpp"
#include "tests/fuzz/sockets.hpp"
#include "tests/ixgbe_model/server/server_rig.hpp"

namespace ixyflow::fuzz {
namespace {

namespace vfu = ixyflow::vfio_user;

/// How a message begins in an input; its body follows.
struct MessageHead {
  std::uint8_t command = 0;
  std::uint8_t shape = 0;  ///< what is odd about it, and what comes along
  std::uint16_t bytes = 0;
};

/// What comes along with messages: memory, or an eventfd.
int descriptor(bool event) {
  static const FileDescriptor file = test::memory_file(std::size_t{64} * 1024);
  static const FileDescriptor eventfd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  return event ? eventfd.get() : file.get();
}

void send_message(int socket, const MessageHead& head, Input& input) {
  const Bytes body = input.bytes(head.bytes % 1024);
  vfu::Header header{.id = 7, .command = head.command, .size = 0, .flags = 0};
  header.size = static_cast<std::uint32_t>(sizeof header + body.size());
  if ((head.shape & 0xf0) == 0x10) header.size = input.take<std::uint32_t>();
  if ((head.shape & 0xf0) == 0x20) header.flags = input.byte();
  std::vector<std::byte> bytes(sizeof header + body.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  std::ranges::copy(std::as_bytes(body), bytes.begin() + sizeof header);
  const std::vector<int> fds(head.shape & 7, descriptor((head.shape & 8) != 0));
  send_to(socket, bytes, fds);
}

/// The card touches the driver's memory now and then, where that is mapped.
void touch_memory(test::ServerRig& rig, Input& input) {
  const auto address = input.take<std::uint64_t>();
  const std::size_t bytes = 1 + input.below(256);
  if (std::byte* place = rig.server->memory().at(address, bytes))
    for (std::size_t i = 0; i < bytes; ++i) place[i] ^= std::byte{1};
}

/// Takes all answers that are there.
void drain(int socket) {
  static std::array<std::byte, 65536> answers;
  while (::recv(socket, answers.data(), answers.size(), MSG_DONTWAIT) == ssize_t{answers.size()}) continue;
}

void serve_driver(Bytes bytes) {
  static test::ServerRig rig;
  static_cast<void>(descriptor(true));
  Input input(bytes);
  const DescriptorCheck check;
  {
    const test::ScriptedClient driver(rig.path);
    rig.serve();
    const FileDescriptor socket(::fcntl(driver.fd(), F_DUPFD_CLOEXEC, 0));
    while (!input.empty()) {
      const auto head = input.take<MessageHead>();
      if (head.command == 0xff)
        touch_memory(rig, input);
      else
        send_message(socket.get(), head, input);
      while (rig.server->serve()) continue;
      drain(socket.get());
    }
  }
  rig.serve();
  rig.device.written.clear();
  expect(!rig.server->connected(), "a driver that has gone makes room for the next");
}

void vfio_messages_seeds(const Sink& seed) {
  Seed all;
  const auto say = [&](vfu::Command command, unsigned shape, const Seed& body) {
    all.put(MessageHead{static_cast<std::uint8_t>(command), static_cast<std::uint8_t>(shape),
                        static_cast<std::uint16_t>(body.content().size())})
        .text(body.content());
  };
  say(vfu::Command::version, 0,
      Seed()
          .put(vfu::Version{})
          .text(R"({"capabilities":{"max_msg_fds":8,"twin_socket":{"supported":true}}})")
          .byte(0));
  say(vfu::Command::device_get_info, 0, Seed().put(vfu::DeviceInfo{.argsz = 16}));
  for (std::uint32_t i = 0; i < 9; ++i)
    say(vfu::Command::device_get_region_info, 0, Seed().put(vfu::RegionInfo{.argsz = 4096, .index = i}));
  for (std::uint32_t i = 0; i < 5; ++i)
    say(vfu::Command::device_get_irq_info, 0, Seed().put(vfu::IrqInfo{.argsz = 16, .index = i}));
  say(vfu::Command::dma_map, 1, Seed().put(vfu::DmaMap{32, 3, 0, 0x10000, 0x8000}));
  all.byte(0xff).byte(0).put(std::uint16_t{0}).put(std::uint64_t{0x10010}).byte(8);
  say(vfu::Command::device_set_irqs, 9, Seed().put(vfu::IrqSet{20, 4 | 32, 2, 0, 1}));
  say(vfu::Command::region_write, 0,
      Seed().put(vfu::RegionAccess{.offset = 4, .region = 7, .count = 2}).put(std::uint16_t{6}));
  say(vfu::Command::region_read, 0, Seed().put(vfu::RegionAccess{.offset = 0, .region = 0, .count = 4}));
  say(vfu::Command::region_write_multi, 0,
      Seed()
          .put(std::uint64_t{1})
          .put(vfu::RegionAccess{.offset = 8, .region = 0, .count = 4})
          .put(std::uint64_t{5}));
  say(vfu::Command::dma_unmap, 0, Seed().put(vfu::DmaUnmap{24, 0, 0x10000, 0x8000}));
  say(vfu::Command::device_reset, 0, Seed());
  seed(all.content());
}

const Registered vfio_messages_target(
    {.name = "vfio_messages", .run = serve_driver, .seeds = vfio_messages_seeds, .longest = 2048});

}  // namespace
}  // namespace ixyflow::fuzz

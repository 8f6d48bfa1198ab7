// vfio-user replies, as the driver is given them by a device model (drivers/bus/vfio_user): each call ends
// with a value or with words, registers stay within their BAR, and no descriptor is lost.

#include "drivers/bus/vfio_user/function.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/seed.hpp"
#include "tests/fuzz/sockets.hpp"

namespace ixyflow::fuzz {
namespace {

namespace vfu = ixyflow::vfio_user;
using drivers::VfioUserFunction;

/// The order in which the driver asks, as long as all goes well.
constexpr std::array kAsked = {
    vfu::Command::version,     vfu::Command::device_get_info,     vfu::Command::device_get_region_info,
    vfu::Command::region_read, vfu::Command::region_write,        vfu::Command::device_get_region_info,
    vfu::Command::region_read, vfu::Command::region_write,        vfu::Command::dma_map,
    vfu::Command::dma_unmap,   vfu::Command::device_get_irq_info, vfu::Command::device_set_irqs,
    vfu::Command::device_reset};

/// How a reply begins in an input; its body follows.
struct ReplyHead {
  std::uint8_t shape = 0;  ///< what is odd about it, and what comes along
  std::uint8_t odd = 0;    ///< of command or number, where the shape says so
  std::uint16_t bytes = 0;
};

/// Where registers lie that may be mapped.
const MemoryFile& registers() {
  static const MemoryFile file;
  static const bool made = ::ftruncate(file.fd(), 64 * 1024) == 0;
  expect(made, "registers have a file");
  return file;
}

/// What the model says before it is asked, and then nothing more: a driver that waits finds the end at once.
void say_as_model(int socket, Input& input) {
  for (std::uint16_t number = 0; !input.empty(); ++number) {
    const auto head = input.take<ReplyHead>();
    const Bytes body = input.bytes(head.bytes % 512);
    vfu::Header header{.id = number,
                       .command = static_cast<std::uint16_t>(kAsked[number % kAsked.size()]),
                       .size = static_cast<std::uint32_t>(sizeof(vfu::Header) + body.size()),
                       .flags = vfu::kTypeReply};
    const unsigned wrong = head.shape & 7;
    if (wrong == 1) header.command = head.odd;
    if (wrong == 2) header.id = head.odd;
    if (wrong == 3) header.flags = head.odd;
    if (wrong == 4) header.size += head.odd;
    if (wrong == 5) header.error = head.odd;
    // A command of the model's own, in between.
    if (wrong == 6) header.flags = vfu::kTypeCommand | (head.odd & vfu::kNoReply);
    if (wrong == 6) --number;
    std::vector<std::byte> bytes(sizeof header + body.size());
    std::memcpy(bytes.data(), &header, sizeof header);
    std::ranges::copy(std::as_bytes(body), bytes.begin() + sizeof header);
    const std::vector<int> fds(head.shape >> 4 & 3, registers().fd());
    send_to(socket, bytes, fds);
  }
  ::shutdown(socket, SHUT_WR);
}

DmaMemory& shared_memory() {
  static DmaMemory memory = [] {
    DmaMemory made = std::move(*DmaMemory::allocate(4096, Pages::small, -1));
    expect(made.assign_addresses(DeviceAddresses::linear, std::uint64_t{1} << 32).has_value(),
           "memory has addresses");
    return made;
  }();
  return memory;
}

void use_bar(VfioUserFunction& function) {
  const auto bar = function.open_bar(0, 4096);
  if (!bar) return expect(!bar.error().text.empty(), "what went wrong has words");
  static_cast<void>((*bar)->read<std::uint32_t>(0x10));
  (*bar)->write<std::uint32_t>(0x20, 1);
  static_cast<void>((*bar)->read<std::uint8_t>(4095));
}

/// All that a driver of a card does to its function.
void drive_card(VfioUserFunction& function) {
  if (const auto begun = function.begin(); !begun)
    return expect(!begun.error().text.empty(), "what went wrong has words");
  static_cast<void>(function.read_config(0, 4));
  static_cast<void>(function.write_config(4, 6, 2));
  use_bar(function);
  static_cast<void>(function.map(shared_memory()));
  function.unmap(shared_memory());
  static_cast<void>(function.interrupt(0));
  static_cast<void>(function.reset());
  expect(function.why_gone().empty() || function.gone(), "what is there is not gone");
}

void read_replies_of_model(Bytes bytes) {
  // Never waited for, because the model has always said all.
  constexpr Duration kPatience{1'000'000'000};
  static_cast<void>(registers());
  static_cast<void>(shared_memory());
  Input input(bytes);
  const DescriptorCheck check;
  auto [ours, theirs] = socket_pair();
  say_as_model(theirs.get(), input);
  VfioUserFunction function(std::make_unique<drivers::VfioUserChannel>(std::move(ours), kPatience), "fuzz");
  drive_card(function);
}

void vfio_replies_seeds(const Sink& seed) {
  for (const bool mapped : {false, true}) {
    Seed all;
    const auto reply = [&](const Seed& body, unsigned shape = 0) {
      all.put(ReplyHead{static_cast<std::uint8_t>(shape), 0,
                        static_cast<std::uint16_t>(body.content().size())})
          .text(body.content());
    };
    const Seed four_bytes =
        Seed().put(vfu::RegionAccess{.offset = 0, .region = 7, .count = 4}).put(std::uint32_t{1});
    const vfu::RegionAccess written{.offset = 0, .region = 7, .count = 2};
    reply(Seed().put(vfu::Version{}).text("{}").byte(0));
    reply(Seed().put(vfu::DeviceInfo{.argsz = 16, .flags = 3, .regions = 9, .irqs = 5}));
    reply(Seed().put(vfu::RegionInfo{.argsz = 32, .flags = 3, .index = 7, .size = 4096}));
    reply(four_bytes);
    reply(Seed().put(written));
    // A BAR, all of which may be mapped where a descriptor comes along; parts of it by a capability.
    Seed bar;
    bar.put(vfu::RegionInfo{
        .argsz = 64, .flags = mapped ? 15U : 3U, .index = 0, .cap_offset = mapped ? 32U : 0U, .size = 8192});
    if (mapped)
      bar.put(std::uint32_t{0x00010001})
          .put(0U)
          .put(1U)
          .put(0U)
          .put(std::uint64_t{4096})
          .put(std::uint64_t{4096});
    reply(bar, mapped ? 0x10 : 0);
    reply(four_bytes);
    reply(Seed().put(vfu::RegionAccess{.offset = 32, .region = 0, .count = 4}));
    reply(Seed());
    reply(Seed());
    reply(Seed().put(vfu::IrqInfo{.argsz = 16, .flags = 1, .index = 2, .count = 4}));
    reply(Seed());
    reply(Seed());
    seed(all.content());
  }
}

const Registered vfio_replies_target(
    {.name = "vfio_replies", .run = read_replies_of_model, .seeds = vfio_replies_seeds, .longest = 1024});

}  // namespace
}  // namespace ixyflow::fuzz

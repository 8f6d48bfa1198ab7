#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <thread>

#include "core/packet/dma_memory.hpp"
#include "drivers/bus/open/open_function.hpp"
#include "tests/bus/fake_messages.hpp"

using namespace ixyflow;
using namespace ixyflow::drivers;
using namespace ixyflow::test;
using vfio_user::Command;

namespace {

/// Where it does not matter, so much that a busy machine does not come near.
constexpr PciOptions kPatient{.patience = {60'000'000'000}};
constexpr PciOptions kImpatient{.patience = {200'000'000}};
/// What a busy machine may add to that.
constexpr std::chrono::seconds kLongest{10};

/// Does all that a driver does at its start; what went wrong, or "".
std::string start(const FakeModel& model, const PciOptions& options = kPatient) {
  auto memory = DmaMemory::allocate(64 * 1024, Pages::small, -1);
  REQUIRE(memory);
  REQUIRE(memory->assign_addresses(DeviceAddresses::linear, 0x100000));
  auto function = open_pci_function(model.device(), options);
  if (!function) return function.error().text;
  if (auto vendor = (*function)->read_config(0, 4); !vendor) return vendor.error().text;
  if (auto master = (*function)->set_bus_master(true); !master) return master.error().text;
  auto bar = (*function)->open_bar(0, FakeModel::kBarSize);
  if (!bar) return bar.error().text;
  if (auto mapped = (*function)->map(*memory); !mapped) return mapped.error().text;
  if (auto reset = (*function)->reset(); !reset) return reset.error().text;
  if (auto event = (*function)->interrupt(0); !event) return event.error().text;
  return "";
}

/// Whether a model that behaves like `twist` makes the start fail with a text that has `part` in it: soon,
/// and with nothing left behind.
void check_start_fails(const FakeModel::Twist& twist, const std::string& part,
                       const PciOptions& options = kPatient) {
  const auto before = open_descriptors();
  std::string text;
  {
    const FakeModel model(twist);
    text = start(model, options);
  }
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  CHECK(text.find("socket") != std::string::npos);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(open_descriptors() == before);
}

/// The same for a model that is not to be waited for.
void check_start_is_soon_over(const FakeModel::Twist& twist) {
  const auto begin = std::chrono::steady_clock::now();
  check_start_fails(twist, "did not answer within 200ms", kImpatient);
  CHECK(std::chrono::steady_clock::now() - begin < kLongest);
}

/// `change` for the replies to one command.
template <class Change>
FakeModel::Twist at(Command command, Change change) {
  return [=](ModelExchange& exchange) {
    if (exchange.command() == command) change(exchange);
  };
}

constexpr Command kCommands[] = {Command::version,
                                 Command::device_get_info,
                                 Command::device_get_region_info,
                                 Command::region_read,
                                 Command::dma_map,
                                 Command::device_reset,
                                 Command::region_write,
                                 Command::device_get_irq_info,
                                 Command::device_set_irqs};

/// A reply that describes BAR 0 in this way.
FakeModel::Twist bar_described(std::vector<std::byte> description) {
  return at(Command::device_get_region_info, [description](ModelExchange& exchange) {
    if (exchange.body_as<vfio_user::RegionInfo>().index == 0) exchange.reply_body = description;
  });
}

}  // namespace

TEST_CASE("G14 a right model passes what the hostile ones are tried with") {
  const FakeModel model;
  CHECK(start(model) == "");
}

TEST_CASE("G14 a reply with a wrong id is an error, for every command") {
  for (const Command command : kCommands)
    check_start_fails(at(command, [](ModelExchange& exchange) { ++exchange.reply.id; }), "wrong message id");
}

TEST_CASE("G14 a reply to another command is an error") {
  check_start_fails(at(Command::device_get_info, [](ModelExchange& exchange) { ++exchange.reply.command; }),
                    "no reply to what was asked");
  check_start_fails(at(Command::device_get_info, [](ModelExchange& exchange) { exchange.reply.flags = 7; }),
                    "no reply to what was asked");
}

TEST_CASE("G14 a reply that is too short is an error") {
  for (const Command command : {Command::version, Command::device_get_info, Command::device_get_region_info,
                                Command::region_read, Command::device_get_irq_info})
    check_start_fails(at(command, [](ModelExchange& exchange) { exchange.reply_body.resize(3); }),
                      "too short");
}

TEST_CASE("G14 a reply that is too long is an error") {
  for (const Command command : kCommands)
    check_start_fails(at(command, [](ModelExchange& exchange) { exchange.reply_body.resize(20'000); }),
                      "too long");
}

TEST_CASE("G14 a reply that says another count than its data has is an error") {
  check_start_fails(at(Command::region_read,
                       [](ModelExchange& exchange) {
                         auto access = exchange.body_as<vfio_user::RegionAccess>();
                         ++access.count;
                         std::memcpy(exchange.reply_body.data(), &access, sizeof access);
                       }),
                    "too long");
}

TEST_CASE("G14 a message of impossible size is an error") {
  for (const std::uint32_t size : {1U, 15U, 2U << 20, 0xffffffffU})
    check_start_fails(
        at(Command::device_get_info, [=](ModelExchange& exchange) { exchange.reply.size = size; }),
        "impossible size");
}

TEST_CASE("G14 an error reply is an error that tells the reason") {
  for (const Command command : kCommands) {
    check_start_fails(at(command,
                         [](ModelExchange& exchange) {
                           exchange.reply.flags |= vfio_user::kError;
                           exchange.reply.error = EACCES;
                           exchange.reply_body.clear();
                         }),
                      "refused it: Permission denied");
  }
}

TEST_CASE("G14 a model that does not answer is waited for no longer than allowed") {
  for (const Command command : kCommands)
    check_start_is_soon_over(at(command, [](ModelExchange& exchange) { exchange.answer = false; }));
}

TEST_CASE("G14 a model that answers byte by byte gets no more time") {
  check_start_is_soon_over(at(Command::device_get_info, [](ModelExchange& exchange) {
    const std::byte byte{0};
    for (int i = 0; i < 12; ++i) {
      send_message(exchange.socket, {&byte, 1}, {});
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
    exchange.answer = false;
  }));
}

TEST_CASE("G14 a model that stops in the middle of a reply is waited for no longer than allowed") {
  check_start_is_soon_over(at(Command::device_get_info, [](ModelExchange& exchange) { exchange.cut = 20; }));
}

TEST_CASE("G14 a model that hangs up is an error, for every command") {
  for (const Command command : kCommands)
    check_start_fails(at(command, [](ModelExchange& exchange) { exchange.hang_up = true; }),
                      "closed the connection");
}

TEST_CASE("G14 regions of impossible size are errors") {
  check_start_fails(bar_described(region_with_area(0, 0, 0, 0)), "has no BAR 0");
  check_start_fails(bar_described(region_with_area(0x1000, 0x10000, 0, 0x1000)), "BAR 0 of 0x1000 bytes");
  for (const int shift : {31, 62, 63})
    check_start_fails(bar_described(region_with_area(std::uint64_t{1} << shift, 0x10000, 0x1000, 0x1000)),
                      "are allowed");
  check_start_fails(bar_described(region_with_area(~std::uint64_t{0}, 0x10000, 0x1000, 0x1000)),
                    "are allowed");
}

TEST_CASE("G14 areas that are not whole pages of their region are errors") {
  const std::uint64_t size = FakeModel::kBarSize;
  for (const auto& [offset, bytes] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0x800, 0x1000}, {0x1000, 0x800}, {0, 0x5000}, {0x4000, 0x1000}, {~std::uint64_t{0xfff}, 0x2000}})
    check_start_fails(bar_described(region_with_area(size, 0x10000, offset, bytes)), "not whole pages");
  for (const std::uint64_t in_file : {std::uint64_t{0x20000}, ~std::uint64_t{0xfff}, std::uint64_t{1} << 63})
    check_start_fails(bar_described(region_with_area(size, in_file, 0x1000, 0x1000)), "cannot be mapped");
}

TEST_CASE("G14 a damaged list of capabilities is an error") {
  auto description = region_with_area(FakeModel::kBarSize, 0x10000, 0x1000, 0x1000);
  const auto put = [&](std::size_t offset, auto value) {
    std::memcpy(description.data() + offset, &value, sizeof value);
  };
  put(32, std::uint16_t{99});
  for (const std::uint32_t next : {32U, 5000U, 0xffffffffU, 58U}) {
    put(36, next);
    check_start_fails(bar_described(description), "damaged list of capabilities");
  }
  description = region_with_area(FakeModel::kBarSize, 0x10000, 0x1000, 0x1000);
  put(40, std::uint32_t{2});
  check_start_fails(bar_described(description), "is cut");
  put(40, std::uint32_t{0xffffffff});
  check_start_fails(bar_described(description), "at most 64 are allowed");
}

TEST_CASE("G14 a descriptor that is missing, of the wrong kind or one too many is an error") {
  const auto bar_with = [](std::vector<int> fds) {
    return at(Command::device_get_region_info, [fds](ModelExchange& exchange) {
      if (exchange.body_as<vfio_user::RegionInfo>().index == 0) exchange.reply_fds = fds;
    });
  };
  check_start_fails(bar_with({}), "sent no descriptor");
  check_start_fails(bar_with({0, 0}), "nobody asked for");
  check_start_fails(bar_with(std::vector<int>(20, 0)), "nobody asked for");
  const FileDescriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  check_start_fails(bar_with({nothing.get()}), "cannot be mapped");
  const FileDescriptor read_only(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  check_start_fails(bar_with({read_only.get()}), "cannot be mapped");
  check_start_fails(at(Command::version, [](ModelExchange& exchange) { exchange.reply_fds = {0}; }),
                    "nobody asked for");
}

TEST_CASE("G14 what is no PCI device of protocol version 0 is an error") {
  check_start_fails(at(Command::version,
                       [](ModelExchange& exchange) {
                         exchange.reply_body = bytes_of_message(vfio_user::Version{.major = 3, .minor = 1});
                       }),
                    "speaks version 3.1");
  const auto info = [](vfio_user::DeviceInfo wrong) {
    return at(Command::device_get_info,
              [=](ModelExchange& exchange) { exchange.reply_body = bytes_of_message(wrong); });
  };
  check_start_fails(info({16, VFIO_DEVICE_FLAGS_PLATFORM, 9, 5}), "is no PCI device");
  check_start_fails(info({16, VFIO_DEVICE_FLAGS_PCI, 8, 5}), "is no PCI device");
  check_start_fails(info({16, VFIO_DEVICE_FLAGS_PCI, 9, 4}), "is no PCI device");
}

// Both kinds of virtio PCI functions, with registers that the test plays.

#include "drivers/virtio/transport/pci_transport.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "drivers/virtio/format/features.hpp"
#include "tests/virtio/driver/fake_function.hpp"

namespace ixyflow::test {
namespace {

namespace status = drivers::virtio::status;
using drivers::virtio::Transport;

class FunctionRig {
 public:
  /// A modern function as QEMU has it, or a legacy one.
  explicit FunctionRig(bool legacy = false) {
    put<std::uint16_t>(0x00, 0x1af4);
    put<std::uint16_t>(0x02, legacy ? 0x1000 : 0x1041);
    registers.legacy = legacy;
    registers.bars[legacy ? 0 : 4].resize(legacy ? 64 : 0x4000);
    if (legacy) return;
    put<std::uint16_t>(0x06, 1U << 4);
    put<std::uint8_t>(0x34, 0x40);
    add_capability(0x40, 0x58, 1, 0x0000, 0x1000);
    add_capability(0x58, 0x70, 4, 0x2000, 0x1000);
    add_capability(0x70, 0x00, 2, 0x3000, 0x1000);
    put<std::uint8_t>(0x72, 20);
    put<std::uint32_t>(0x80, 4);
  }
  template <class T>
  void put(std::size_t offset, T value) {
    std::memcpy(config.data() + offset, &value, sizeof value);
  }
  void add_capability(std::size_t at, std::uint8_t next, std::uint8_t type, std::uint32_t offset,
                      std::uint32_t bytes) {
    put<std::uint8_t>(at, 0x09);
    put<std::uint8_t>(at + 1, next);
    put<std::uint8_t>(at + 2, 16);
    put<std::uint8_t>(at + 3, type);
    put<std::uint8_t>(at + 4, 4);
    put<std::uint32_t>(at + 8, offset);
    put<std::uint32_t>(at + 12, bytes);
  }
  Result<void> open() {
    auto opened = drivers::virtio::open_pci_transport(std::make_unique<FakeFunction>(registers, config));
    if (!opened) return std::unexpected(opened.error());
    transport = std::move(*opened);
    return {};
  }
  void must_open() {
    const auto opened = open();
    INFO((opened ? "" : opened.error().text));
    REQUIRE(opened);
  }
  std::string refusal() {
    const auto opened = open();
    return opened ? "" : opened.error().text;
  }

  FakeRegisters registers;
  std::array<std::uint8_t, 256> config{};
  std::unique_ptr<Transport> transport;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr std::uint64_t kSome = drivers::virtio::feature::kVersion1 | drivers::virtio::feature::kMac;

}  // namespace

TEST_CASE("a modern virtio function is driven through its capabilities") {
  FunctionRig rig;
  rig.registers.features = kSome | drivers::virtio::feature::kRingReset;
  rig.must_open();
  Transport& transport = *rig.transport;
  CHECK_FALSE(transport.legacy());
  REQUIRE(transport.reset());
  CHECK((rig.config[4] & 4) != 0);  // bus master
  CHECK((rig.config[5] & 4) != 0);  // no interrupts
  REQUIRE(transport.add_status(status::kAcknowledge));
  REQUIRE(transport.add_status(status::kDriver));
  CHECK(transport.device_features().value() == rig.registers.features);
  REQUIRE(transport.accept_features(rig.registers.features));
  CHECK(rig.registers.accepted == rig.registers.features);
  CHECK(transport.status() == 11);
  rig.registers.queues[3] = {.size = 1024, .notify_offset = 3};
  CHECK(transport.queue_size(3).value() == 1024);
  const auto notifier =
      transport.start_queue({3, 512, {nullptr, 0x123456789000}, {nullptr, 0x1000}, {nullptr, 0x2000}});
  REQUIRE(notifier);
  CHECK(rig.registers.queues[3].size == 512);
  CHECK(rig.registers.queues[3].enabled == 1);
  const auto& bar = rig.registers.bars[4];
  CHECK(std::vector(bar.begin() + 32, bar.begin() + 40) ==
        std::vector<std::uint8_t>{0x00, 0x90, 0x78, 0x56, 0x34, 0x12, 0, 0});
  notifier->notify(77);
  CHECK(rig.registers.notified == std::vector<std::uint16_t>{3});
  CHECK(bar[0x300c] == 3);
  REQUIRE(transport.reset_queue(3));
  CHECK(rig.registers.queues[3].enabled == 0);
  transport.cut_off();
  CHECK((rig.config[4] & 4) == 0);
}

TEST_CASE("a legacy virtio function is driven through its first BAR, and bit 30 is never accepted") {
  FunctionRig rig(true);
  rig.registers.features = 0xffffffff;
  rig.must_open();
  Transport& transport = *rig.transport;
  CHECK(transport.legacy());
  REQUIRE(transport.reset());
  CHECK(transport.device_features().value() == (0xffffffffU & ~(1U << 30)));
  REQUIRE(transport.accept_features(0x20));
  CHECK(rig.registers.accepted == 0x20);
  rig.registers.queues[1].size = 1024;
  CHECK(transport.queue_size(1).value() == 1024);
  CHECK_FALSE(transport.start_queue({1, 1024, {nullptr, 0x1001}, {}, {}}));
  CHECK_FALSE(transport.start_queue({1, 1024, {nullptr, std::uint64_t{1} << 44}, {}, {}}));
  const auto notifier = transport.start_queue({1, 1024, {nullptr, 0x123456000}, {}, {}});
  REQUIRE(notifier);
  CHECK(rig.registers.queues[1].page == 0x123456);
  notifier->notify(5);
  CHECK(rig.registers.notified == std::vector<std::uint16_t>{1});
  rig.registers.bars[0][20] = 0x02;
  std::array<std::byte, 6> address{};
  REQUIRE(transport.read_config(0, address));
  CHECK(address[0] == std::byte{0x02});
}

TEST_CASE(
    "registers of MSI-X stand in front of the configuration of a legacy virtio function while it is on") {
  FunctionRig rig(true);
  rig.put<std::uint8_t>(0x34, 0x40);
  rig.put<std::uint8_t>(0x40, 0x11);
  rig.put<std::uint16_t>(0x42, 0x8000);
  rig.registers.bars[0][20] = 0x55;
  rig.registers.bars[0][24] = 0x02;
  rig.must_open();
  std::array<std::byte, 1> byte{};
  REQUIRE(rig.transport->read_config(0, byte));
  CHECK(byte[0] == std::byte{0x02});
}

TEST_CASE(
    "F10 a virtio function that does not finish its reset, or refuses features, is an error in a second or so") {
  for (const bool legacy : {false, true}) {
    FunctionRig rig(legacy);
    rig.must_open();
    rig.registers.never_resets = true;
    const auto reset = rig.transport->reset();
    REQUIRE_FALSE(reset);
    CHECK(contains(reset.error().text, "does not finish its reset"));
  }
  FunctionRig rig;
  rig.must_open();
  REQUIRE(rig.transport->reset());
  rig.registers.refuses_features = true;
  const auto accepted = rig.transport->accept_features(kSome);
  REQUIRE_FALSE(accepted);
  CHECK(accepted.error().code == ExitCode::refused);
}

TEST_CASE("F11 virtio capabilities that lead nowhere, or round in circles, are refused") {
  const auto with = [](auto&& change) {
    FunctionRig rig;
    change(rig);
    return rig.refusal();
  };
  CHECK(contains(with([](FunctionRig& rig) { rig.put<std::uint8_t>(0x71, 0x40); }), "does not end"));
  CHECK(contains(with([](FunctionRig& rig) { rig.put<std::uint8_t>(0x41, 0x40); }), "does not end"));
  CHECK(contains(with([](FunctionRig& rig) { rig.put<std::uint8_t>(0x34, 0x10); }), "does not end"));
  CHECK(contains(with([](FunctionRig& rig) { rig.put<std::uint8_t>(0x42, 12); }), "is cut"));
  CHECK(contains(with([](FunctionRig& rig) { rig.put<std::uint8_t>(0x72, 16); }), "is cut"));
  for (const auto& [offset, bytes] : {std::pair<std::uint32_t, std::uint32_t>{0x4000, 0x1000},
                                      {0x3fff, 0x1000},
                                      {0xffffff00, 0x200},
                                      {0, 0x4001},
                                      {0, 0xffffffff},
                                      {2, 0x1000},
                                      {0, 16}})
    CHECK(contains(with([&](FunctionRig& rig) {
                     rig.put<std::uint32_t>(0x48, offset);
                     rig.put<std::uint32_t>(0x4c, bytes);
                   }),
                   "common configuration"));
  CHECK(contains(with([](FunctionRig& rig) { rig.put<std::uint32_t>(0x80, 3); }), "odd addresses"));
  // A BAR that there is not: the capability does not count, and then there is none.
  CHECK(contains(with([](FunctionRig& rig) { rig.put<std::uint8_t>(0x44, 6); }), "lacks capabilities"));
  CHECK_FALSE(with([](FunctionRig& rig) { rig.put<std::uint8_t>(0x44, 2); }).empty());
  CHECK(contains(with([](FunctionRig& rig) { rig.put<std::uint16_t>(0x06, 0); }), "lacks capabilities"));
  // The first capability of a type counts (4.1.4.1).
  FunctionRig twice;
  twice.put<std::uint8_t>(0x71, 0x90);
  twice.add_capability(0x90, 0x00, 1, 0x9000, 0x1000);
  CHECK(twice.refusal().empty());
}

TEST_CASE("F11 a virtio notification register outside of its structure, a configuration without rest") {
  FunctionRig rig;
  rig.must_open();
  REQUIRE(rig.transport->reset());
  rig.registers.queues[0].notify_offset = 0x3ff;
  CHECK(rig.transport->start_queue({0, 64, {}, {}, {}}));
  for (const auto offset : std::initializer_list<std::uint16_t>{0x400, 0xffff}) {
    rig.registers.queues[0].notify_offset = offset;
    const auto started = rig.transport->start_queue({0, 64, {}, {}, {}});
    REQUIRE_FALSE(started);
    CHECK(contains(started.error().text, "is notified at"));
  }
  std::array<std::byte, 4> bytes{};
  CHECK(rig.transport->read_config(0xffc, bytes));
  CHECK_FALSE(rig.transport->read_config(0xffd, bytes));
  CHECK_FALSE(rig.transport->read_config(0xffffffff, bytes));
  for (const bool legacy : {false, true}) {
    FunctionRig changing(legacy);
    changing.must_open();
    changing.registers.changes_all_the_time = true;
    const auto read = changing.transport->read_config(0, bytes);
    REQUIRE_FALSE(read);
    CHECK(contains(read.error().text, "changes all the time"));
  }
}

TEST_CASE("what is no virtio network device is refused, a transitional one without capabilities is legacy") {
  for (const auto& [vendor, device] : {std::pair<std::uint16_t, std::uint16_t>{0x8086, 0x10fb},
                                       {0x1af4, 0x1001},
                                       {0x1af4, 0x1042},
                                       {0xffff, 0xffff}}) {
    FunctionRig rig;
    rig.put(0x00, vendor);
    rig.put(0x02, device);
    CHECK(contains(rig.refusal(), "the driver virtio is for"));
  }
  FunctionRig transitional;
  transitional.put<std::uint16_t>(0x02, 0x1000);
  transitional.must_open();
  CHECK_FALSE(transitional.transport->legacy());
  FunctionRig small(true);
  small.registers.bars[0].resize(16);
  CHECK_FALSE(small.refusal().empty());
}

}  // namespace ixyflow::test

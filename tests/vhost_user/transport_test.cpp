// The front end: against the port `vhost` of this program, and against peers that are none.

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "core/base/bound_socket.hpp"
#include "core/base/passed_descriptors.hpp"
#include "drivers/port_rig.hpp"
#include "drivers/vhost_user/protocol.hpp"
#include "drivers/virtio/features.hpp"
#include "drivers/virtio/packed_layout.hpp"
#include "drivers/virtio/split_layout.hpp"
#include "drivers/virtio/vhost_user_transport.hpp"
#include "support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using namespace ixyflow::drivers::virtio;
namespace vu = drivers::vhost_user;

namespace {

constexpr std::uint64_t kFirstAddress = std::uint64_t{1} << 32;

DmaMemory shared_memory() {
  auto memory = DmaMemory::allocate(1 << 20, Pages::small, -1);
  REQUIRE(memory);
  REQUIRE(memory->assign_addresses(DeviceAddresses::linear, kFirstAddress));
  return std::move(*memory);
}

/// The port `vhost`, looked after by a thread of its own, as another process would do it.
class Device {
 public:
  explicit Device(bool connects = false)
      : rig_("vhost", {{"socket", path()}, {"queues", std::int64_t{2}}, {"connect", connects}}) {
    rig_.must_open();
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        rig_.port->supervise([](EventKind, std::string_view) {});
        for (Packet* packet : rig_.receive()) {
          received.emplace_back(std::span(packet->data(), packet->length()));
          rig_.give_back({packet});
        }
        room = rig_.port->tx_room(0);
        ready = rig_.port->ready();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
  }
  ~Device() { stop(); }
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::string path() const { return directory_ / "x.sock"; }

  std::atomic<std::uint32_t> room{0};
  std::atomic<bool> ready{false};
  std::vector<Bytes> received;  ///< to be looked at after `stop`

 private:
  TemporaryDirectory directory_;
  PortRig rig_;
  std::jthread thread_;
};

template <class Condition>
bool eventually(Condition condition) {
  for (unsigned i = 0; i < 5000 && !condition(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return condition();
}

QueuePlace place_in(DmaMemory& memory, std::uint16_t index, std::uint16_t size) {
  const auto area = [&](std::size_t bytes) {
    std::byte* const start = memory.take(bytes).data();
    return QueueArea{start, memory.device_address(start)};
  };
  return {index, size, area(std::size_t{16} * size), area(6 + std::size_t{2} * size),
          area(6 + std::size_t{8} * size)};
}

/// A peer that does what the test says, once.
class Peer {
 public:
  explicit Peer(std::function<void(int socket)> act) : listener_(BoundSocket::open(path(), SOCK_STREAM)) {
    REQUIRE(listener_);
    thread_ = std::jthread([this, act = std::move(act)](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const FileDescriptor socket(::accept4(listener_->fd(), nullptr, nullptr, SOCK_CLOEXEC));
        if (socket.open()) {
          act(socket.get());
          while (keeps && !stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
  }
  [[nodiscard]] std::string path() const { return directory_ / "peer.sock"; }
  std::atomic<bool> keeps{false};  ///< the connection, when it has done

 private:
  TemporaryDirectory directory_;
  Result<BoundSocket> listener_;
  std::jthread thread_;
};

void skip_message(int socket) {
  vu::Header header;
  REQUIRE(::recv(socket, &header, sizeof header, MSG_WAITALL) == sizeof header);
  std::vector<std::byte> body(header.size);
  if (!body.empty()) static_cast<void>(::recv(socket, body.data(), body.size(), MSG_WAITALL));
}

void answer(int socket, vu::Header header, std::span<const std::byte> body) {
  std::vector<std::byte> bytes(sizeof header + body.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  std::ranges::copy(body, bytes.begin() + sizeof header);
  static_cast<void>(send_passing(socket, bytes, {}));
}

/// What is said of a peer that gives this answer to GET_FEATURES.
std::string complaint_about(vu::Header header, std::size_t bytes) {
  const Peer peer([=](int socket) {
    skip_message(socket);  // SET_OWNER
    skip_message(socket);  // GET_FEATURES
    answer(socket, header, std::vector<std::byte>(bytes));
  });
  auto transport = open_vhost_user_transport(peer.path(), {});
  REQUIRE(transport);
  const auto reset = (*transport)->reset();
  REQUIRE_FALSE(reset);
  CHECK(reset.error().code == ExitCode::unavailable);
  CHECK_FALSE((*transport)->connected());
  CHECK((*transport)->status() == 0xff);
  return reset.error().text;
}

}  // namespace

TEST_CASE("A driver finds a device over vhost-user, and gives it queues") {
  const bool packed = GENERATE(false, true);
  const bool server = GENERATE(false, true);
  DmaMemory memory = shared_memory();
  const TemporaryDirectory directory;
  Device device(server);
  auto opened = open_vhost_user_transport(device.path(), {.server = server});
  REQUIRE(opened);
  Transport& transport = **opened;
  REQUIRE(transport.map(memory));
  REQUIRE(eventually([&] { return transport.reset().has_value(); }));
  REQUIRE(transport.add_status(status::kAcknowledge | status::kDriver));
  const auto offered = transport.device_features();
  REQUIRE(offered);
  CHECK((*offered & (feature::kVersion1 | feature::kMrgRxbuf | feature::kRingPacked | feature::kMq)) ==
        (feature::kVersion1 | feature::kMrgRxbuf | feature::kRingPacked | feature::kMq));
  CHECK((*offered & (feature::kCtrlVq | 1ULL << 30)) == 0);
  REQUIRE(transport.accept_features(feature::kVersion1 | (packed ? feature::kRingPacked : 0)));
  CHECK((transport.status() & status::kFeaturesOk) != 0);
  std::uint16_t pairs = 0;
  REQUIRE(transport.read_config(8, std::as_writable_bytes(std::span(&pairs, 1))));
  CHECK(pairs == 2);
  CHECK(transport.queue_size(3) == 32768);
  CHECK(transport.queue_size(4) == 0);
  std::vector<QueuePlace> places;
  for (std::uint16_t index = 0; index < 2; ++index) {
    places.push_back(place_in(memory, index, 64));
    REQUIRE(transport.start_queue(places.back()));
  }
  CHECK_FALSE(device.ready);
  REQUIRE(transport.add_status(status::kDriverOk));
  CHECK(eventually([&] { return device.ready.load(); }));

  // A frame by hand, in one descriptor behind a header of 12 bytes.
  const std::span<std::byte> buffer = memory.take(72);
  std::ranges::fill(buffer, std::byte{0});
  std::memset(buffer.data() + 12, 0x5a, 60);
  const std::uint64_t address = memory.device_address(buffer.data());
  if (packed) {
    auto* const ring = reinterpret_cast<PackedDescriptor*>(places[1].descriptors.memory);
    ring[0].address = address;
    std::atomic_ref(ring[0].rest).store(72 | std::uint64_t{1 << 7} << 48, std::memory_order_release);
  } else {
    *reinterpret_cast<SplitDescriptor*>(places[1].descriptors.memory) = {address, 72, 0, 0};
    auto* const available = reinterpret_cast<AvailableRing*>(places[1].driver.memory);
    std::atomic_ref(available->index).store(1, std::memory_order_release);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  // After the reset the device touches nothing any more, and can be given queues anew.
  REQUIRE(transport.reset());
  CHECK(eventually([&] { return !device.ready.load(); }));
  REQUIRE(transport.accept_features(feature::kVersion1));
  REQUIRE(transport.start_queue(place_in(memory, 0, 32)));
  REQUIRE(transport.start_queue(place_in(memory, 1, 32)));
  REQUIRE(transport.add_status(status::kDriverOk));
  CHECK(eventually([&] { return device.ready.load(); }));
  transport.cut_off();
  CHECK_FALSE(transport.connected());
  CHECK(eventually([&] { return !device.ready.load(); }));
  device.stop();
  CHECK(device.received == std::vector<Bytes>{Bytes(std::vector<std::uint8_t>(60, 0x5a))});
}

TEST_CASE("F17 a device that has gone is found again by a reset") {
  DmaMemory memory = shared_memory();
  Device device;
  auto opened = open_vhost_user_transport(device.path(), {});
  REQUIRE(opened);
  Transport& transport = **opened;
  REQUIRE(transport.map(memory));
  for (unsigned i = 0; i < 20; ++i) {
    REQUIRE(eventually([&] { return transport.reset().has_value(); }));
    REQUIRE(transport.accept_features(feature::kVersion1 | (i % 2 != 0 ? feature::kRingPacked : 0)));
    for (std::uint16_t index = 0; index < 2; ++index)
      REQUIRE(transport.start_queue(place_in(memory, index, 16)));
    REQUIRE(transport.add_status(status::kDriverOk));
    CHECK(eventually([&] { return device.ready.load(); }));
    transport.cut_off();
    CHECK(eventually([&] { return !device.ready.load(); }));
  }
}

TEST_CASE("F18 a socket where no device is") {
  const TemporaryDirectory directory;
  const auto nobody = open_vhost_user_transport(directory / "none", {});
  CHECK(nobody.error().code == ExitCode::unavailable);
  CHECK(nobody.error().text.find("start the device there first") != std::string::npos);
  CHECK(open_vhost_user_transport(directory / std::string(200, 'x'), {}).error().code ==
        ExitCode::configuration);
  auto waiting = open_vhost_user_transport(directory / "mine", {.server = true});
  REQUIRE(waiting);
  CHECK_FALSE((*waiting)->connected());
  CHECK((*waiting)->reset().error().code == ExitCode::unavailable);
}

TEST_CASE("F18 a peer that says nothing costs a bounded time") {
  Peer peer([](int) {});
  peer.keeps = true;
  auto transport = open_vhost_user_transport(peer.path(), {.patience = {200'000'000}});
  REQUIRE(transport);
  const auto start = std::chrono::steady_clock::now();
  const auto reset = (*transport)->reset();
  REQUIRE_FALSE(reset);
  CHECK(reset.error().text.find("did not answer within 200ms (GET_FEATURES)") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(200));
}

TEST_CASE("F14 answers that are none") {
  constexpr std::uint32_t kGood = vu::kVersion | vu::kReply;
  CHECK(complaint_about({1, kGood, 4}, 4).find("4 bytes") != std::string::npos);
  CHECK(complaint_about({1, kGood, 0}, 0).find("0 bytes") != std::string::npos);
  CHECK(complaint_about({1, kGood, 265}, 265).find("265 bytes") != std::string::npos);
  CHECK(complaint_about({1, kGood, 0xffffffff}, 8).find("4294967295") != std::string::npos);
  CHECK(complaint_about({2, kGood, 8}, 8).find("not asked") != std::string::npos);
  CHECK(complaint_about({1, vu::kVersion, 8}, 8).find("not asked") != std::string::npos);
  CHECK(complaint_about({1, vu::kReply, 8}, 8).find("version 0") != std::string::npos);
  CHECK(complaint_about({1, kGood, 8}, 4).find("in the middle") != std::string::npos);
}

TEST_CASE("F14 a peer that hangs up") {
  const Peer peer([](int) {});
  auto transport = open_vhost_user_transport(peer.path(), {});
  REQUIRE(transport);
  CHECK((*transport)->reset().error().code == ExitCode::unavailable);
}

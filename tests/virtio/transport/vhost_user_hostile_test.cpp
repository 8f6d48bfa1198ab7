// The front end against peers that are none, or not there.

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "core/os/bound_socket.hpp"
#include "core/os/passed_descriptors.hpp"
#include "core/os/unix_address.hpp"
#include "drivers/virtio/format/features.hpp"
#include "drivers/virtio/socket/protocol.hpp"
#include "drivers/virtio/transport/vhost_user_transport.hpp"
#include "tests/virtio/transport/device_process.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using namespace ixyflow::drivers::virtio;
namespace vu = drivers::vhost_user;

namespace {

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
  TemporaryFolder directory_;
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

/// The descriptor by which the driver kicks ring 0; none if it does not come. A device without features.
FileDescriptor take_kick(int socket) {
  FileDescriptor kick;
  for (vu::Header header; header.request != static_cast<std::uint32_t>(vu::Request::set_vring_kick);) {
    PassedDescriptors fds;
    ssize_t count = -1;
    while (count < 0) count = fds.receive(socket, std::as_writable_bytes(std::span(&header, 1)));
    if (count != sizeof header) return {};
    std::vector<std::byte> body(header.size);
    if (!body.empty()) static_cast<void>(::recv(socket, body.data(), body.size(), MSG_WAITALL));
    if (header.request == static_cast<std::uint32_t>(vu::Request::get_features))
      answer(socket, {1, vu::kVersion | vu::kReply, 8}, std::as_bytes(std::span(&feature::kVersion1, 1)));
    kick = fds.take(0);
  }
  return kick;
}

}  // namespace

TEST_CASE("F18 a socket where no device is") {
  const TemporaryFolder directory;
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

TEST_CASE("F18 a peer that lets nobody in is told from a limit of ours") {
  const TemporaryFolder directory;
  const std::string path = directory / "full.sock";
  const auto address = UnixAddress::of(path);
  const FileDescriptor listener = unix_socket(SOCK_STREAM);
  REQUIRE(::bind(listener.get(), address->get(), address->length) == 0);
  REQUIRE(::listen(listener.get(), 0) == 0);
  std::vector<FileDescriptor> waiting;
  int error = 0;
  while (error == 0) {
    waiting.push_back(unix_socket(SOCK_STREAM));
    error = ::connect(waiting.back().get(), address->get(), address->length) == 0 ? 0 : errno;
  }
  REQUIRE(error == EAGAIN);
  const auto transport = open_vhost_user_transport(path, {});
  REQUIRE_FALSE(transport);
  CHECK(transport.error().code == ExitCode::unavailable);
  CHECK(transport.error().text.find("lets nobody in: its queue of connections is full") != std::string::npos);
  CHECK(transport.error().text.find("ulimit") == std::string::npos);
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

TEST_CASE("F23 a peer that says nothing keeps nobody waiting who looks after the port, nor at its end") {
  const TemporaryFolder directory;
  const std::string path = directory / "peer.sock";
  PortRig rig("virtio", {{"device", "vhost-user:" + path}, {"server", true}});
  rig.must_open();
  REQUIRE(rig.port->start());
  const FileDescriptor peer = unix_socket(SOCK_STREAM);
  const auto address = UnixAddress::of(path);
  REQUIRE(::connect(peer.get(), address->get(), address->length) == 0);
  std::string said;
  const auto look = [&] { rig.port->supervise([&said](EventKind, std::string_view text) { said += text; }); };
  const auto spoken = [&peer] {
    std::byte byte{};
    return ::recv(peer.get(), &byte, 1, MSG_PEEK) == 1;
  };
  while (!spoken()) look();
  // It was asked, and has a second to answer: the call is over all the same.
  for (unsigned i = 0; i < 20; ++i) look();
  CHECK(said.find("did not answer") == std::string::npos);
  SECTION("it is given up in the end") {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (said.empty() && std::chrono::steady_clock::now() < until) look();
    CHECK(said.find("did not answer within 1s (GET_FEATURES)") != std::string::npos);
  }
  SECTION("or not waited for at the end of the run") {
    rig.port->stop();
    CHECK(said.empty());
  }
}

TEST_CASE("F22 a peer cannot have a kick wait, whatever it does to its end of it") {
  FileDescriptor kick;
  std::atomic<bool> taken{false};
  Peer peer([&](int socket) {
    kick = take_kick(socket);
    taken = true;
  });
  peer.keeps = true;
  DmaMemory memory = shared_memory();
  auto transport = open_vhost_user_transport(peer.path(), {});
  REQUIRE(transport);
  REQUIRE((*transport)->map(memory));
  REQUIRE((*transport)->reset());
  REQUIRE((*transport)->accept_features(feature::kVersion1));
  const auto notifier = (*transport)->start_queue(place_in(memory, 0, 16));
  REQUIRE(notifier);
  REQUIRE(eventually([&taken] { return taken.load(); }));
  REQUIRE(kick.open());
  // What it can do: have what it shares with us wait, and fill it; or close it.
  std::uint64_t count = 0;
  CHECK(::read(kick.get(), &count, sizeof count) == -1);
  REQUIRE(::fcntl(kick.get(), F_SETFL, O_RDWR) == 0);
  const std::uint64_t full = 0xfffffffffffffffe;
  CHECK(::write(kick.get(), &full, sizeof full) == sizeof full);
  for (unsigned i = 0; i < 10'000; ++i) notifier->notify(1);
  CHECK(::read(kick.get(), &count, sizeof count) == sizeof count);
  CHECK(count == 1);
  kick.reset();
  for (unsigned i = 0; i < 10'000; ++i) notifier->notify(1);
}

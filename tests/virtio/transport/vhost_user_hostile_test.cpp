// The front end against peers that are none, or not there.

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "core/os/bound_socket.hpp"
#include "core/os/passed_descriptors.hpp"
#include "drivers/virtio/socket/protocol.hpp"
#include "drivers/virtio/transport/vhost_user_transport.hpp"
#include "tests/drivers/port_rig.hpp"

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

// vhost-user replies, as the driver is given them by whoever is at the other end of its socket
// (drivers/virtio/transport): each call ends with a value or with words, and no descriptor is lost.

#include "core/os/bound_socket.hpp"
#include "drivers/virtio/transport/vhost_user_peer.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/seed.hpp"
#include "tests/fuzz/sockets.hpp"

namespace ixyflow::fuzz {
namespace {

namespace vu = drivers::vhost_user;
using drivers::virtio::VhostUserPeer;

const BoundSocket& meeting_place() {
  static const BoundSocket socket =
      std::move(*BoundSocket::open(folder_for_sockets() / "vhost.sock", SOCK_STREAM));
  return socket;
}

/// Comes along where nothing should.
const MemoryFile& any_file() {
  static const MemoryFile file;
  return file;
}

/// What the peer says before it is asked, and then nothing more: a driver that waits finds the end at once.
void say_all(int socket, Input& input) {
  while (!input.empty()) {
    vu::Header header;
    header.request = input.byte();
    const unsigned shape = input.byte();
    header.flags = (vu::kVersion | vu::kReply) ^ (shape & 7);
    const Bytes payload = input.bytes((shape & 0x10) != 0 ? input.byte() : 8);
    header.size = static_cast<std::uint32_t>(payload.size()) + ((shape & 0x60) == 0x60 ? 4 : 0);
    std::vector<std::byte> bytes(sizeof header + payload.size());
    std::memcpy(bytes.data(), &header, sizeof header);
    std::ranges::copy(std::as_bytes(payload), bytes.begin() + sizeof header);
    const std::vector<int> fds((shape & 0x80) != 0 ? 1 : 0, any_file().fd());
    send_to(socket, bytes, fds);
  }
  ::shutdown(socket, SHUT_WR);
}

/// Everything that a driver has to say, as far as it comes.
void drive(VhostUserPeer& peer) {
  const auto good = [](const auto& result) {
    expect(result || !result.error().text.empty(), "what went wrong has words");
    return result.has_value();
  };
  if (!good(peer.introduce())) return;
  expect(peer.pairs() >= 1 && peer.pairs() <= vu::kMaxRings / 2, "a peer has pairs of rings");
  const int nothing = meeting_place().fd();
  for (const std::uint32_t ring : {0U, 1U}) {
    if (!good(peer.tell(vu::Request::set_features, peer.features()))) return;
    if (!good(peer.tell(vu::Request::set_vring_num, vu::RingNumber{ring, 64}))) return;
    if (!good(peer.tell(vu::Request::set_vring_kick, std::uint64_t{ring}, std::span(&nothing, 1)))) return;
    if (!good(peer.call(vu::Request::get_status))) return;
    const vu::RingNumber which{ring, 0};
    if (!good(peer.call(vu::Request::get_vring_base, std::as_bytes(std::span(&which, 1))))) return;
  }
}

void read_replies(Bytes bytes) {
  // Never waited for, because the peer has always said all.
  constexpr Duration kPatience{1'000'000'000};
  static_cast<void>(meeting_place());
  static_cast<void>(any_file());
  Input input(bytes);
  const DescriptorCheck check;
  VhostUserPeer peer(std::move(*vu::Endpoint::go(meeting_place().path())), kPatience);
  peer.begin();
  expect(peer.meet().has_value(), "who listens is met");
  {
    const FileDescriptor other(
        ::accept4(meeting_place().fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    expect(other.open(), "who comes is let in");
    say_all(other.get(), input);
    drive(peer);
  }
  peer.part();
}

void vhost_replies_seeds(const Sink& seed) {
  const auto replies = [&](std::uint64_t features, std::uint64_t protocol) {
    Seed all;
    const auto say = [&](vu::Request request, std::uint64_t value) {
      all.byte(static_cast<unsigned>(request)).byte(0).put(value);
    };
    say(vu::Request::get_features, features);
    if ((features & vu::bit(vu::kProtocolFeatures)) != 0) {
      say(vu::Request::get_protocol_features, protocol);
      if ((protocol & vu::bit(vu::protocol_feature::kReplyAck)) != 0)
        say(vu::Request::set_protocol_features, 0);
      say(vu::Request::get_queue_num, 2);
    }
    for (unsigned ring = 0; ring < 2; ++ring) {
      for (const auto request :
           {vu::Request::set_features, vu::Request::set_vring_num, vu::Request::set_vring_kick})
        if ((protocol & vu::bit(vu::protocol_feature::kReplyAck)) != 0) say(request, 0);
      say(vu::Request::get_status, 15);
      say(vu::Request::get_vring_base, 0);
    }
    seed(all.content());
  };
  replies(1, 0);
  replies(1 | vu::bit(vu::kProtocolFeatures), 1);
  replies(1 | vu::bit(vu::kProtocolFeatures), 1 | vu::bit(vu::protocol_feature::kReplyAck));
}

const Registered vhost_replies_target(
    {.name = "vhost_replies", .run = read_replies, .seeds = vhost_replies_seeds, .longest = 512});

}  // namespace
}  // namespace ixyflow::fuzz

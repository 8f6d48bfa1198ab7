#include "tests/virtio/device/vhost_rig.hpp"

#include <sys/socket.h>

#include <array>
#include <filesystem>
#include <iterator>

#include "core/os/passed_descriptors.hpp"
#include "core/os/unix_address.hpp"

namespace ixyflow::test {

using namespace drivers;
using vhost_user::Request;
namespace feature = virtio::feature;

namespace {

PortRig::Parameters with_socket(PortRig::Parameters parameters, const std::string& path) {
  parameters.emplace_back("socket", path);
  return parameters;
}

}  // namespace

VhostRig::VhostRig(Parameters parameters, RigOptions options)
    : PortRig("vhost", with_socket(std::move(parameters), path), options) {}

void VhostRig::look(unsigned times) {
  for (unsigned i = 0; i < times; ++i) {
    port->supervise([this](EventKind, std::string_view text) { said.emplace_back(text); });
    work();
  }
}

void VhostRig::work() {
  // Looks that take nothing: they only show that the worker is there.
  for (std::uint16_t queue = 0; queue < queues; ++queue) {
    CHECK(port->rx(queue, {}) == 0);
    if (transmits) static_cast<void>(port->tx_room(queue));
  }
}

std::string VhostRig::events() const {
  std::string all;
  for (const std::string& text : said) all += text + "\n";
  return all;
}

Guest::Guest(VhostRig& rig) : rig_(rig), channel_(unix_socket(SOCK_STREAM)) {
  const auto address = UnixAddress::of(rig.path);
  REQUIRE(address);
  REQUIRE(::connect(channel_->get(), address->get(), address->length) == 0);
}

void Guest::send_raw(std::span<const std::byte> bytes, std::span<const int> fds) {
  // A peer that hangs up makes no difference here: that is what `turned_away` tells.
  static_cast<void>(send_passing(channel_->get(), bytes, fds));
}

void Guest::send_message(const msghdr& message) {
  CHECK(::sendmsg(channel_->get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) > 0);
}

void Guest::send(Request request, std::span<const std::byte> payload, std::vector<int> fds,
                 std::uint32_t flags) {
  const vhost_user::Header start{static_cast<std::uint32_t>(request), vhost_user::kVersion | flags,
                                 static_cast<std::uint32_t>(payload.size())};
  std::vector<std::byte> bytes(sizeof start + payload.size());
  std::memcpy(bytes.data(), &start, sizeof start);
  std::ranges::copy(payload, bytes.begin() + sizeof start);
  send_raw(bytes, fds);
}

std::optional<std::uint64_t> Guest::reply(Request request) {
  rig_.look();
  struct {
    vhost_user::Header header;
    std::array<std::byte, 8> payload;
  } answer;
  const ssize_t count = ::recv(channel_->get(), &answer, sizeof answer, MSG_DONTWAIT);
  if (count <= 0) return std::nullopt;
  REQUIRE(count == sizeof answer);
  CHECK(answer.header.request == static_cast<std::uint32_t>(request));
  CHECK(answer.header.flags == (vhost_user::kVersion | vhost_user::kReply));
  CHECK(answer.header.size == 8);
  std::uint64_t value = 0;
  std::memcpy(&value, answer.payload.data(), sizeof value);
  return value;
}

bool Guest::turned_away() {
  rig_.look();
  char byte = 0;
  return ::recv(channel_->get(), &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

void Guest::send_memory(GuestFile& memory) {
  vhost_user::MemoryTable table;
  table.count = 1;
  table.regions[0] = {GuestFile::kGuest, GuestFile::kBytes, GuestFile::kUser, 0};
  send(Request::set_mem_table, std::as_bytes(std::span(&table, 1)).first(8 + sizeof table.regions[0]),
       {memory.fd()});
}

void Guest::start_ring(std::uint32_t index, std::uint32_t base) {
  const DriverRing& ring = rings_[index];
  send_value(Request::set_vring_num, vhost_user::RingNumber{index, ring.size()});
  send_value(Request::set_vring_base, vhost_user::RingNumber{index, base});
  send_value(Request::set_vring_addr, ring.addresses(index));
  send_value(Request::set_vring_call, std::uint64_t{index}, {call_events_[index].get()});
  send_value(Request::set_vring_kick, std::uint64_t{index} | vhost_user::kNoDescriptor);
}

void Guest::enable(std::uint32_t index, bool enabled) {
  send_value(Request::set_vring_enable, vhost_user::RingNumber{index, enabled ? 1U : 0U});
}

void Guest::replace_ring(std::uint32_t index, std::uint16_t size) {
  std::destroy_at(&rings_[index]);
  std::construct_at(&rings_[index], file, options_.packed, size);
  start_ring(index, options_.packed ? 0x80008000 : 0);
}

void Guest::begin(const GuestOptions& options) {
  options_ = options;
  send(Request::set_owner);
  send(Request::get_features);
  REQUIRE(reply(Request::get_features).has_value());
  const std::uint64_t features = (options.legacy ? 0 : feature::kVersion1) |
                                 (options.packed ? feature::kRingPacked : 0) | options.features |
                                 vhost_user::bit(vhost_user::kProtocolFeatures);
  header_bytes_ = options.legacy && (features & feature::kMrgRxbuf) == 0 ? 10 : 12;
  send_value(Request::set_protocol_features, vhost_user::bit(vhost_user::protocol_feature::kMq) |
                                                 vhost_user::bit(vhost_user::protocol_feature::kReplyAck));
  send_value(Request::set_features, features);
  send_memory(file);
  for (std::uint32_t i = 0; i < 2U * options.pairs; ++i) {
    rings_.emplace_back(file, options.packed, options.ring_size);
    call_events_.emplace_back(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    start_ring(i, options.packed ? 0x80008000 : 0);
    enable(i, true);
  }
  rig_.look(8);
  for (std::uint32_t i = 0; i < 2U * options.pairs; ++i) static_cast<void>(calls(i));
}

GuestPiece Guest::put(std::span<const std::uint8_t> bytes) {
  const std::uint64_t offset = file.take(bytes.size(), 1);
  std::ranges::copy(bytes, file.at(offset));
  return {GuestFile::kGuest + offset, static_cast<std::uint32_t>(bytes.size())};
}

Bytes Guest::with_header(const Bytes& frame, const virtio::NetHeader& about) const {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&about);
  return join({Bytes(std::span(bytes, header_bytes_)), frame});
}

void Guest::transmit(const Bytes& frame, const virtio::NetHeader& about, std::uint16_t pair) {
  send_ring(pair).offer({put(with_header(frame, about))}, false);
}

void Guest::refill(unsigned count, std::uint32_t bytes, std::uint16_t pair) {
  for (unsigned i = 0; i < count; ++i) {
    const GuestPiece piece{GuestFile::kGuest + file.take(bytes), bytes};
    buffers_[{pair, receive_ring(pair).offer({piece}, true)}] = piece;
  }
}

std::optional<Bytes> Guest::received(std::uint16_t pair) {
  Bytes all;
  for (unsigned left = 1; left > 0; --left) {
    const auto used = receive_ring(pair).used();
    if (!used) return std::nullopt;
    const GuestPiece piece = buffers_.at({pair, used->id});
    REQUIRE(used->length <= piece.length);
    const std::uint8_t* bytes = file.at(piece.address - GuestFile::kGuest);
    if (all.empty()) {
      REQUIRE(used->length >= header_bytes_);
      std::memcpy(&header, bytes, header_bytes_);
      if (header_bytes_ == 12) left = header.buffers;
    }
    all.insert(all.end(), bytes, bytes + used->length);
  }
  return Bytes(std::span(all).subspan(header_bytes_));
}

std::uint64_t Guest::calls(std::uint32_t ring) {
  std::uint64_t count = 0;
  return ::read(call_events_[ring].get(), &count, sizeof count) == sizeof count ? count : 0;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

Bytes frame(std::size_t length, std::uint8_t mark) {
  Bytes bytes = counting(length);
  if (length > 12) bytes[12] = mark;
  return bytes;
}

std::uint32_t send(PortRig& rig, const std::vector<Bytes>& frames) {
  std::vector<Packet*> packets(frames.size());
  REQUIRE(rig.pool->allocate(packets) == packets.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    std::ranges::copy(frames[i], packets[i]->data());
    packets[i]->set_length(static_cast<std::uint32_t>(frames[i].size()));
  }
  const std::uint32_t taken = rig.port->tx(0, packets);
  rig.pool->free(std::span(packets).subspan(taken));
  return taken;
}

std::vector<Bytes> take(PortRig& rig, std::uint32_t burst, std::uint16_t queue) {
  const auto packets = rig.receive(burst, queue);
  std::vector<Bytes> frames;
  for (const Packet* packet : packets) frames.emplace_back(std::span(packet->data(), packet->length()));
  rig.give_back(packets);
  return frames;
}

}  // namespace ixyflow::test

// vhost-user messages, as the device is sent them by a front end (drivers/virtio/device), with rings that are
// used while they come: no descriptor and no buffer is lost, and nothing waits.

#include <array>
#include <chrono>

#include "drivers/virtio/device/front_end.hpp"
#include "tests/fuzz/guest.hpp"
#include "tests/fuzz/seed.hpp"
#include "tests/fuzz/sockets.hpp"

namespace ixyflow::fuzz {
namespace {

using namespace drivers::vhost;
namespace vu = drivers::vhost_user;
namespace feature = drivers::virtio::feature;

constexpr std::uint64_t kOffered = feature::kVersion1 | feature::kRingPacked | feature::kIndirect |
                                   feature::kEventIndex | feature::kMrgRxbuf | feature::kCsum |
                                   feature::kGuestCsum | feature::kMtu;

int call_event() {
  static const FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  return event.get();
}

/// The other end of the device under test.
class Conversation {
 public:
  explicit Conversation(GuestFile& file, GuestBench& bench)
      : file_(file), bench_(bench), ends_(socket_pair()) {
    receive_.add(from_guest_);
    receive_.attach(bench.context());
    from_guest_.set_served(true);
    transmit_.add(to_guest_);
    transmit_.attach(bench.context());
    to_guest_.set_served(true);
    front_end_.emplace(std::move(ends_.first), rings_, Offer{.features = kOffered, .longest_frame = 2048},
                       now_);
    work();
  }
  ~Conversation() {
    ends_.second.reset();
    for (int looks = 0; !over_; ++looks) {
      expect(looks < 1000, "a conversation ends when the other end is gone");
      look();
      work();
    }
    for (int looks = 0; !front_end_->leave(); ++looks) {
      expect(looks < 10, "rings come back");
      work();
    }
    front_end_.reset();
    receive_.detach();
    transmit_.detach();
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  void play(Input& input) {
    switch (input.below(6)) {
      case 0:
        return send(input);
      case 1:
        return look();
      case 2:
        return bench_.receive(receive_, 32);
      case 3:
        return bench_.transmit(transmit_, 4, input.byte());
      case 4: {
        const auto offset = input.take<std::uint16_t>();
        return file_.write(offset, input.bytes(input.byte()));
      }
      default:
        return send_to(ends_.second.get(), std::as_bytes(input.bytes(input.byte())));
    }
  }

 private:
  void look() {
    // Time stands still but for this: nobody is too late.
    now_ += std::chrono::microseconds(1);
    if (!over_) over_ = !front_end_->look(now_, [](EventKind, std::string_view) {});
    std::array<std::byte, 512> answers;
    while (ends_.second.open() && ::recv(ends_.second.get(), answers.data(), answers.size(), 0) > 0) continue;
  }
  void work() {
    bench_.receive(receive_, 0);
    static_cast<void>(transmit_.room());
  }
  /// A message with a header that fits, but for what the input wants to be wrong.
  void send(Input& input) {
    vu::Header header;
    header.request = input.byte();
    const unsigned shape = input.byte();
    const Bytes payload = input.bytes(input.below(vu::kMaxPayload + 2));
    header.flags = vu::kVersion | ((shape & 1) != 0 ? vu::kNeedReply : 0) | ((shape & 0xf0) == 0xf0 ? 2 : 0);
    header.size = static_cast<std::uint32_t>(payload.size()) + ((shape & 0xe0) == 0xc0 ? 8 : 0);
    std::vector<std::byte> bytes(sizeof header + payload.size());
    std::memcpy(bytes.data(), &header, sizeof header);
    std::ranges::copy(std::as_bytes(payload), bytes.begin() + sizeof header);
    const std::vector<int> fds(shape >> 1 & 3, (shape & 8) != 0 ? call_event() : file_.fd());
    send_to(ends_.second.get(), bytes, fds);
  }
  GuestFile& file_;
  GuestBench& bench_;
  std::pair<FileDescriptor, FileDescriptor> ends_;
  Time now_{std::chrono::hours(1)};
  TransmitRing to_guest_;
  ReceiveRing from_guest_;
  std::array<GuestRing*, 2> rings_{&to_guest_, &from_guest_};
  ReceiveQueue receive_;
  TransmitQueue transmit_;
  std::optional<FrontEnd> front_end_;
  bool over_ = false;
};

void converse(Bytes bytes) {
  static GuestFile file;
  static GuestBench bench;
  static_cast<void>(call_event());
  file.clear();
  {
    const DescriptorCheck check;
    Conversation conversation(file, bench);
    for (Input input(bytes); !input.empty();) conversation.play(input);
  }
  bench.check();
}

/// Everything up to the point where traffic flows, and some of it.
std::string whole_conversation(std::uint64_t features) {
  Seed seed;
  const auto say = [&](vu::Request request, unsigned shape, const auto& payload) {
    seed.byte(0).byte(static_cast<unsigned>(request)).byte(shape);
    seed.put(static_cast<std::uint16_t>(sizeof payload)).put(payload).byte(1);
  };
  say(vu::Request::set_protocol_features, 0, std::uint64_t{1} << vu::protocol_feature::kReplyAck);
  say(vu::Request::set_features, 1, features | vu::bit(vu::kProtocolFeatures));
  struct {
    std::uint32_t count = 1;
    std::uint32_t padding = 0;
    vu::MemoryRegion region{GuestFile::kGuest, GuestFile::kBytes, GuestFile::kUser, 0};
  } table;
  say(vu::Request::set_mem_table, 3, table);
  for (const std::uint32_t ring : {0U, 1U}) {
    const std::uint64_t base = GuestFile::kUser + ring * 8192;
    say(vu::Request::set_vring_num, 0, vu::RingNumber{ring, 16});
    say(vu::Request::set_vring_base, 0,
        vu::RingNumber{ring, (features & feature::kRingPacked) != 0 ? 0x80008000 : 0});
    say(vu::Request::set_vring_addr, 0,
        vu::RingAddresses{.index = ring, .descriptors = base, .used = base + 4096, .available = base + 2048});
    say(vu::Request::set_vring_call, 2 + 8, std::uint64_t{ring});
    say(vu::Request::set_vring_kick, 0, std::uint64_t{ring} | vu::kNoDescriptor);
    say(vu::Request::set_vring_enable, 1, vu::RingNumber{ring, 1});
  }
  seed.byte(1)
      .byte(2)
      .byte(3)
      .byte(60)
      .byte(4)
      .put(std::uint16_t{10240})
      .byte(4)
      .put(std::uint32_t{1 << 16})
      .byte(2);
  say(vu::Request::get_vring_base, 0, vu::RingNumber{1, 0});
  return seed.content();
}

void vhost_messages_seeds(const Sink& seed) {
  seed(whole_conversation(feature::kVersion1));
  seed(whole_conversation(feature::kVersion1 | feature::kRingPacked | feature::kMrgRxbuf));
  seed(whole_conversation(0));
  for (const vu::MessageShape& shape : vu::kMessages)
    seed(Seed()
             .byte(0)
             .byte(static_cast<unsigned>(shape.request))
             .byte(static_cast<unsigned>(shape.most_fds != 0 ? 2 : 0))
             .put(static_cast<std::uint16_t>(shape.payload == vu::MessageShape::Payload::none ? 0 : 8))
             .put(std::uint64_t{0})
             .byte(1)
             .content());
}

void vhost_messages_words(const Sink& word) {
  for (const std::uint64_t number : {GuestFile::kGuest, GuestFile::kUser, GuestFile::kUser + 2048, kOffered,
                                     std::uint64_t{GuestFile::kBytes}, vu::kNoDescriptor, vu::bit(30)})
    word(Seed().put(number).content());
}

const Registered vhost_messages_target({.name = "vhost_messages",
                                        .run = converse,
                                        .seeds = vhost_messages_seeds,
                                        .words = vhost_messages_words,
                                        .longest = 2048});

}  // namespace
}  // namespace ixyflow::fuzz

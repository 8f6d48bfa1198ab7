// Who wakes whom: both ends of a virtqueue, each with a peer that falls asleep at the worst moment.

#include "drivers/virtio/device/ring/packed_ring.hpp"
#include "drivers/virtio/device/ring/split_ring.hpp"
#include "drivers/virtio/driver/notification.hpp"
#include "tests/model/protocol.hpp"

using namespace ixyflow;
using namespace ixyflow::model;
using namespace ixyflow::drivers;
using virtio::AvailableRing;
using virtio::EventSuppression;
using virtio::PackedDescriptor;
using virtio::SplitDescriptor;
using virtio::UsedRing;

namespace {

constexpr std::uint16_t kSize = 2;
constexpr std::uint32_t kBytes = 60;

/// A split ring in a guest's memory, and what the guest does with it: it makes one buffer available, and
/// looks for it to be used.
struct SplitGuest {
  using Ring = vhost::SplitRingOf<WeakCpu>;
  struct Available : AvailableRing {
    std::uint16_t entry[kSize + 1] = {};
  };
  struct Used : UsedRing {
    std::uint16_t element[4 * kSize + 1] = {};
  };

  alignas(16) SplitDescriptor descriptors[kSize];
  Available available;
  alignas(4) Used used;
  SharedMemory memory;

  SplitGuest() {
    descriptors[0] = {0, kBytes, vhost::kGuestReceives, 0};
    available.flags = virtio::split::kNoInterrupt;
    memory.add(available.flags);
    memory.add(available.index);
    memory.add(used.index);
  }
  [[nodiscard]] vhost::RingSetup setup(bool calls) {
    return {.size = kSize,
            .descriptors = reinterpret_cast<std::byte*>(descriptors),
            .driver = reinterpret_cast<std::byte*>(static_cast<AvailableRing*>(&available)),
            .device = reinterpret_cast<std::byte*>(static_cast<UsedRing*>(&used)),
            .call = calls ? 0 : -1};
  }
  void make_available() { Ref(available.index).store(1, std::memory_order_release); }
  void ask_for_calls() { Ref(available.flags).store(0, std::memory_order_relaxed); }
  [[nodiscard]] bool is_used() { return Ref(used.index).load(std::memory_order_acquire) == 1; }
};

/// The same with a packed ring.
struct PackedGuest {
  using Ring = vhost::PackedRingOf<WeakCpu>;

  PackedDescriptor descriptors[kSize];
  alignas(4) EventSuppression driver{0, virtio::packed::kEventDisable};
  alignas(4) EventSuppression device;
  SharedMemory memory;

  PackedGuest() {
    memory.add(descriptors[0].rest);
    memory.add(descriptors[1].rest);
    memory.add(driver_word());
  }
  [[nodiscard]] vhost::RingSetup setup(bool calls) {
    return {.packed = true,
            .size = kSize,
            .descriptors = reinterpret_cast<std::byte*>(descriptors),
            .driver = reinterpret_cast<std::byte*>(&driver),
            .device = reinterpret_cast<std::byte*>(&device),
            .call = calls ? 0 : -1};
  }
  void make_available() {
    constexpr std::uint64_t kFlags = virtio::packed::available_flags(true) | vhost::kGuestReceives;
    Ref(descriptors[0].rest).store(kBytes | kFlags << 48, std::memory_order_release);
  }
  void ask_for_calls() { Ref(driver_word()).store(0, std::memory_order_relaxed); }
  [[nodiscard]] bool is_used() {
    const std::uint64_t rest = Ref(descriptors[0].rest).load(std::memory_order_acquire);
    return rest >> 48 == virtio::packed::used_flags(true);
  }
  [[nodiscard]] std::uint32_t& driver_word() { return *reinterpret_cast<std::uint32_t*>(&driver); }
};

/// The device writes a frame into the buffer. The guest looks for it, asks to be called, looks once more, and
/// sleeps. Without calls it only looks.
template <class Guest, bool kCalls>
struct Publishing : rl::test_suite<Publishing<Guest, kCalls>, 2> {
  Guest guest;
  typename Guest::Ring ring;
  Plain<int> frame{0};
  bool published = false;
  bool called = false;
  bool found = false;

  Publishing() { ring.begin(guest.setup(kCalls)); }
  void thread(unsigned index) { index == 0 ? serve() : be_guest(); }
  void serve() {
    for (int round = 0; round < 2 && !published; ++round) {
      vhost::Descriptor descriptor;
      if (ring.look(1) == 0 || !ring.take(vhost::kGuestReceives, descriptor)) continue;
      frame.write(2);
      ring.use(descriptor.id, 1, descriptor.length);
      called = ring.publish();
      published = true;
    }
  }
  void be_guest() {
    frame.write(1);
    guest.make_available();
    if (look()) return;
    if (kCalls) {
      guest.ask_for_calls();
      WeakCpu::fence(std::memory_order_seq_cst);
    }
    look();
  }
  bool look() {
    if (!guest.is_used()) return false;
    must(frame.read() == 2);
    return found = true;
  }
  void after() { must(!kCalls || !published || called || found); }
};

/// The driver makes one descriptor of a split ring available, while the device polls, allows notifications,
/// looks once more, and sleeps until its doorbell rings. Whatever wakes it, it must find the descriptor.
template <bool kAsksAgain>
struct NotifyingOf : rl::test_suite<NotifyingOf<kAsksAgain>, 2> {
  using Notification = virtio::NotificationOf<WeakCpu>;
  AvailableRing available;
  UsedRing used{.flags = virtio::split::kNoNotify};
  SharedMemory memory;
  Notification notification;
  Atomic<int> doorbell{0};
  Plain<int> descriptor{0};
  bool found = false;

  NotifyingOf() {
    memory.add(available.index);
    memory.add(used.flags);
  }
  void thread(unsigned index) { index == 0 ? drive() : be_device(); }
  void drive() {
    descriptor.write(1);
    Notification::show(available, 1);
    notification.kick([this] { return wanted(); }, [this] { ring(); });
    ask_again();
  }
  [[nodiscard]] bool wanted() { return Notification::is_wanted(used); }
  void ring() { doorbell.store(1, std::memory_order_relaxed); }
  void ask_again() {
    if (kAsksAgain) notification.kick_again([this] { return wanted(); }, [this] { ring(); });
  }

  void be_device() {
    if (look()) return;
    Ref(used.flags).store(0, std::memory_order_relaxed);
    WeakCpu::fence(std::memory_order_seq_cst);
    if (look()) return;
    for (int i = 0; i < 2; ++i) {
      if (doorbell.load(std::memory_order_relaxed) == 0) continue;
      WeakCpu::fence(std::memory_order_acquire);
      return must(look());
    }
  }
  bool look() {
    if (Ref(available.index).load(std::memory_order_acquire) != 1) return false;
    must(descriptor.read() == 1);
    return found = true;
  }
  /// The next call of the driver's worker.
  void after() {
    ask_again();
    must(found || doorbell.load(std::memory_order_relaxed) == 1);
  }
};

using Notifying = NotifyingOf<true>;

}  // namespace

TEMPLATE_TEST_CASE("J8: a guest that sleeps is called, and every memory order of vhost is needed for it", "",
                   SplitGuest, PackedGuest) {
  CHECK(check_protocol<Publishing<TestType, true>>("drivers/bus/barriers.hpp", 3) == 3);
}

TEMPLATE_TEST_CASE("J8: a guest that looks finds whole frames, and every memory order of vhost is needed", "",
                   SplitGuest, PackedGuest) {
  CHECK(check_protocol<Publishing<TestType, false>>("drivers/bus/barriers.hpp", 3) == 2);
}

TEST_CASE("J8: a device that sleeps is woken up when there is something, and both barriers are needed") {
  CHECK(check_protocol<Notifying>("drivers/virtio/driver/notification.hpp", 3) == 2);
}

TEST_CASE("a device that fell asleep just then would sleep on, were it not asked for again") {
  mutation = {};
  CHECK_FALSE(explore<NotifyingOf<false>>(3).good);
}

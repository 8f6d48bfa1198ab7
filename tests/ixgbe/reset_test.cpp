#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <thread>

#include "core/packet/dma_memory.hpp"
#include "core/packet/mempool.hpp"
#include "drivers/bus/queue_state.hpp"
#include "drivers/ixgbe/recovery.hpp"
#include "tests/ixgbe/software_card.hpp"

using namespace ixyflow;
using namespace ixyflow::drivers;
using namespace ixyflow::test;

namespace {

constexpr std::uint32_t kDescriptors = 128;
constexpr std::uint32_t kBuffers = 512;

/// A card with one queue each way, a worker that sends by it and takes what comes back, and the control
/// thread, which is the test's. Its time goes as the test likes, so that nobody has to wait until a card may
/// be reset again.
class CardAtWork {
 public:
  explicit CardAtWork(const std::string& device) {
    auto allocated = DmaMemory::allocate(BufferLayout{}.bytes(kBuffers) + (64U << 10), Pages::small, -1);
    REQUIRE(allocated);
    memory_ = std::make_unique<DmaMemory>(std::move(*allocated));
    REQUIRE(memory_->assign_addresses(DeviceAddresses::linear, std::uint64_t{1} << 32));
    const ixgbe::QueueSettings queues{kDescriptors, kDescriptors, BufferLayout{}.data_room, false, {}};
    auto opened = ixgbe::Card::open(device, {}, {}, queues, receive_, transmit_);
    REQUIRE(opened);
    card_ = std::move(*opened);
    const DmaMemory* all[] = {memory_.get()};
    REQUIRE(card_->use_memory(all, *memory_));
    auto made = Mempool::create(*memory_, kBuffers, {}, 0);
    REQUIRE(made);
    pool_ = std::move(*made);
    recovery_ = std::make_unique<ixgbe::Recovery>(*card_, counters);
    worker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
    while (receive_[0].state.get() != QueueState::filled) std::this_thread::yield();
    REQUIRE(card_->bring_up());
    recovery_->begin(now());
  }

  /// Every buffer must be home.
  ~CardAtWork() {
    CHECK(card_->take_down());
    worker_ = {};
    CHECK(pool_->available() == pool_->size());
  }

  void skip(std::chrono::milliseconds time) { skipped_ += time; }
  /// Looks after the card until the condition holds.
  template <class Condition>
  void look_until(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < until);
      recovery_->look(now(), [this](EventKind, std::string_view text) { last_event = text; });
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  void await_traffic() {
    const std::uint64_t before = received.load();
    look_until([&] { return recovery_->link_up() && received.load() >= before + 100; });
  }
  [[nodiscard]] bool distrusted() const { return transmit_[0].distrusted(); }

  ixgbe::CardCounters counters;
  std::atomic<std::uint64_t> received{0};
  std::string last_event;

 private:
  [[nodiscard]] ixgbe::Recovery::Time now() const { return std::chrono::steady_clock::now() + skipped_; }

  void work(const std::stop_token& stop) {
    const QueueContext context{pool_.get(), &clock_, 0};
    static_cast<void>(receive_[0].attach(context));
    transmit_[0].attach(context);
    Packet* packets[32];
    while (!stop.stop_requested()) {
      const std::uint32_t count = receive_[0].receive(packets);
      received += count;
      pool_->free(std::span(packets).first(count));
      if (transmit_[0].room() >= std::size(packets)) send();
      std::this_thread::yield();
    }
    receive_[0].empty();
    transmit_[0].empty();
  }
  void send() {
    Packet* packets[32];
    const std::uint32_t count = pool_->allocate(packets);
    for (Packet* packet : std::span(packets).first(count)) {
      packet->set_length(60);
      std::memset(packet->data(), 0, packet->length());
    }
    const std::uint32_t taken = transmit_[0].transmit(std::span(packets).first(count));
    pool_->free(std::span(packets).first(count).subspan(taken));
  }

  std::unique_ptr<DmaMemory> memory_;
  std::unique_ptr<Mempool> pool_;
  Clock clock_{Clock::Kind::real};
  std::deque<ixgbe::ReceiveQueue> receive_{1};
  std::deque<ixgbe::TransmitQueue> transmit_{1};
  std::unique_ptr<ixgbe::Card> card_;
  std::unique_ptr<ixgbe::Recovery> recovery_;
  std::chrono::milliseconds skipped_{0};
  std::jthread worker_;
};

}  // namespace

TEST_CASE("G12 reset under traffic, again and again") {
  SoftwareCard card("loop");
  CardAtWork at_work(card.device());
  const std::size_t resets = times(12, 1'000);
  for (std::uint64_t i = 1; i <= resets; ++i) {
    INFO("reset " << i);
    at_work.await_traffic();
    // A card that has worked for so long is reset at once.
    at_work.skip(std::chrono::seconds(11));
    card.command("head-nonsense on");
    at_work.look_until([&] { return at_work.distrusted(); });
    card.command("head-nonsense off");
    at_work.look_until([&] { return at_work.counters.resets.value() >= i; });
  }
  at_work.await_traffic();
  CHECK(at_work.counters.resets.value() == resets);
}

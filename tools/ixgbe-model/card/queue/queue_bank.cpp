#include "tools/ixgbe-model/card/queue/queue_bank.hpp"

#include <algorithm>

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

/// How long the card takes to enable or disable a queue: "some time", say the drivers, which poll.
constexpr Nanoseconds kEnableTime = 10'000;

constexpr std::uint32_t kRingAlignment = 128;      // 8.2.3.8.1, 8.2.3.8.3: the low bits do not exist
constexpr std::uint32_t kLengthBits = 0x000FFF80;  // 8.2.3.8.3
constexpr std::uint32_t kSrrctlReset = 0x402;      // 8.2.3.8.7: buffers of 2 KiB, headers of 256 bytes

}  // namespace

QueueBank::QueueBank(Direction direction, bool mapped, RegisterFile& file, QueueEvents& events)
    : direction_(direction), file_(file), events_(events) {
  enabled_.reserve(queue::kQueues);
  for (std::uint32_t i = 0; i < queue::kQueues; ++i) {
    queues_[i].index = i;
    queues_[i].registers = direction == Direction::receive ? queue::rx(i) : queue::tx(i);
    queues_[i].mapped = mapped && (direction == Direction::transmit || i < reg::kRxQueuesLow.count);
  }
  declare();
}

void QueueBank::declare() {
  const bool receive = direction_ == Direction::receive;
  for (const Queue& queue : queues_) {
    for (const std::uint32_t what : {queue::kBaseHigh, queue::kDca, queue::kHead, queue::kTail})
      file_.plain({queue.registers + what});
    file_.plain({queue.registers + queue::kBaseLow}, 0, ~(kRingAlignment - 1));
    file_.plain({queue.registers + queue::kLength}, 0, kLengthBits);
    if (receive) {
      file_.plain({queue.registers + queue::kSplit}, kSrrctlReset);
      file_.plain({queue.registers + queue::kCoalescing});
    } else {
      file_.plain({queue.registers + queue::kWriteBackLow});
      file_.plain({queue.registers + queue::kWriteBackHigh});
    }
    file_.owned({queue.registers + queue::kControl}, *this);
  }
}

void QueueBank::reset() noexcept {
  for (Queue& queue : queues_) {
    queue.wanted = queue.enabled = false;
    queue.head = 0;
    queue.ring.place(0, 0);
  }
  enabled_.clear();
}

Queue* QueueBank::owner_of(std::uint32_t offset) noexcept {
  const std::uint32_t start = offset - queue::kControl;
  const auto found = std::ranges::find(queues_, start, &Queue::registers);
  return found == queues_.end() ? nullptr : &*found;
}

std::uint32_t QueueBank::read_register(std::uint32_t offset) noexcept {
  return file_.get(offset);
}

void QueueBank::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  Queue* const queue = owner_of(offset);
  if (queue == nullptr) return;
  if (queue->mapped) {
    file_.set(offset, value);
    return;
  }
  queue->wanted = (value & bits::dctl::kEnable) != 0;
  queue->due = -1;  // set when the time is known
  file_.set(offset, queue->enabled ? value | bits::dctl::kEnable : value & ~bits::dctl::kEnable);
}

void QueueBank::show_enabled(const Queue& queue, bool on) noexcept {
  const std::uint32_t control = file_.get(queue.registers + queue::kControl);
  file_.set(queue.registers + queue::kControl,
            on ? control | bits::dctl::kEnable : control & ~bits::dctl::kEnable);
}

std::uint64_t QueueBank::base_of(const Queue& queue) const noexcept {
  return std::uint64_t{file_.get(queue.registers + queue::kBaseHigh)} << 32 |
         file_.get(queue.registers + queue::kBaseLow);
}

void QueueBank::latch(Queue& queue) noexcept {
  queue.base = base_of(queue);
  queue.length = file_.get(queue.registers + queue::kLength);
  const std::uint32_t bytes = std::min(queue.length, queue::kMaxRingBytes) & ~(kRingAlignment - 1);
  queue.ring.place(queue.base & ~std::uint64_t{kRingAlignment - 1}, bytes / queue::kDescriptorBytes);
  const std::uint32_t head = file_.get(queue.registers + queue::kHead);
  queue.head = head < queue.ring.count() ? head : 0;
}

void QueueBank::start(Queue& queue) noexcept {
  if (hold_enable_) {
    if (queue.mapped) show_enabled(queue, false);
    return;
  }
  latch(queue);
  queue.enabled = true;
  enabled_.push_back(queue.index);
  show_head(queue);
  if (!queue.mapped) show_enabled(queue, true);
  events_.queue_starts(queue.index);
}

void QueueBank::stop(Queue& queue, bool gone) noexcept {
  events_.queue_stops(queue.index, gone);
  queue.enabled = false;
  std::erase(enabled_, queue.index);
  if (!queue.mapped) show_enabled(queue, false);
}

// Whether the driver has disabled, changed and enabled the queue between two looks.
bool QueueBank::set_up_anew(const Queue& queue) const noexcept {
  return base_of(queue) != queue.base || file_.get(queue.registers + queue::kLength) != queue.length ||
         file_.get(queue.registers + queue::kHead) != queue.head + head_error_;
}

void QueueBank::follow(Queue& queue, Nanoseconds now) noexcept {
  if (queue.mapped) {
    queue.wanted = (file_.get(queue.registers + queue::kControl) & bits::dctl::kEnable) != 0;
    if (queue.enabled && queue.wanted && set_up_anew(queue)) {
      // What is there now may be half of it: the enable bit is looked at once more before anything is used.
      stop(queue, true);
      look_at_all_ = true;
      return;
    }
  } else if (queue.wanted != queue.enabled && queue.due < 0) {
    queue.due = now + kEnableTime;
  }
  if (queue.wanted == queue.enabled || (!queue.mapped && now < queue.due)) return;
  if (queue.wanted)
    start(queue);
  else
    stop(queue, false);
}

void QueueBank::follow(Nanoseconds now) noexcept {
  look_at_all_ = false;
  for (Queue& queue : queues_) follow(queue, now);
}

void QueueBank::follow_enabled(Nanoseconds now) noexcept {
  if (look_at_all_) {
    follow(now);
    return;
  }
  for (std::size_t i = enabled_.size(); i-- > 0;) follow(queues_[enabled_[i]], now);
}

void QueueBank::show_head_wrong_by(std::uint32_t add) noexcept {
  head_error_ = add;
  for (const std::uint32_t index : enabled_) show_head(queues_[index]);
}

void QueueBank::show_head(const Queue& queue) noexcept {
  file_.set(queue.registers + queue::kHead, queue.head + head_error_);
}

std::uint32_t QueueBank::available(const Queue& queue) noexcept {
  const std::uint32_t tail = file_.get(queue.registers + queue::kTail);
  const std::uint32_t count = queue.ring.count();
  if (tail >= count) {
    if (tail != 0) ++bad_tails_;
    return 0;
  }
  return tail >= queue.head ? tail - queue.head : tail + count - queue.head;
}

void QueueBank::advance(Queue& queue, std::uint32_t descriptors) noexcept {
  queue.head = queue.ring.wrap(queue.head + descriptors);
  show_head(queue);
}

}  // namespace ixyflow::model

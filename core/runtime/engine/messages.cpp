#include "core/runtime/engine/messages.hpp"

#include <algorithm>
#include <boost/lockfree/spsc_queue.hpp>
#include <new>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

struct Messages::Queue : boost::lockfree::spsc_queue<Line> {
  using spsc_queue::spsc_queue;
};

Messages::Messages() : queue_(std::make_unique<Queue>(kLines)) {}

Messages::~Messages() = default;

void Messages::write(std::string_view line) noexcept {
  used_ = true;
  Line entry;
  entry.length = static_cast<std::uint16_t>(std::min(line.size(), kLineLength));
  std::copy_n(line.begin(), entry.length, entry.text.begin());
  if (!queue_->push(entry)) lost_.store(lost_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

std::uint32_t Messages::room() const noexcept {
  return static_cast<std::uint32_t>(queue_->write_available());
}

bool Messages::empty() const noexcept {
  return queue_->read_available() == 0;
}

void Messages::deliver(const std::function<void(std::string_view)>& print,
                       const std::function<bool()>& may_print) {
  Line line;
  // Nobody holds up what fills it: it is said now that lines are left out.
  const bool full = queue_->read_available() == kLines;
  // No more than there were at once: a worker may write as fast as this reads.
  for (std::uint32_t i = 0; i < kLines && (full || !may_print || may_print()) && queue_->pop(line); ++i) {
    if (!print) continue;
    try {
      print(printable({line.text.data(), line.length}, kLineLength));
    } catch (const std::bad_alloc&) {
      ++undelivered_;
    }
  }
}

}  // namespace ixyflow

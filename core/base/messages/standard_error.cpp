#include "core/base/messages/standard_error.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace ixyflow {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kRoom = 256 * 1024;
/// A pipe that is ready takes as much at once without waiting (pipe(7), PIPE_BUF).
constexpr std::size_t kPiece = 4096;
constexpr milliseconds kPatience{200};
constexpr milliseconds kLook{50};

/// Whether the standard error takes something, or has failed, within the time.
bool ready(milliseconds time) noexcept {
  pollfd state{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  const int count = ::poll(&state, 1, static_cast<int>(time.count()));
  return count > 0 || (count < 0 && errno != EINTR);
}

/// Writes the beginning of `text` and takes it away; false when that failed for good.
bool write_some(std::string_view& text) noexcept {
  const ssize_t count = ::write(STDERR_FILENO, text.data(), std::min(text.size(), kPiece));
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  text.remove_prefix(static_cast<std::size_t>(count));
  return true;
}

void write_directly(std::string_view text) noexcept {
  while (!text.empty()) {
    if (!write_some(text)) return;
    // Somebody else may have made it non-blocking.
    if (!text.empty()) ready(kLook);
  }
}

std::uint64_t count_lines(std::string_view text) noexcept {
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ranges::count(text, '\n')));
}

}  // namespace

struct StandardErrorThread::Queue {
  std::mutex mutex;
  std::condition_variable news;      ///< for the thread
  std::condition_variable progress;  ///< for who flushes
  std::string waiting;               ///< has room for kRoom from the start
  std::string writing;               ///< the same; the thread's own
  bool busy = false;                 ///< the thread has something to write
  bool ended = false;                ///< nothing more will come
  bool gone = false;                 ///< the thread has
  std::uint64_t lost = 0;            ///< lines that found no room, not said yet
  std::atomic<std::uint64_t> written{0};
  std::atomic<bool> abandoned{false};  ///< nobody waits for what is left
};

namespace {

using Queue = StandardErrorThread::Queue;

std::mutex current_mutex;
std::shared_ptr<Queue> current;

std::shared_ptr<Queue> current_queue() noexcept {
  const std::lock_guard lock(current_mutex);
  return current;
}

/// On the thread: until everything is written, it fails, or nobody waits any more.
void write_patiently(Queue& queue, std::string_view text) noexcept {
  while (!text.empty() && !queue.abandoned) {
    if (!ready(kLook)) continue;
    if (!write_some(text)) return;
    ++queue.written;
  }
}

void say_lost(Queue& queue, std::uint64_t lost) noexcept {
  std::array<char, 160> text;
  const auto end = fmt::format_to_n(text.data(), text.size(),
                                    "warning: {} lines were left out here, because nobody read the standard "
                                    "error in time\n",
                                    lost);
  write_patiently(queue, {text.data(), std::min(end.size, text.size())});
}

void work(const std::shared_ptr<Queue>& shared) {
  ::pthread_setname_np(::pthread_self(), "ixyflow-stderr");
  Queue& queue = *shared;
  std::unique_lock lock(queue.mutex);
  while (true) {
    queue.news.wait(lock, [&queue] { return !queue.waiting.empty() || queue.lost != 0 || queue.ended; });
    if ((queue.waiting.empty() && queue.lost == 0) || queue.abandoned) break;
    queue.writing.clear();
    std::swap(queue.writing, queue.waiting);
    const std::uint64_t lost = std::exchange(queue.lost, 0);
    queue.busy = true;
    lock.unlock();
    write_patiently(queue, queue.writing);
    if (lost != 0) say_lost(queue, lost);
    lock.lock();
    queue.busy = false;
    queue.progress.notify_all();
  }
  queue.gone = true;
  queue.progress.notify_all();
}

/// Until everything is written, or nothing was for some time.
void flush(Queue& queue) noexcept {
  std::unique_lock lock(queue.mutex);
  const auto done = [&queue] {
    return queue.gone || (!queue.busy && queue.waiting.empty() && queue.lost == 0);
  };
  while (!done()) {
    const std::uint64_t before = queue.written;
    queue.progress.wait_for(lock, kPatience, done);
    if (queue.written == before) return;
  }
}

}  // namespace

void write_standard_error(std::string_view text) noexcept {
  const auto queue = current_queue();
  if (queue == nullptr) return write_directly(text);
  const std::lock_guard lock(queue->mutex);
  // Once something was left out, the rest is until that was said: so it is said in its place.
  if (queue->lost != 0 || text.size() > kRoom - queue->waiting.size())
    queue->lost += count_lines(text);
  else
    queue->waiting += text;
  queue->news.notify_one();
}

bool standard_error_has_room() noexcept {
  const auto queue = current_queue();
  if (queue == nullptr) return true;
  const std::lock_guard lock(queue->mutex);
  return queue->lost == 0 && kRoom - queue->waiting.size() >= kPiece;
}

void flush_standard_error() noexcept {
  if (const auto queue = current_queue()) flush(*queue);
}

void write_last_words(std::string_view text) noexcept {
  // Of several in a row only the first one waits.
  static std::atomic<bool> nobody_reads{false};
  if (ready(nobody_reads ? milliseconds(0) : kPatience))
    write_some(text);
  else
    nobody_reads = true;
}

StandardErrorThread::StandardErrorThread(void (*begin)()) {
  auto queue = std::make_shared<Queue>();
  queue->waiting.reserve(kRoom);
  queue->writing.reserve(kRoom);
  try {
    // Where nobody reads, it cannot be waited for at the end.
    std::thread([queue, begin] {
      begin();
      work(queue);
    }).detach();
  } catch (const std::system_error&) {
    return;
  }
  queue_ = std::move(queue);
  const std::lock_guard lock(current_mutex);
  current = queue_;
}

StandardErrorThread::~StandardErrorThread() {
  if (queue_ == nullptr) return;
  {
    const std::lock_guard lock(current_mutex);
    current.reset();
  }
  flush(*queue_);
  std::unique_lock lock(queue_->mutex);
  queue_->ended = true;
  queue_->abandoned = !queue_->waiting.empty() || queue_->busy;
  queue_->news.notify_one();
  queue_->progress.wait_for(lock, kPatience, [this] { return queue_->gone; });
}

}  // namespace ixyflow

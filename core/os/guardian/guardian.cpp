#include "core/os/guardian/guardian.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>

#include "core/os/file_descriptor.hpp"
#include "core/os/guardian/guardian_child.hpp"
#include "core/os/passed_descriptors.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow {

namespace {

std::mutex guardian_mutex;
bool guarded = false;  ///< a Guardian lives
FileDescriptor child_socket;
pid_t child = -1;
std::uint32_t last_number = 0;
std::uint32_t acts_left = 0;

static_assert(GuardianAct::kMostDescriptors <= PassedDescriptors::kMost);

void wait_a_moment() noexcept {
  const timespec moment{0, 2'000'000};
  ::nanosleep(&moment, nullptr);
}

/// A child of a process that may have threads: it gets no signal before it is ready for them, and calls
/// nothing that takes a lock.
int start_child() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  FileDescriptor ours(ends[0]);
  const FileDescriptor its(ends[1]);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  child = ::_Fork();
  const int error = errno;
  if (child == 0) guard_parent(its.get());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) return error;
  child_socket = std::move(ours);
  return 0;
}

/// It ends as soon as nobody has the other end; one that was stopped meanwhile is nobody's concern.
void end_child() noexcept {
  child_socket.reset();
  for (int i = 0; i < 100 && ::waitpid(child, nullptr, WNOHANG) == 0; ++i) wait_a_moment();
  child = -1;
}

/// 0 or an errno.
int send_to_child(const GuardianMessage& message, std::span<const int> descriptors) noexcept {
  const auto bytes = std::as_bytes(std::span(&message, 1));
  for (int tries = 0;; ++tries) {
    if (send_passing(child_socket.get(), bytes, descriptors) == static_cast<ssize_t>(bytes.size())) return 0;
    // So much is on its way only while the child has not got a CPU yet.
    const bool full = errno == EAGAIN || errno == ETOOMANYREFS;
    if (!full || tries == 100) return errno;
    wait_a_moment();
  }
}

}  // namespace

Guardian::Guardian() noexcept {
  const std::lock_guard lock(guardian_mutex);
  guarded = true;
}

Guardian::~Guardian() {
  const std::lock_guard lock(guardian_mutex);
  guarded = false;
  if (child_socket.open() && acts_left == 0) end_child();
}

Result<GuardianAct> GuardianAct::leave(const GuardianDuty& duty, Turn turn, std::span<const int> descriptors,
                                       std::span<const std::byte> data) {
  return send(duty.number(), turn, descriptors, data);
}

Result<GuardianAct> GuardianAct::keep(int descriptor) {
  return send(0, Turn::second, std::span(&descriptor, 1), {});
}

Result<GuardianAct> GuardianAct::send(std::uint32_t duty, Turn turn, std::span<const int> descriptors,
                                      std::span<const std::byte> data) {
  GuardianAct left;
  const std::lock_guard lock(guardian_mutex);
  if (!guarded) return left;
  if (!child_socket.open())
    if (const int error = start_child(); error != 0)
      return fail(ExitCode::refused, fmt::format("cannot start the process that gives devices back if this "
                                                 "one is killed: {}",
                                                 system_error_text(error)));
  GuardianMessage message;
  message.duty = duty;
  message.turn = turn;
  message.number = ++last_number;
  message.bytes = static_cast<std::uint16_t>(std::min(data.size(), kMostBytes));
  std::ranges::copy(data.first(message.bytes), message.data.begin());
  if (const int error =
          send_to_child(message, descriptors.first(std::min(descriptors.size(), kMostDescriptors)));
      error != 0)
    return fail(ExitCode::refused, fmt::format("the process that gives devices back if this one is killed "
                                               "takes nothing: {}",
                                               system_error_text(error)));
  ++acts_left;
  left.number_ = message.number;
  return left;
}

GuardianAct::~GuardianAct() {
  if (number_ == 0) return;
  const std::lock_guard lock(guardian_mutex);
  GuardianMessage message;
  message.number = number_;
  message.over = true;
  static_cast<void>(send_to_child(message, {}));
  --acts_left;
}

GuardianAct::GuardianAct(GuardianAct&& other) noexcept : number_(std::exchange(other.number_, 0)) {}

GuardianAct& GuardianAct::operator=(GuardianAct&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

}  // namespace ixyflow

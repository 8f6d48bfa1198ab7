#include "core/os/guardian/guardian_child.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "core/os/passed_descriptors.hpp"

namespace ixyflow {

namespace {

constexpr int kSocket = 3;

struct Entry {
  GuardianMessage message;
  std::array<int, GuardianDuty::kMostDescriptors> descriptors{};
  std::uint8_t count = 0;  ///< of them
};

// There is no object that it belongs to. In the parent it is never touched.
std::array<Entry, GuardianDuty::kMostActs> entries;
std::size_t entry_count = 0;

void close_from(unsigned first) noexcept {
  if (::close_range(first, UINT_MAX, 0) == 0) return;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  for (rlim_t fd = first; fd < std::min<rlim_t>(limit.rlim_cur, 65536); ++fd) ::close(static_cast<int>(fd));
}

/// Keeps nothing of the parent's that others wait for: no terminal, no pipe, no lock, no folder.
void detach_from_parent(int socket) noexcept {
  ::setsid();
  if (socket != kSocket) ::dup2(socket, kSocket);
  close_from(kSocket + 1);
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < kSocket; ++fd) ::dup2(nowhere, fd);
  if (nowhere > kSocket) ::close(nowhere);
  [[maybe_unused]] const int moved = ::chdir("/");
  ::prctl(PR_SET_NAME, "ixyflow-guard");
  // Who runs out of memory is to end the parent, not this.
  if (const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); score >= 0) {
    [[maybe_unused]] const ssize_t written = ::write(score, "-1000", 5);
    ::close(score);
  }
}

/// The descriptors are rights enough: files of sysfs ask for more only when they are opened.
void drop_capabilities() noexcept {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  ::syscall(SYS_capset, &header, none.data());
}

void add_entry(const GuardianMessage& message, PassedDescriptors& passed) noexcept {
  if (entry_count == entries.size()) return;
  Entry& entry = entries[entry_count++];
  entry.message = message;
  entry.count = static_cast<std::uint8_t>(std::min(passed.count(), entry.descriptors.size()));
  for (std::size_t i = 0; i < entry.count; ++i) entry.descriptors[i] = passed.take(i).release();
}

void close_all(const Entry& entry) noexcept {
  for (std::size_t i = 0; i < entry.count; ++i) ::close(entry.descriptors[i]);
}

void remove_entry(std::uint32_t number) noexcept {
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(entry_count);
  const auto found =
      std::find_if(entries.begin(), end, [&](const Entry& entry) { return entry.message.number == number; });
  if (found == end) return;
  close_all(*found);
  std::move(found + 1, end, found);
  --entry_count;
}

/// False when nothing more will come.
bool take_message(int socket) noexcept {
  pollfd news{.fd = socket, .events = POLLIN, .revents = 0};
  if (::poll(&news, 1, -1) <= 0) return true;
  GuardianMessage message;
  PassedDescriptors passed;
  const ssize_t count = passed.receive(socket, std::as_writable_bytes(std::span(&message, 1)));
  if (count == 0) return false;
  if (count != sizeof message) return true;
  if (message.over)
    remove_entry(message.number);
  else
    add_entry(message, passed);
  return true;
}

void do_acts(GuardianDuty::Turn turn) noexcept {
  for (std::size_t i = 0; i < entry_count; ++i) {
    const auto& [message, descriptors, count] = entries[i];
    const GuardianDuty::Act act = GuardianDuty::act_of(message.duty);
    if (act != nullptr && message.turn == turn)
      act(std::span(descriptors).first(count),
          std::span(message.data).first(std::min<std::size_t>(message.bytes, message.data.size())));
  }
}

}  // namespace

void guard_parent(int socket) noexcept {
  detach_from_parent(socket);
  drop_capabilities();
  while (take_message(kSocket)) {
  }
  do_acts(GuardianDuty::Turn::first);
  do_acts(GuardianDuty::Turn::second);
  // What was kept from others is theirs now; locks, which came first, at last.
  while (entry_count > 0) close_all(entries[--entry_count]);
  ::_exit(0);
}

}  // namespace ixyflow

#include "tools/ixyflow/process/bind_rollback.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow::tools {

namespace {

using std::chrono::steady_clock;

// As long as a marker stands beside the state of a function, a process waits to give it back. It names the
// process, so that an older one does not act for a newer one. Who removes it decides: confirmed or given
// back.
constexpr std::string_view kSuffix = ".pending";

std::string marker_of(const std::string& address, const drivers::BindingPlace& place) {
  return fmt::format("{}/{}{}", place.state, address, kSuffix);
}

bool names(const std::string& marker, pid_t process) {
  pid_t named = 0;
  return std::ifstream(marker) >> named && named == process;
}

/// Leaves the terminal and the pipes of whoever started this.
void detach() {
  ::setsid();
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);
  if (::chdir("/") != 0) return;
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) ::dup2(nowhere, fd);
  if (nowhere > 2) ::close(nowhere);
}

[[noreturn]] void wait_and_roll_back(const std::string& address, steady_clock::time_point deadline,
                                     const drivers::BindingPlace& place) {
  const std::string marker = marker_of(address, place);
  while (steady_clock::now() < deadline) {
    if (!names(marker, ::getpid())) ::_exit(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (names(marker, ::getpid()) && ::unlink(marker.c_str()) == 0)
    static_cast<void>(drivers::restore_binding(address, place));
  ::_exit(0);
}

}  // namespace

Result<void> roll_back_unless_confirmed(const std::string& address, Duration within,
                                        const drivers::BindingPlace& place) {
  const auto deadline = steady_clock::now() + std::chrono::nanoseconds(within.ns);
  ::mkdir(place.state.c_str(), 0755);
  const std::string marker = marker_of(address, place);
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0)
    return fail(ExitCode::internal, fmt::format("cannot make a pipe: {}", system_error_text(errno)));
  const pid_t child = ::fork();
  if (child == 0) {
    detach();
    // Waits until the marker is written.
    char nothing = 0;
    ::close(ready[1]);
    [[maybe_unused]] const ssize_t closed = ::read(ready[0], &nothing, 1);
    wait_and_roll_back(address, deadline, place);
  }
  const int error = errno;
  ::close(ready[0]);
  if (child < 0) {
    ::close(ready[1]);
    return fail(ExitCode::internal, fmt::format("cannot start a process: {}", system_error_text(error)));
  }
  std::ofstream out(marker);
  out << child << '\n';
  out.close();
  ::close(ready[1]);
  if (out) return {};
  return fail(ExitCode::output,
              fmt::format("cannot write '{}': {}", printable(marker), system_error_text(errno)));
}

std::vector<std::string> confirm_bindings(const std::string& address, const drivers::BindingPlace& place) {
  std::vector<std::string> confirmed;
  std::error_code error;
  std::filesystem::directory_iterator entry(place.state, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    if ((address.empty() || address == name) && ::unlink(entry->path().c_str()) == 0)
      confirmed.push_back(name);
  }
  return confirmed;
}

}  // namespace ixyflow::tools

#include "tools/ixgbe-model/server/bus_error_guard.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <string_view>

#include "core/os/vanishing_memory.hpp"

namespace ixyflow::model {
namespace {

// A handler has no object that it belongs to: what it needs is here.
std::atomic<int> guards{0};
struct sigaction before {};

void on_bus_error(int, siginfo_t* info, void*) {
  if (catch_vanished(info->si_addr)) return;
  constexpr std::string_view text = "ixgbe-model: SIGBUS: mapped memory is gone\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  // The access is done again, and then it is the other handler's.
  ::sigaction(SIGBUS, &before, nullptr);
}

}  // namespace

BusErrorGuard::BusErrorGuard() {
  if (guards++ != 0) return;
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, &before);
}

BusErrorGuard::~BusErrorGuard() {
  if (--guards == 0) ::sigaction(SIGBUS, &before, nullptr);
}

}  // namespace ixyflow::model

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

#include "core/base/messages/log.hpp"
#include "tools/ixgbe-model/command_line.hpp"
#include "tools/ixgbe-model/model.hpp"

namespace {

using namespace ixyflow;
using namespace ixyflow::model;

int give_up(const Error& error) {
  fmt::print(stderr, "ixgbe-model: {}\n", error.text);
  return static_cast<int>(error.code);
}

/// SIGINT and SIGTERM, blocked in every thread from the start: they are waited for.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

Result<void> run_on(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) == 0) return {};
  return fail(ExitCode::configuration, fmt::format("cannot run on CPU {}", cpu));
}

/// A fault with a number in front is for one device, others are for all.
Result<void> inject(Model& model, const std::string& fault) {
  const bool numbered = fault.find_first_of("0123456789") == 0;
  const std::size_t devices = numbered ? 1 : model.devices();
  for (std::size_t i = 0; i < devices; ++i) {
    const auto done = model.command(numbered ? fault : fmt::format("{} {}", i, fault));
    if (!done) return std::unexpected(done.error());
  }
  return {};
}

Result<void> serve(const Invocation& invocation, const sigset_t& signals) {
  if (invocation.cpu)
    if (auto placed = run_on(*invocation.cpu); !placed) return placed;
  auto model = Model::create(invocation.model);
  if (!model) return std::unexpected(model.error());
  for (const std::string& fault : invocation.faults)
    if (auto injected = inject(**model, fault); !injected) return injected;
  const std::jthread thread([&model](std::stop_token stop) { (*model)->run(std::move(stop)); });
  for (const PortOptions& port : invocation.model.ports) fmt::print("ready: {}\n", port.socket);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const sigset_t signals = block_stop_signals();
  const auto invocation = parse_command_line(argc, argv);
  if (!invocation) return give_up(invocation.error());
  if (!invocation->help.empty()) {
    fmt::print("{}", invocation->help);
    return 0;
  }
  if (invocation->verbose) set_log_level(LogLevel::info);
  const auto served = serve(*invocation, signals);
  return served ? 0 : give_up(served.error());
}

#include "core/runtime/control/worker_requests.hpp"

#include <memory>
#include <thread>
#include <utility>

#include "core/base/steady_clock.hpp"
#include "core/runtime/report/summary.hpp"

namespace ixyflow {

namespace {

constexpr auto kAnswerTime = std::chrono::seconds(1);
constexpr auto kLook = std::chrono::microseconds(20);

}  // namespace

WorkerRequests::WorkerRequests(Assembly& assembly)
    : assembly_(assembly), handshake_(assembly.workers.size()), changes_(handshake_) {}

void WorkerRequests::make_room() {
  for (std::size_t i = 0; i < assembly_.workers.size(); ++i)
    snapshots_.push_back(blank_snapshot(assembly_, i));
}

WorkerSnapshot WorkerRequests::read(std::size_t worker) const {
  WorkerSnapshot snapshot = blank_snapshot(assembly_, worker);
  take_snapshot(assembly_, worker, snapshot);
  return snapshot;
}

Handshake::Request WorkerRequests::ask(bool statistics) {
  const Handshake::Request request = handshake_.ask(statistics);
  for (std::size_t i = 0; !threaded_ && i < handshake_.workers(); ++i) answer(i, request);
  return request;
}

std::vector<std::size_t> WorkerRequests::await(const std::vector<std::size_t>& workers,
                                               Handshake::Request request) const {
  const auto until = SteadyClock::now() + kAnswerTime;
  std::vector<std::size_t> silent = workers;
  for (;;) {
    std::erase_if(silent, [&](std::size_t worker) { return handshake_.answered(worker, request); });
    if (silent.empty() || SteadyClock::now() >= until) return silent;
    std::this_thread::sleep_for(kLook);
  }
}

void WorkerRequests::hand_over(std::shared_ptr<const LiveChange> change) noexcept {
  for (const std::size_t worker : assembly_.plan.workers_of[change->element]) changes_.give(worker, change);
}

void WorkerRequests::answer(std::size_t worker, Handshake::Request request) {
  take_over(worker);
  if (Handshake::wants_statistics(request)) take_snapshot(assembly_, worker, snapshots_[worker]);
  handshake_.answer(worker, request);
}

void WorkerRequests::take_over(std::size_t worker) noexcept {
  const LiveChange* change = changes_.next(worker);
  if (change == nullptr) return;
  const std::vector<std::size_t>& workers = assembly_.plan.workers_of[change->element];
  for (std::size_t copy = 0; copy < workers.size(); ++copy) {
    if (workers[copy] != worker) continue;
    Element& element = *assembly_.copies[change->element][copy];
    change->parameter->exchange(&element, change->spares[copy].get());
    assembly_.workers[worker]->update(element);
  }
}

}  // namespace ixyflow

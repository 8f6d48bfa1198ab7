#include "core/runtime/control/port_life.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/base/messages/log.hpp"
#include "core/packet/activity.hpp"
#include "core/runtime/engine/failpoint.hpp"
#include "core/runtime/engine/plugin_call.hpp"

namespace ixyflow {

namespace {

/// Between two looks after devices: short enough to see a link that comes and goes.
constexpr auto kSupervision = std::chrono::milliseconds(2);

std::unexpected<Error> fail_port(const PortNode& port, const Error& error) {
  return fail(error.code, fmt::format("port '{}': {}", port.name, error.text));
}

/// What is known of an open port, for who wants to hear more.
void tell_facts(const PortNode& node) {
  const PortFacts facts = node.port->facts();
  std::string text = fmt::format("port '{}': open, link {}", node.name, facts.link ? "up" : "down");
  if (facts.address) text += ", address " + show(*facts.address);
  if (facts.mtu) text += fmt::format(", MTU {}", *facts.mtu);
  log(LogLevel::info, text);
}

}  // namespace

PortLife::PortLife(Assembly& assembly, const EventSink& event) : assembly_(assembly) {
  events_.reserve(assembly.pipeline.ports.size());
  for (const PortNode& node : assembly.pipeline.ports) {
    names_.push_back(fmt::format("port '{}'", node.name));
    events_.emplace_back(names_.back(), event);
  }
}

Result<void> PortLife::open() {
  for (std::size_t i = 0; i < assembly_.pipeline.ports.size(); ++i) {
    PortNode& node = assembly_.pipeline.ports[i];
    const ActivityMark mark("port", node.name);
    const PortQueues& queues = assembly_.plan.port_queues[i];
    node.port->use_queues(queues.receive, queues.transmit);
    node.port->use_rss_key(queues.rss_key);
    log(LogLevel::debug, fmt::format("port '{}': opening", node.name));
    if (auto opened = node.port->open(); !opened) return fail_port(node, opened.error());
    ++open_;
    tell_facts(node);
    if (auto used = use_memory(i); !used) return fail_port(node, used.error());
    failpoint("port-open");
  }
  return {};
}

Result<void> PortLife::use_memory(std::size_t index) {
  const Plan& plan = assembly_.plan;
  const std::uint32_t domain = plan.domain_of_port[index];
  std::vector<const DmaMemory*> all;
  for (std::size_t i = 0; i < assembly_.memory.size(); ++i)
    if (domain == 0 || plan.memory[i].domain == domain) all.push_back(&assembly_.memory[i]);
  DmaMemory* const own = assembly_.memory_of(plan.memory_of_port[index], domain);
  if (own == nullptr) return {};
  return assembly_.pipeline.ports[index].port->use_memory(all, *own);
}

Result<void> PortLife::start() {
  for (PortNode& node : assembly_.pipeline.ports) {
    ++started_;
    const ActivityMark mark("port", node.name);
    if (auto begun = node.port->start(); !begun) return fail_port(node, begun.error());
  }
  return {};
}

bool PortLife::ready() const {
  return std::ranges::all_of(assembly_.pipeline.ports,
                             [](const PortNode& node) { return node.port->ready(); });
}

Rights PortLife::needs() const {
  Rights all;
  for (const PortNode& node : assembly_.pipeline.ports) all.add(node.port->needs());
  return all;
}

void PortLife::supervise(SteadyClock::time_point now, bool at_once) {
  if (started_ == 0 || (now < next_supervision_ && !at_once)) return;
  next_supervision_ = now + kSupervision;
  const PluginCall call("a port");
  for (std::size_t i = 0; i < events_.size(); ++i) {
    PortEvents& events = events_[i];
    const ActivityMark mark(names_[i].c_str());
    events.look(now);
    assembly_.pipeline.ports[i].port->supervise(
        [&events, now](EventKind kind, std::string_view text) { events.tell(kind, text, now); });
  }
}

void PortLife::stop() noexcept {
  for (; started_ > 0; --started_) {
    const ActivityMark mark("port", assembly_.pipeline.ports[started_ - 1].name);
    assembly_.pipeline.ports[started_ - 1].port->stop();
    events_[started_ - 1].tell_rest();
  }
}

PortLife::Closed PortLife::close(const std::function<std::string(const Port&)>& user) {
  Closed result;
  result.errors.resize(assembly_.pipeline.ports.size());
  for (std::size_t i = 0; i < open_; ++i) {
    Port& port = *assembly_.pipeline.ports[i].port;
    const ActivityMark mark("port", assembly_.pipeline.ports[i].name);
    const std::string core = user ? user(port) : std::string();
    const Result<void> closed =
        core.empty()
            ? port.close()
            : fail(ExitCode::internal, fmt::format("not closed, because core '{}' still has it", core));
    if (closed) continue;
    result.errors[i] = closed.error().text;
    result.code = graver(result.code, closed.error().code);
  }
  open_ = 0;
  return result;
}

}  // namespace ixyflow

#include "tools/ixgbe-model/model.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>

#include "core/base/clock.hpp"
#include "core/os/system_error.hpp"
#include "tools/ixgbe-model/card/card.hpp"
#include "tools/ixgbe-model/fault/faults.hpp"
#include "tools/ixgbe-model/server/bus_error_guard.hpp"
#include "tools/ixgbe-model/server/server.hpp"

namespace ixyflow::model {
namespace {

constexpr Nanoseconds kMicrosecond = 1000;
constexpr Nanoseconds kRest = 1000 * kMicrosecond;        ///< nothing moves for so long: sleep
constexpr Nanoseconds kNap = 100 * kMicrosecond;          ///< with a driver, whose doorbells make no sound
constexpr Nanoseconds kSleep = 20'000 * kMicrosecond;     ///< without any
constexpr Nanoseconds kBetweenLooks = 20 * kMicrosecond;  ///< at the sockets, in traffic
constexpr Nanoseconds kTalk =
    100 * kMicrosecond;  ///< after a message the next one is looked for all the time

}  // namespace

Model::Model(bool spin) : spin_(spin), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Model::~Model() = default;

Result<std::unique_ptr<Model>> Model::create(const ModelOptions& options) {
  std::unique_ptr<Model> model(new Model(options.spin));
  if (!model->wake_.open())
    return fail(ExitCode::unavailable, fmt::format("no eventfd: {}", system_error_text(errno)));
  if (auto added = model->add_ports(options.ports); !added) return std::unexpected(added.error());
  if (options.control.empty()) return model;
  auto control = ControlSocket::open(
      options.control, [model = model.get()](std::string_view line) { return model->perform(line); });
  if (!control) return std::unexpected(control.error());
  model->control_.emplace(std::move(*control));
  return model;
}

Result<void> Model::add_ports(const std::vector<PortOptions>& options) {
  std::unique_ptr<Wire> other_end;
  for (const PortOptions& port : options) {
    Port& made = ports_.emplace_back();
    if (port.wire == "pair") {
      if (other_end)
        made.wire = std::move(other_end);
      else
        std::tie(made.wire, other_end) = make_pair_wires();
    } else {
      auto wire = make_wire(port.wire, traffic_);
      if (!wire) return std::unexpected(wire.error());
      made.wire = std::move(*wire);
    }
    auto server = Server::create(port.socket, port.device);
    if (!server) return std::unexpected(server.error());
    made.server = std::move(*server);
    made.card = std::make_unique<Card>(port.device, made.server->registers(), made.server->memory(),
                                       made.server->interrupts(), *made.wire);
    made.faults = std::make_unique<Faults>(*made.card);
    made.server->attach(*made.card);
    made.plugged = port.wire != "none";
    if (port.start_on_link) {
      made.card->hold_wire();
      wires_held_ = true;
    }
  }
  if (other_end)
    return fail(ExitCode::usage, "an odd number of devices has wire=pair: one cable has two ends");
  return {};
}

void Model::run(std::stop_token stop) {
  const BusErrorGuard guard;
  const std::stop_callback waker(stop, [this] { wake(); });
  ::prctl(PR_SET_TIMERSLACK, 1);  // a nap is a tenth of a millisecond, the usual slack half of that
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  Clock clock(Clock::Kind::real);
  Nanoseconds moved = clock.now();
  Nanoseconds talked = 0;
  Nanoseconds look = 0;
  while (!stop.stop_requested()) {
    clock.refresh();
    const Nanoseconds now = clock.now();
    if (poll_devices(now)) moved = now;
    const bool at_rest = now - moved > kRest;
    if (at_rest && now - talked > kRest) {
      for (const Port& port : ports_) port.wire->idle();
      if (!spin_ && sleep()) look = 0;
    }
    if (now < look && now - talked > kTalk) continue;
    if (look == 0 || attend(0)) talked = now;
    look = now + kBetweenLooks;
  }
  const std::lock_guard lock(mutex_);
  answer_requests();
  running_ = false;
}

/// Once, for good: a link that is lost later is not waited for.
void Model::start_wires() noexcept {
  const auto ready = [](const Port& port) { return !port.plugged || port.card->linked(); };
  if (!std::ranges::all_of(ports_, ready)) return;
  for (Port& port : ports_) port.card->start_wire();
  wires_held_ = false;
}

bool Model::poll_devices(Nanoseconds now) {
  if (wires_held_) start_wires();
  bool moved = false;
  for (Port& port : ports_) {
    const bool active = port.card->poll(now);
    port.faults->poll(now);
    if (!active) continue;
    moved = true;
    port.wire_ignored = false;
  }
  return moved;
}

/// Waits for a driver, a frame or a command. Whether one came.
bool Model::sleep() {
  const bool driven = std::ranges::any_of(ports_, [](const Port& port) { return port.server->connected(); });
  return attend(driven ? kNap : kSleep);
}

/// Does what the sockets ask for; waits for that, and for frames, at most `most_sleep`. Whether there was
/// something.
bool Model::attend(Nanoseconds most_sleep) {
  waits_.clear();
  waits_.push_back({wake_.get(), POLLIN, 0});
  if (control_) control_->add_descriptors(waits_);
  for (const Port& port : ports_) port.server->add_descriptors(waits_);
  const std::size_t sockets = waits_.size();
  if (most_sleep > 0)
    for (const Port& port : ports_)
      waits_.push_back({port.wire_ignored ? -1 : port.wire->descriptor(), POLLIN, 0});
  const bool urgent = std::ranges::any_of(ports_, [](const Port& port) { return port.server->urgent(); });
  const timespec timeout{0, urgent ? 0 : most_sleep};
  const int ready = ::ppoll(waits_.data(), waits_.size(), &timeout, nullptr);
  if (ready <= 0 && !urgent) return false;
  // Frames that came are the device's at its next poll; those that it leaves are no reason to wake up again.
  for (std::size_t i = sockets; i < waits_.size(); ++i)
    if (waits_[i].revents != 0) ports_[i - sockets].wire_ignored = true;
  const auto asked = std::span(waits_).first(sockets);
  if (!urgent && std::ranges::none_of(asked, [](const pollfd& wait) { return wait.revents != 0; }))
    return false;
  serve();
  return true;
}

void Model::serve() {
  eventfd_t value = 0;
  if (::eventfd_read(wake_.get(), &value) == 0) {
    const std::lock_guard lock(mutex_);
    answer_requests();
  }
  if (control_) control_->serve();
  for (const Port& port : ports_) port.server->serve();
}

void Model::wake() const noexcept {
  ::eventfd_write(wake_.get(), 1);
}

}  // namespace ixyflow::model

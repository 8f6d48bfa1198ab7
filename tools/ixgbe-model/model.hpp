#pragma once

#include <poll.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"
#include "tools/ixgbe-model/card/bus/device.hpp"
#include "tools/ixgbe-model/server/control_socket.hpp"
#include "tools/ixgbe-model/wire/wire.hpp"
#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::model {

class Card;
class Faults;
class Server;

/// One device: where its driver finds it, and what it is plugged into.
struct PortOptions {
  std::string socket;
  std::string wire = "none";  ///< see wires.hpp; "pair" needs a second device with the same
  bool start_on_link =
      false;  ///< nothing comes from the wire before the drivers of all devices know of their links
  DeviceOptions device;
};

struct ModelOptions {
  std::vector<PortOptions> ports;
  std::string control;  ///< path of the control socket; empty: none
  bool spin = false;    ///< never sleep
};

/// Software 82599s, all served by one thread.
class Model {
 public:
  /// Makes all devices and their sockets; drivers can connect from now on and are served by `run`. Errors:
  /// those of sockets and wires; usage (wires to be paired whose number is odd).
  static Result<std::unique_ptr<Model>> create(const ModelOptions& options);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  /// Serves until `stop` is asked for. When nothing moves for a millisecond it sleeps, at most 100 us at a
  /// time, because drivers ring mapped doorbells without a sound.
  void run(std::stop_token stop);

  /// Does what a line of the control socket asks for: "<device> status", "<device> <fault>", "status",
  /// "help"; devices count from 0. Any thread, also while nobody runs the model. Errors: usage (what is
  /// allowed), those of Faults::inject, again (the model did not answer within 5 s).
  Result<std::string> command(std::string_view text);

  [[nodiscard]] std::size_t devices() const noexcept { return ports_.size(); }

 private:
  struct Port {
    std::unique_ptr<Server> server;
    std::unique_ptr<Wire> wire;
    std::unique_ptr<Card> card;
    std::unique_ptr<Faults> faults;
    bool wire_ignored = false;  ///< it has frames that the card does not take
    bool plugged = true;        ///< into something: it can have a link
  };
  struct Request {
    std::string_view text;
    std::optional<Result<std::string>> result;
  };

  explicit Model(bool spin);
  Result<void> add_ports(const std::vector<PortOptions>& options);
  bool poll_devices(Nanoseconds now);
  void start_wires() noexcept;
  bool attend(Nanoseconds most_sleep);
  bool sleep();
  void serve();
  void answer_requests();
  void wake() const noexcept;
  Result<std::string> perform(std::string_view text);
  [[nodiscard]] std::string status_of(const Port& port) const;

  bool spin_;
  bool wires_held_ = false;  ///< one of them is to start when all links are up
  Traffic traffic_;
  std::vector<Port> ports_;
  std::optional<ControlSocket> control_;
  FileDescriptor wake_;        ///< an eventfd that ends a sleep
  std::vector<pollfd> waits_;  ///< reused by `attend`

  std::mutex mutex_;
  std::condition_variable answered_;
  bool running_ = false;
  std::vector<Request*> requests_;
};

}  // namespace ixyflow::model

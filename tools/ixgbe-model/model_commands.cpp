#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "core/base/diagnostics.hpp"
#include "tools/ixgbe-model/card/card.hpp"
#include "tools/ixgbe-model/fault/faults.hpp"
#include "tools/ixgbe-model/model.hpp"
#include "tools/ixgbe-model/server/server.hpp"

namespace ixyflow::model {
namespace {

constexpr std::chrono::seconds kPatience{5};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

Result<std::string> Model::command(std::string_view text) {
  std::unique_lock lock(mutex_);
  if (!running_) return perform(text);
  Request request{.text = text, .result = {}};
  requests_.push_back(&request);
  wake();
  if (answered_.wait_for(lock, kPatience, [&request] { return request.result.has_value(); }))
    return std::move(*request.result);
  std::erase(requests_, &request);
  return fail(ExitCode::again, "the model does not answer; try again");
}

/// With the mutex held.
void Model::answer_requests() {
  for (Request* request : requests_) request->result = perform(request->text);
  requests_.clear();
  answered_.notify_all();
}

Result<std::string> Model::perform(std::string_view text) {
  text = trimmed(text);
  if (text == "help")
    return fmt::format(
        "help: this\nstatus: of all devices\nN status: of device N\nN FAULT: injects a fault into device N, "
        "from 0 to {}\n{}",
        ports_.size() - 1, Faults::help());
  if (text == "status") {
    std::string all;
    for (std::size_t i = 0; i < ports_.size(); ++i)
      all += fmt::format("device {}\n{}", i, status_of(ports_[i]));
    return all;
  }
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool numbered = error == std::errc() && end != text.data() + text.size() && *end == ' ';
  if (!numbered || number >= ports_.size())
    return fail(ExitCode::usage, fmt::format("'{}': a command is help, status, or the number of a device (0 "
                                             "to {}) and status or a fault",
                                             printable(text, 60), ports_.size() - 1));
  const std::string_view rest = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  if (rest == "status") return status_of(ports_[number]);
  if (auto injected = ports_[number].faults->inject(rest); !injected)
    return std::unexpected(injected.error());
  return std::string();
}

std::string Model::status_of(const Port& port) const {
  return port.server->status() + port.wire->status() + port.card->status();
}

}  // namespace ixyflow::model

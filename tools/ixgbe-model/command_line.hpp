#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "tools/ixgbe-model/model.hpp"

namespace ixyflow::model {

/// What the command line asks for.
struct Invocation {
  ModelOptions model;
  std::vector<std::string> faults;  ///< as for Model::command
  std::optional<unsigned> cpu;      ///< of the model's thread
  bool verbose = false;
  std::string help;  ///< to be shown instead of running anything
};

/// Takes the arguments apart. Error (usage): one message with what is allowed.
Result<Invocation> parse_command_line(int argc, const char* const* argv);

/// The device that "SOCKET[,wire=WIRE][,mac=MAC][,id=ID][,map=none|queues][,start=link]" describes, as the
/// `number`th one: its MAC address is 02:00:00:00:00:01 plus that unless it is said. What follows wire= up to
/// the next of these keys is the wire's. Error (usage).
Result<PortOptions> parse_port(std::string_view text, std::size_t number);

}  // namespace ixyflow::model

#include "tools/ixyflow/control/instances.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/os/files/runtime_directory.hpp"
#include "tools/ixyflow/control/listener.hpp"
#include "tools/ixyflow/control/socket_files.hpp"

namespace ixyflow::tools {
namespace {

Result<Listener> listen_in_directory(const std::string& instance, const std::string& pipeline) {
  const std::string directory = runtime_directory();
  if (auto prepared = prepare_runtime_directory(directory); !prepared)
    return std::unexpected(prepared.error());
  return listen_for_clients(socket_path(directory, instance.empty() ? instance_of(pipeline) : instance));
}

/// The only instance of the directory that answers.
Result<ControlClient> connect_only(const std::string& directory) {
  std::optional<ControlClient> found;
  std::vector<std::string> alive;
  std::optional<Error> wrong;
  for (const std::string& name : instances_in(directory)) {
    auto client = ControlClient::connect(socket_path(directory, name));
    if (client) {
      alive.push_back(name);
      found.emplace(std::move(*client));
    } else {
      wrong = client.error();
    }
  }
  if (alive.size() > 1)
    return fail(ExitCode::usage,
                fmt::format("several instances run: {}; choose one with --instance", fmt::join(alive, ", ")));
  if (found) return std::move(*found);
  if (wrong) return std::unexpected(*wrong);
  return fail(ExitCode::unavailable,
              fmt::format("no instance runs in '{}'; 'ixyflow run FILE' starts one", printable(directory)));
}

}  // namespace

Result<OpenedServer> open_server(const InstanceChoice& choice, const std::string& pipeline) {
  const auto full = with_environment(choice);
  if (!full) return std::unexpected(full.error());
  auto listener =
      full->socket.empty() ? listen_in_directory(full->instance, pipeline) : listen_for_clients(full->socket);
  if (listener) return OpenedServer{std::make_unique<ControlServer>(std::move(*listener), pipeline), ""};
  const Error& error = listener.error();
  if (error.code != ExitCode::output) return std::unexpected(error);
  if (!full->socket.empty()) return fail(ExitCode::refused, error.text);
  return OpenedServer{nullptr, error.text + "; the run goes on without a control socket"};
}

Result<ControlClient> connect_instance(const InstanceChoice& choice) {
  const auto full = with_environment(choice);
  if (!full) return std::unexpected(full.error());
  if (!full->socket.empty()) return ControlClient::connect(full->socket);
  const std::string directory = runtime_directory();
  const std::string none =
      full->instance.empty() ? "no instance runs" : fmt::format("no instance '{}' runs", full->instance);
  if (auto good = check_runtime_directory(directory); !good)
    return fail(ExitCode::unavailable, fmt::format("{}: {}", none, good.error().text));
  if (full->instance.empty()) return connect_only(directory);
  auto client = ControlClient::connect(socket_path(directory, full->instance));
  if (client || client.error().code != ExitCode::unavailable) return client;
  return fail(ExitCode::unavailable, fmt::format("{}: {}", none, client.error().text));
}

}  // namespace ixyflow::tools

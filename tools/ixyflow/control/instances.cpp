#include "tools/ixyflow/control/instances.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/messages/log.hpp"
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

/// What to say where the directory of root's runs may not be read.
std::string why_hidden(const Error& error) {
  return fmt::format("{}: runs of root are shown to root and to members of the group '{}'", error.text,
                     kRunGroup);
}

/// Names of instances in `directory`, which nobody else can have put there. Error (refused): they may not be
/// seen; (output): it is not as it should be.
Result<std::vector<std::string>> trusted_instances_in(const std::string& directory) {
  auto names = instances_in(directory);
  if (!names || names->empty()) return names;
  if (auto good = check_runtime_directory(directory); !good) return std::unexpected(good.error());
  return names;
}

/// The only instance of the directory that answers; none when no one does, which sockets of the dead never
/// do. Errors: usage (several do), those of the one that does not answer.
Result<std::optional<ControlClient>> connect_only(const std::string& directory,
                                                  const std::vector<std::string>& names) {
  std::optional<ControlClient> found;
  std::vector<std::string> alive;
  std::optional<Error> wrong;
  for (const std::string& name : names) {
    auto client = ControlClient::connect(socket_path(directory, name));
    if (client) {
      alive.push_back(name);
      found.emplace(std::move(*client));
    } else if (!client.error().text.ends_with(kNobodyListens)) {
      wrong = client.error();
    }
  }
  if (alive.size() > 1)
    return fail(ExitCode::usage,
                fmt::format("several instances run: {}; choose one with --instance", fmt::join(alive, ", ")));
  if (!found && wrong) return std::unexpected(*wrong);
  return found;
}

/// Without a name: in the user's own directory, else among root's runs.
Result<ControlClient> connect_any() {
  std::optional<Error> wrong;
  for (const std::string& directory : runtime_directories()) {
    const auto names = trusted_instances_in(directory);
    if (!names) {
      wrong = names.error();
      if (wrong->code == ExitCode::refused) wrong->text = why_hidden(*wrong);
      continue;
    }
    auto client = connect_only(directory, *names);
    if (!client && client.error().code == ExitCode::usage) return std::unexpected(client.error());
    if (!client) wrong = client.error();
    if (client && *client) return std::move(**client);
  }
  const std::string none = fmt::format("no instance runs in '{}'", printable(runtime_directory()));
  if (!wrong) return fail(ExitCode::unavailable, none + "; 'ixyflow run FILE' starts one");
  if (wrong->code == ExitCode::output) return fail(ExitCode::unavailable, "no instance runs: " + wrong->text);
  if (wrong->code == ExitCode::refused) wrong->text = none + "; " + wrong->text;
  return std::unexpected(*wrong);
}

Result<ControlClient> connect_named(const std::string& instance) {
  std::optional<Error> wrong;
  for (const std::string& directory : runtime_directories()) {
    Result<ControlClient> client = fail(ExitCode::unavailable, "");
    if (auto good = check_runtime_directory(directory); !good)
      client = std::unexpected(good.error());
    else
      client = ControlClient::connect(socket_path(directory, instance));
    if (client) return client;
    // The user's own directory tells more, unless the other one may not be seen.
    if (!wrong || client.error().code == ExitCode::refused) wrong = client.error();
  }
  if (wrong->code == ExitCode::refused) return std::unexpected(Error{wrong->code, why_hidden(*wrong)});
  if (wrong->code != ExitCode::unavailable && wrong->code != ExitCode::output) return std::unexpected(*wrong);
  return fail(ExitCode::unavailable, fmt::format("no instance '{}' runs: {}", instance, wrong->text));
}

RunningInstance look_at(const std::string& directory, const std::string& name,
                        std::chrono::milliseconds patience) {
  RunningInstance instance{
      .name = name, .socket = socket_path(directory, name), .greeting = {}, .status = {}, .trouble = {}};
  auto client = ControlClient::connect(instance.socket, patience);
  if (client) instance.greeting = client->greeting();
  auto status = client ? client->call("run.get") : std::unexpected(client.error());
  if (status)
    instance.status = std::move(*status);
  else
    instance.trouble = status.error().text;
  return instance;
}

/// Whether a socket belongs to a run, and was not only left behind.
bool is_abandoned(const RunningInstance& instance) {
  return instance.greeting.version.empty() && instance.trouble.ends_with(kNobodyListens);
}

}  // namespace

Result<OpenedServer> open_server(const InstanceChoice& choice, const std::string& pipeline,
                                 const std::string& file) {
  const auto full = with_environment(choice);
  if (!full) return std::unexpected(full.error());
  auto listener =
      full->socket.empty() ? listen_in_directory(full->instance, pipeline) : listen_for_clients(full->socket);
  if (listener) {
    std::error_code ignored;
    const std::string whole = file == "-" ? "" : std::filesystem::absolute(file, ignored).string();
    const Greeting greeting{.version = {}, .pipeline = pipeline, .file = whole, .pid = ::getpid()};
    return OpenedServer{std::make_unique<ControlServer>(std::move(*listener), greeting), ""};
  }
  const Error& error = listener.error();
  if (error.code != ExitCode::output) return std::unexpected(error);
  if (!full->socket.empty()) return fail(ExitCode::refused, error.text);
  return OpenedServer{nullptr, error.text + "; the run goes on without a control socket"};
}

Result<ControlClient> connect_instance(const InstanceChoice& choice) {
  const auto full = with_environment(choice);
  if (!full) return std::unexpected(full.error());
  auto client = !full->socket.empty()    ? ControlClient::connect(full->socket)
                : full->instance.empty() ? connect_any()
                                         : connect_named(full->instance);
  if (client)
    log(LogLevel::info, fmt::format("connected to '{}', process {}, pipeline '{}'", client->path(),
                                    client->greeting().pid, client->greeting().pipeline));
  return client;
}

RunningInstances running_instances(std::chrono::milliseconds patience) {
  RunningInstances instances;
  for (const std::string& directory : runtime_directories()) {
    const auto names = trusted_instances_in(directory);
    if (!names) {
      const bool refused = names.error().code == ExitCode::refused;
      instances.hidden.push_back(refused ? why_hidden(names.error()) : names.error().text);
      continue;
    }
    for (const std::string& name : *names)
      if (auto instance = look_at(directory, name, patience); !is_abandoned(instance))
        instances.found.push_back(std::move(instance));
  }
  return instances;
}

}  // namespace ixyflow::tools

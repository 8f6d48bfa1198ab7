#include "tests/tools/control/control_support.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "core/config/load.hpp"
#include "core/graph/planner/make_plan.hpp"
#include "core/os/unix_address.hpp"
#include "tools/ixyflow/control/listener.hpp"

namespace ixyflow::test {

namespace {

const std::string kPipeline = R"(
[ports.source]
driver = "null"
count = 100

[resources.routes]
type = "IPv4Table"
entries = ["10.0.0.0/8 0"]

[elements.in]
type = "FromDevice"
port = "source"

[elements.drop]
type = "RandomDrop"
probability = 0.25

[elements.flows]
type = "FlowCounter"

)";

}  // namespace

std::unique_ptr<Run> small_run(const std::string& tables, const std::string& path) {
  const std::string text =
      kPipeline + tables + "[graph]\npaths = [\"in -> " + path + "drop -> flows -> Discard\"]\n";
  Diagnostics diagnostics("small.toml", text);
  const auto file = parse_pipeline("small.toml", text, diagnostics);
  auto pipeline = file ? build_pipeline(*file, {}, diagnostics) : std::nullopt;
  Machine machine;
  machine.cpus.push_back({.id = 0, .core = 0});
  machine.nodes.push_back({.id = 0, .memory_bytes = std::uint64_t{1} << 32});
  auto plan = pipeline ? make_plan(*pipeline, machine, {}, diagnostics) : std::nullopt;
  if (!plan) throw std::runtime_error(diagnostics.render());
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  options.pin = false;
  auto run = Run::create(std::move(*pipeline), std::move(*plan), std::move(options));
  if (!run) throw std::runtime_error(run.error().text);
  return std::move(*run);
}

RawClient::RawClient(const std::string& path) : socket_(unix_socket(SOCK_STREAM)) {
  const auto address = UnixAddress::of(path);
  if (!address || ::connect(socket_.get(), address->get(), address->length) != 0)
    throw std::runtime_error("cannot connect");
}

long RawClient::send(std::string_view text) {
  const ssize_t count = ::send(fd(), text.data(), text.size(), MSG_NOSIGNAL);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : count;
}

std::string RawClient::receive() {
  std::string text;
  for (std::array<char, 65536> buffer;;) {
    const ssize_t count = ::recv(fd(), buffer.data(), buffer.size(), 0);
    closed_ |= count == 0 || (count < 0 && errno != EAGAIN);
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

void RawClient::end_sending() {
  ::shutdown(fd(), SHUT_WR);
}

bool RawClient::closed() {
  receive();
  return closed_;
}

Deck::Deck(const std::string& tables, const std::string& elements) : run(small_run(tables, elements)) {
  auto listener = tools::listen_for_clients(path);
  if (!listener) throw std::runtime_error(listener.error().text);
  server = std::make_unique<tools::ControlServer>(
      std::move(*listener), tools::Greeting{.version = {}, .pipeline = "small", .file = {}, .pid = 1});
}

void Deck::serve(double seconds) {
  now += std::chrono::duration_cast<tools::SteadyTime::duration>(std::chrono::duration<double>(seconds));
  for (int i = 0; i < 4; ++i) server->serve(*run, now);
}

RawClient Deck::greeted_client() {
  RawClient made = client();
  serve();
  made.receive();
  return made;
}

std::string Deck::ask(RawClient& client, const std::string& text) {
  client.send(text);
  serve();
  return client.receive();
}

std::string request(const std::string& method, const std::string& parameters) {
  return R"({"id":1,"method":")" + method + R"(","params":)" + parameters + "}\n";
}

}  // namespace ixyflow::test

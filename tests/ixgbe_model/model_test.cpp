#include "tools/ixgbe-model/model.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <thread>

#include "tests/ixgbe_model/server/server_rig.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/ixgbe-model/command_line.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using model::Model;
using model::ModelOptions;
using vu::Command;

namespace {

/// A model that runs in a thread of its own.
struct Running {
  explicit Running(std::vector<std::string> wires = {"none"}, bool control = false) {
    ModelOptions options;
    for (std::size_t i = 0; i < wires.size(); ++i)
      options.ports.push_back({.socket = folder / std::to_string(i), .wire = wires[i]});
    if (control) options.control = folder / "control";
    auto made = Model::create(options);
    if (!made) throw std::runtime_error(made.error().text);
    model = std::move(*made);
    thread = std::jthread([this](std::stop_token stop) { model->run(std::move(stop)); });
  }

  TemporaryFolder folder;
  std::unique_ptr<Model> model;
  std::jthread thread;
};

/// A client that waits for what the running model answers.
Answer call(const ScriptedClient& client, Command command, const Payload& body) {
  client.send(command, body);
  auto answer = client.receive(10'000);
  if (!answer) throw std::runtime_error("no answer");
  return std::move(*answer);
}

ScriptedClient connect(const std::string& path) {
  ScriptedClient client(path);
  call(client, Command::version, bytes_of(vu::Version{}));
  return client;
}

std::uint32_t read(const ScriptedClient& client, std::uint32_t region, std::uint64_t offset) {
  const vu::RegionAccess access{.offset = offset, .region = region, .count = 4};
  return parse<std::uint32_t>(call(client, Command::region_read, bytes_of(access)).payload, sizeof access);
}

void write(const ScriptedClient& client, std::uint32_t region, std::uint64_t offset, std::uint32_t value) {
  const vu::RegionAccess access{.offset = offset, .region = region, .count = 4};
  call(client, Command::region_write, bytes_of(access) + bytes_of(value));
}

/// Lines to and from a control socket.
std::string ask(const std::string& path, const std::string& lines, std::size_t answers) {
  const ScriptedClient client(path);
  client.send_raw(text_bytes(lines));
  std::string text;
  std::array<char, 65536> part;
  while (static_cast<std::size_t>(std::ranges::count(text, '\n')) < answers) {
    pollfd wait{client.fd(), POLLIN, 0};
    if (::poll(&wait, 1, 10'000) != 1) break;
    const ssize_t bytes = ::recv(client.fd(), part.data(), part.size(), 0);
    if (bytes <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(bytes));
  }
  return text;
}

std::string parse_error(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "ixgbe-model");
  const auto parsed = model::parse_command_line(static_cast<int>(arguments.size()), arguments.data());
  return parsed ? "" : parsed.error().text;
}

}  // namespace

TEST_CASE("each device of a model has its own driver") {
  const Running running({"pair", "pair"});
  const auto one = connect(running.folder / "0");
  const auto other = connect(running.folder / "1");
  CHECK(read(one, kConfig, 0) == 0x10fb8086);
  CHECK(read(other, kConfig, 0) == 0x10fb8086);
  CHECK(read(one, kBar0, 8) != 0xffff'ffff);  // STATUS
}

TEST_CASE("time goes on between two messages: a reset is over within ten looks, however fast they come") {
  const Running running;
  const auto client = connect(running.folder / "0");
  constexpr std::uint32_t kReset = 1U << 26;
  const vu::RegionAccess access{.offset = 0, .region = kBar0, .count = 4};  // CTRL
  client.send(Command::region_write, bytes_of(access) + bytes_of(kReset));
  for (int i = 0; i < 10; ++i) client.send(Command::region_read, bytes_of(access));
  REQUIRE(client.receive(10'000));
  std::uint32_t control = 0;
  for (int i = 0; i < 10; ++i) {
    const auto answer = client.receive(10'000);
    REQUIRE(answer);
    control = parse<std::uint32_t>(answer->payload, sizeof access);
  }
  CHECK((control & kReset) == 0);
}

TEST_CASE("a device tells its state, and takes faults, while it runs and before") {
  ModelOptions options;
  const TemporaryFolder folder;
  options.ports.push_back({.socket = folder / "0", .wire = "loop"});
  auto model = Model::create(options);
  REQUIRE(model);
  const auto status = [&] { return (*model)->command("0 status").value_or("none"); };
  CHECK(status().find("driver none\n") != std::string::npos);
  std::jthread thread([&model](std::stop_token stop) { (*model)->run(std::move(stop)); });
  CHECK(status().find("driver none\n") != std::string::npos);
  const auto client = connect(folder / "0");
  CHECK(status().find("driver connected\n") != std::string::npos);
  CHECK_FALSE((*model)->command("0 no such fault"));
}

TEST_CASE("a wire with start=link starts when the drivers of all devices receive and know of their links") {
  const TemporaryFolder folder;
  ModelOptions options;
  options.ports.push_back({.socket = folder / "0", .wire = "flood:count=10", .start_on_link = true});
  options.ports.push_back({.socket = folder / "1", .wire = "loop"});
  options.ports.push_back({.socket = folder / "2", .wire = "none"});  // has no link, and is not waited for
  auto model = Model::create(options);
  REQUIRE(model);
  std::jthread thread([&model](std::stop_token stop) { (*model)->run(std::move(stop)); });
  // Frames that reach the card are not for its address.
  const auto arrived = [&](const char* count) {
    return (*model)
               ->command("0 status")
               .value_or("")
               .find(std::string("rx_dropped_filtered ") + count + "\n") != std::string::npos;
  };
  const auto begin = [&](const ScriptedClient& client) {
    write(client, kConfig, 4, 0x0006);  // memory, bus master
    write(client, kBar0, 0x03000, 1);   // RXCTRL.RXEN
    for (int i = 0; i < 1'000 && (read(client, kBar0, 0x042A4) >> 30 & 1) == 0; ++i)
      ::usleep(1'000);  // LINKS
  };
  const auto one = connect(folder / "0");
  begin(one);
  ::usleep(20'000);
  CHECK(arrived("0"));
  const auto other = connect(folder / "1");
  begin(other);
  bool all = false;
  for (int i = 0; i < 1'000 && !all; ++i) ::usleep(1'000), all = arrived("10");
  CHECK(all);
}

TEST_CASE("commands of several threads are all answered") {
  const Running running({"loop"});
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int j = 0; j < 50; ++j) answered += running.model->command("0 status") ? 1 : 0;
      });
  }
  CHECK(answered == 200);
}

TEST_CASE("a command that is none is told what would be") {
  const Running running({"none", "none"});
  for (const std::string text :
       {"", "hello", "2 status", "0", "0x status", "-1 status", "99999999999999999999 status"}) {
    CAPTURE(text);
    const auto answer = running.model->command(text);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ExitCode::usage);
    CHECK(answer.error().text.find("0 to 1") != std::string::npos);
  }
  CHECK(running.model->command("help").value_or("").find("FAULT") != std::string::npos);
}

TEST_CASE("the control socket answers line by line") {
  const Running running({"loop"}, true);
  const std::string path = running.folder / "control";
  const std::string answers = ask(path, "nonsense\n0 no such fault\n0 status\n", 3);
  CHECK(answers.starts_with("error: 'nonsense'"));
  CHECK(answers.find("\nok driver none; ") != std::string::npos);
  CHECK(std::ranges::count(answers, '\n') == 3);
  CHECK(ask(path, std::string(5000, 'x'), 1).starts_with("error: "));
  CHECK(ask(path, "help\r\n", 1).starts_with("ok help"));
}

TEST_CASE("an idle model sleeps") {
  const Running running({"none"});
  const auto client = connect(running.folder / "0");
  const auto used = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  };
  const auto before = used();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  CHECK(used() - before < std::chrono::milliseconds(250));
}

TEST_CASE("a model is gone without a trace when it ends") {
  const std::size_t before = open_descriptors();
  TemporaryFolder folder;
  {
    const Running running({"loop", "unix:" + (folder / "wire")}, true);
    const auto client = connect(running.folder / "0");
    CHECK(std::filesystem::exists(folder / "wire"));
    running.model->command("status");
  }
  CHECK_FALSE(std::filesystem::exists(folder / "wire"));
  CHECK(open_descriptors() == before);
}

TEST_CASE("wires that cannot be made keep a model from being made") {
  const TemporaryFolder folder;
  ModelOptions options;
  options.ports.push_back({.socket = folder / "0", .wire = "pair"});
  CHECK(Model::create(options).error().text.find("odd number") != std::string::npos);
  options.ports[0].wire = "nothing";
  CHECK(Model::create(options).error().code == ExitCode::usage);
  CHECK_FALSE(std::filesystem::exists(folder / "0"));
}

TEST_CASE("a device is described by one text, commas of its wire included") {
  const auto port = model::parse_port(
      "/tmp/a.sock,mac=02:00:00:00:00:aa,wire=pcap:in,out,loop=2,id=0x1528,map=none,start=link", 0);
  REQUIRE(port);
  CHECK(port->socket == "/tmp/a.sock");
  CHECK(port->wire == "pcap:in,out,loop=2");
  CHECK(port->device.mac == std::array<std::uint8_t, 6>{2, 0, 0, 0, 0, 0xaa});
  CHECK(port->device.device_id == 0x1528);
  CHECK_FALSE(port->device.map_queues);
  CHECK(port->start_on_link);
  CHECK(model::parse_port("a", 3)->device.mac.back() == 4);
  CHECK(model::parse_port("a", 3)->wire == "none");
}

TEST_CASE("a command line that is wrong is told what is right") {
  CHECK(parse_error({}).find("no device") != std::string::npos);
  CHECK(parse_error({"--device"}).find("--device") != std::string::npos);
  CHECK(parse_error({"--devcie", "a"}).find("--help") != std::string::npos);
  CHECK(parse_error({"--device", ",wire=loop"}).find("path of a socket") != std::string::npos);
  CHECK(parse_error({"--device", "a,mac=01:00:00:00:00:01"}).find("one station") != std::string::npos);
  CHECK(parse_error({"--device", "a,id=10000"}).find("PCI device") != std::string::npos);
  CHECK(parse_error({"--device", "a,map=all"}).find("none or queues") != std::string::npos);
  CHECK(parse_error({"--device", "a,start=soon"}).find("takes link") != std::string::npos);
  CHECK(parse_error({"--device", "a,speed=10"}).find("not 'speed=10'") != std::string::npos);
  CHECK(parse_error({"--pair", "a"}).find("--pair") != std::string::npos);
  CHECK(parse_error({"--pair", "a,wire=loop", "b"}).find("no wire=") != std::string::npos);
}

TEST_CASE("a pair is two devices with different addresses") {
  const std::vector<const char*> arguments{"ixgbe-model", "--device", "c,wire=loop", "--pair",
                                           "a",           "b",        "--spin"};
  const auto parsed = model::parse_command_line(static_cast<int>(arguments.size()), arguments.data());
  REQUIRE(parsed);
  REQUIRE(parsed->model.ports.size() == 3);
  CHECK(parsed->model.ports[1].wire == "pair");
  CHECK(parsed->model.ports[2].wire == "pair");
  CHECK(parsed->model.ports[1].device.mac != parsed->model.ports[2].device.mac);
  CHECK(parsed->model.spin);
}

#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "drivers/bus/open/open_function.hpp"
#include "tests/bus/fake_messages.hpp"

using namespace ixyflow;
using namespace ixyflow::drivers;
using namespace ixyflow::test;
using vfio_user::Command;

namespace {

constexpr std::uint32_t kOnes = 0xffffffff;
/// Where it does not matter, so much that a busy machine does not come near; where it does, so little that a
/// test ends.
constexpr Duration kPatience{60'000'000'000};
constexpr Duration kShort{2'000'000'000};
constexpr std::chrono::nanoseconds kShortTime{kShort.ns};

/// A model whose behaviour can be changed while it is in use.
struct LeavingModel {
  std::atomic<bool> bad{false};
  FakeModel model;
  std::unique_ptr<PciFunction> function;
  std::unique_ptr<Bar> bar;

  explicit LeavingModel(const FakeModel::Twist& twist, Duration patience = kPatience)
      : model([this, twist](ModelExchange& exchange) {
          if (bad) twist(exchange);
        }) {
    auto opened = open_pci_function(model.device(), {.patience = patience});
    REQUIRE(opened);
    function = std::move(*opened);
    auto opened_bar = function->open_bar(0, FakeModel::kBarSize);
    REQUIRE(opened_bar);
    bar = std::move(*opened_bar);
    bar->write<std::uint32_t>(FakeModel::kTrapped, 1);
    bar->write<std::uint32_t>(FakeModel::kMapped, 1);
    REQUIRE_FALSE(function->gone());
    REQUIRE(function->why_gone() == "");
    bad = true;
  }

  /// Reads everything: all ones at once, with the reason `part`.
  void check_gone(const std::string& part) {
    CHECK(function->gone());
    INFO(function->why_gone());
    CHECK(function->why_gone().find(part) != std::string::npos);
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) {
      CHECK(bar->read<std::uint32_t>(FakeModel::kTrapped) == kOnes);
      bar->write<std::uint32_t>(FakeModel::kTrapped, 1);
    }
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
    CHECK(bar->read<std::uint32_t>(FakeModel::kMapped) == kOnes);
    bar->write<std::uint32_t>(FakeModel::kMapped, 2);
    CHECK(bar->read<std::uint16_t>(FakeModel::kTrapped) == 0xffff);
    CHECK(bar->read<std::uint8_t>(FakeModel::kTrapped) == 0xff);
    CHECK_FALSE(function->read_config(0, 2));
    CHECK_FALSE(function->write_config(4, 0, 2));
    CHECK_FALSE(function->set_bus_master(true));
    CHECK_FALSE(function->reset());
    CHECK_FALSE(function->open_bar(0, 1));
  }
};

}  // namespace

TEST_CASE("G14 a model that answers no more is gone after one wait") {
  LeavingModel rig([](ModelExchange& exchange) { exchange.answer = false; }, kShort);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(rig.bar->read<std::uint32_t>(FakeModel::kTrapped) == kOnes);
  CHECK(std::chrono::steady_clock::now() - begin >= kShortTime);
  rig.check_gone("did not answer within 2s");
}

TEST_CASE("G14 an answer that comes too late is not taken for a later one") {
  LeavingModel rig(
      [](ModelExchange& exchange) {
        if (exchange.command() == Command::region_read) std::this_thread::sleep_for(kShortTime * 3 / 2);
      },
      kShort);
  CHECK(rig.bar->read<std::uint32_t>(FakeModel::kTrapped) == kOnes);
  std::this_thread::sleep_for(kShortTime);
  rig.check_gone("did not answer within 2s");
}

TEST_CASE("G14 a model that hangs up in the middle of an access is gone") {
  LeavingModel rig([](ModelExchange& exchange) { exchange.hang_up = true; });
  SECTION("of a read") {
    CHECK(rig.bar->read<std::uint32_t>(FakeModel::kTrapped) == kOnes);
  }
  SECTION("of a write") {
    rig.bar->write<std::uint32_t>(FakeModel::kTrapped, 5);
  }
  rig.check_gone("closed the connection");
}

TEST_CASE("G14 a model that hangs up inside of a reply is gone") {
  LeavingModel rig([](ModelExchange& exchange) {
    send_message(exchange.socket, bytes_of_message(exchange.reply, "abc"), {});
    exchange.hang_up = true;
  });
  CHECK(rig.bar->read<std::uint32_t>(FakeModel::kTrapped) == kOnes);
  rig.check_gone("impossible size");
}

TEST_CASE("G14 the end of a model is seen without an access") {
  LeavingModel rig([](ModelExchange&) {});
  rig.model.end();
  rig.check_gone("closed the connection");
}

TEST_CASE("G14 a register that the model refuses makes it be gone") {
  LeavingModel rig([](ModelExchange& exchange) {
    exchange.reply.flags |= vfio_user::kError;
    exchange.reply.error = EINVAL;
    exchange.reply_body.clear();
  });
  SECTION("to a read") {
    CHECK(rig.bar->read<std::uint32_t>(FakeModel::kTrapped) == kOnes);
  }
  SECTION("to a write") {
    rig.bar->write<std::uint32_t>(FakeModel::kTrapped, 5);
  }
  rig.check_gone("refused it: Invalid argument");
}

TEST_CASE("G14 wrong replies to accesses make the model be gone") {
  using Change = void (*)(ModelExchange&);
  const std::vector<std::pair<Change, std::string>> changes{
      {[](ModelExchange& exchange) { ++exchange.reply.id; }, "wrong message id"},
      {[](ModelExchange& exchange) { exchange.reply_body.pop_back(); }, "too short"},
      {[](ModelExchange& exchange) { exchange.reply_body.push_back({}); }, "too long"},
      {[](ModelExchange& exchange) { exchange.reply_fds = {0}; }, "nobody asked for"}};
  for (const auto& [change, part] : changes) {
    LeavingModel rig(change);
    CHECK(rig.bar->read<std::uint32_t>(FakeModel::kTrapped) == kOnes);
    rig.check_gone(part);
  }
}

TEST_CASE("G14 what the model asks for while we wait is refused, and the answer is still found") {
  std::atomic<int> refusals{0};
  LeavingModel rig([&](ModelExchange& exchange) {
    for (const Command command : {Command::dma_read, Command::dma_write}) {
      const vfio_user::Header question{
          .id = 999, .command = static_cast<std::uint16_t>(command), .size = 16 + 16 + 5000};
      send_message(exchange.socket, bytes_of_message(question, std::string(16 + 5000, 'x')), {});
      vfio_user::Header answer;
      std::vector<std::byte> body;
      std::vector<FileDescriptor> fds;
      if (receive_message(exchange.socket, answer, body, fds) && answer.id == 999 &&
          answer.command == question.command && answer.flags == (vfio_user::kTypeReply | vfio_user::kError))
        ++refusals;
    }
  });
  CHECK(rig.bar->read<std::uint32_t>(FakeModel::kTrapped) == 1);
  CHECK(refusals == 2);
  CHECK_FALSE(rig.function->gone());
}

TEST_CASE("G14 a model that asks without end is waited for no longer than allowed") {
  const auto ask_without_end = [&](ModelExchange& exchange) {
    const vfio_user::Header question{
        .command = static_cast<std::uint16_t>(Command::dma_read), .size = 16, .flags = vfio_user::kNoReply};
    // Many at a time, so that whoever reads them never comes to an end.
    std::array<vfio_user::Header, 1024> questions;
    questions.fill(question);
    const auto end = std::chrono::steady_clock::now() + kShortTime * 2;
    while (std::chrono::steady_clock::now() < end)
      send_message(exchange.socket, bytes_of_message(questions), {});
    exchange.answer = false;
  };
  LeavingModel rig(ask_without_end, kShort);
  CHECK(rig.bar->read<std::uint32_t>(FakeModel::kTrapped) == kOnes);
  rig.check_gone("did not answer within 2s");
}

TEST_CASE("G14 a path without a model is an error that says so") {
  const auto text_of = [](const std::string& device) {
    auto function = open_pci_function(device, {});
    REQUIRE_FALSE(function);
    return function.error().text;
  };
  std::string ended;
  {
    const FakeModel model;
    CHECK(text_of("vfio-user:" + model.path() + "-not").find("start the device model first") !=
          std::string::npos);
    ended = model.device();
    const std::string file = model.path() + ".txt";
    std::ofstream(file) << "text";
    CHECK(text_of("vfio-user:" + file).find("is no socket") != std::string::npos);
  }
  CHECK(text_of(ended).find("there is no socket") != std::string::npos);
  CHECK(text_of("vfio-user:").find("1 to 107 bytes") != std::string::npos);
  CHECK(text_of("vfio-user:/" + std::string(200, 'a')).find("1 to 107 bytes") != std::string::npos);
  FakeModel model;
  model.end();
  CHECK(text_of(model.device()).find("nobody listens") != std::string::npos);
}

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <vector>

#include "core/packet/dma_memory.hpp"
#include "core/runtime/report/crash.hpp"
#include "drivers/bus/open/open_function.hpp"
#include "tests/bus/fake_model.hpp"

using namespace ixyflow;
using namespace ixyflow::drivers;
using namespace ixyflow::test;
using vfio_user::Command;

namespace {

std::unique_ptr<PciFunction> open(const FakeModel& model) {
  auto function = open_pci_function(model.device(), {});
  INFO((function ? "" : function.error().text));
  REQUIRE(function);
  return std::move(*function);
}

std::unique_ptr<Bar> open_bar(PciFunction& function) {
  auto bar = function.open_bar(0, FakeModel::kBarSize);
  INFO((bar ? "" : bar.error().text));
  REQUIRE(bar);
  return std::move(*bar);
}

DmaMemory linear_memory(std::uint64_t first) {
  auto memory = DmaMemory::allocate(64 * 1024, Pages::small, -1);
  REQUIRE(memory);
  REQUIRE(memory->assign_addresses(DeviceAddresses::linear, first));
  return std::move(*memory);
}

}  // namespace

TEST_CASE("A model's configuration is read and written by messages, in each width") {
  const FakeModel model;
  const auto function = open(model);
  CHECK(function->read_config(0, 2) == 0x8086U);
  CHECK(function->read_config(2, 2) == 0x10fbU);
  CHECK(function->read_config(0, 4) == 0x10fb8086U);
  CHECK(function->read_config(1, 1) == 0x80U);
  REQUIRE(function->write_config(0x3c, 0xab, 1));
  CHECK(function->read_config(0x3c, 1) == 0xabU);
  CHECK_FALSE(function->read_config(256, 4));
  CHECK_FALSE(function->read_config(1, 2));
}

TEST_CASE("Pages that a model shares are plain memory, all else of a BAR are messages") {
  FakeModel model;
  const auto function = open(model);
  const auto bar = open_bar(*function);
  CHECK(bar->size() == FakeModel::kBarSize);
  const auto messages = model.seen().size();
  bar->write<std::uint32_t>(FakeModel::kMapped, 0x12345678);
  CHECK(model.mapped_register(FakeModel::kMapped) == 0x12345678);
  model.mapped_register(FakeModel::kMapped) = 77;
  CHECK(bar->read<std::uint32_t>(FakeModel::kMapped) == 77);
  CHECK(model.seen().size() == messages);

  bar->write<std::uint32_t>(FakeModel::kTrapped, 0xa1b2c3d4);
  CHECK(model.mapped_register(FakeModel::kTrapped) == 0xa1b2c3d4);
  CHECK(bar->read<std::uint16_t>(FakeModel::kTrapped + 2) == 0xa1b2);
  CHECK(bar->read<std::uint8_t>(FakeModel::kTrapped) == 0xd4);
  CHECK(model.seen().size() == messages + 3);
  CHECK(bar->mapped(FakeModel::kMapped) != nullptr);
  CHECK(bar->mapped(FakeModel::kTrapped) == nullptr);
  CHECK(bar->mapped(FakeModel::kBarSize) == nullptr);
  CHECK(bar->read<std::uint32_t>(FakeModel::kBarSize) == 0xffffffff);
}

TEST_CASE("A doorbell is one store where its page is mapped, and a message elsewhere") {
  FakeModel model;
  const auto function = open(model);
  const auto bar = open_bar(*function);
  Doorbell(*bar, FakeModel::kMapped).ring(5);
  CHECK(model.mapped_register(FakeModel::kMapped) == 5);
  Doorbell(*bar, FakeModel::kTrapped).ring(6);
  // Nobody waits for the model there; what is read next comes behind it.
  CHECK(bar->read<std::uint32_t>(FakeModel::kTrapped) == 6);
  Doorbell(*bar, FakeModel::kBarSize).ring(7);
  Doorbell().ring(8);
  volatile std::uint32_t memory = 0;
  Doorbell(&memory).ring(9);
  CHECK(memory == 9);
}

TEST_CASE("A model reaches packet memory at its device addresses until it is unmapped") {
  const FakeModel model;
  const auto function = open(model);
  const DmaMemory first = linear_memory(0x100000);
  const DmaMemory second = linear_memory(0x800000);
  CHECK(function->addresses() == DeviceAddresses::linear);
  REQUIRE(function->map(first));
  REQUIRE(function->map(second));
  const auto known = model.memory();
  REQUIRE(known.size() == 2);
  CHECK(known[1].map.address == 0x800000);
  CHECK(known[1].map.size == second.all().size());
  CHECK(known[1].map.flags == (vfio_user::kDmaReadable | vfio_user::kDmaWritable));
  void* shared = ::mmap(nullptr, known[1].map.size, PROT_READ | PROT_WRITE, MAP_SHARED, known[1].fd,
                        static_cast<off_t>(known[1].map.offset));
  REQUIRE(shared != MAP_FAILED);
  static_cast<std::byte*>(shared)[100] = std::byte{42};
  CHECK(second.all()[100] == std::byte{42});
  ::munmap(shared, known[1].map.size);
  function->unmap(first);
  REQUIRE(model.memory().size() == 1);
  CHECK(model.memory()[0].map.address == 0x800000);
}

TEST_CASE("Memory without device addresses is not given to a model") {
  const FakeModel model;
  const auto function = open(model);
  const auto memory = DmaMemory::allocate(4096, Pages::small, -1);
  REQUIRE(memory);
  CHECK_FALSE(function->map(*memory));
}

TEST_CASE("When a function is closed its DMA is off and nothing is mapped any more") {
  const FakeModel model;
  const DmaMemory memory = linear_memory(0x100000);
  {
    const auto function = open(model);
    REQUIRE(function->map(memory));
    REQUIRE(function->set_bus_master(true));
    CHECK((model.command_register() & 4) != 0);
  }
  CHECK((model.command_register() & 4) == 0);
  CHECK(model.memory().empty());
}

TEST_CASE("Reset tells whether there is one, and leaves DMA off") {
  const FakeModel model;
  const auto function = open(model);
  REQUIRE(function->set_bus_master(true));
  CHECK(function->reset() == true);
  CHECK(model.seen()[model.seen().size() - 3] == Command::device_reset);
  CHECK((model.command_register() & 4) == 0);
}

TEST_CASE("An interrupt of a model makes its eventfd readable") {
  const FakeModel model;
  const auto function = open(model);
  const auto event = function->interrupt(2);
  REQUIRE(event);
  CHECK(function->interrupt(2).value() == *event);
  std::uint64_t count = 1;
  REQUIRE(::write(model.interrupt(2), &count, sizeof count) == sizeof count);
  CHECK(::read(*event, &count, sizeof count) == sizeof count);
  const auto none = function->interrupt(FakeModel::kVectors);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ExitCode::refused);
}

TEST_CASE("G15 registers whose file was cut read as all ones, and the function is gone") {
  const CrashReports handler;
  FakeModel model;
  const auto function = open(model);
  const auto bar = open_bar(*function);
  bar->write<std::uint32_t>(FakeModel::kMapped, 1);
  REQUIRE(::ftruncate(model.bar_file(), 0) == 0);
  CHECK(bar->read<std::uint32_t>(FakeModel::kMapped) == 0xffffffff);
  bar->write<std::uint32_t>(FakeModel::kMapped, 1);
  CHECK(function->gone());
  CHECK(bar->read<std::uint32_t>(FakeModel::kTrapped) == 0xffffffff);
  CHECK(function->why_gone() != "");
}

TEST_CASE("Opening and closing a thousand times leaves no descriptor behind") {
  const auto before = open_descriptors();
  {
    const FakeModel model;
    for (int i = 0; i < 1000; ++i) {
      const auto function = open(model);
      const auto bar = open_bar(*function);
      REQUIRE(bar->read<std::uint32_t>(FakeModel::kMapped) == 0);
    }
  }
  CHECK(open_descriptors() == before);
}

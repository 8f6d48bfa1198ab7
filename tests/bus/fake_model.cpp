#include "tests/bus/fake_model.hpp"

#include <linux/vfio.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "tests/bus/fake_messages.hpp"

namespace ixyflow::test {

using vfio_user::Command;

namespace {

void set_up(std::array<std::byte, 256>& config) {
  const std::array<std::uint16_t, 3> ids{0x8086, 0x10fb, 0};
  std::memcpy(config.data(), ids.data(), sizeof ids);
}

}  // namespace

FakeModel::FakeModel(Twist twist) : twist_(std::move(twist)) {
  path_ = folder_ / "socket";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  listener_ = FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  stop_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
  bar_file_ = FileDescriptor(::memfd_create("bar", MFD_CLOEXEC));
  const std::size_t bytes = kRegionInFile + kBarSize;
  const bool good = ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                    ::listen(listener_.get(), 4) == 0 && ::ftruncate(bar_file_.get(), bytes) == 0;
  REQUIRE(good);
  bar_ =
      static_cast<std::byte*>(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bar_file_.get(), 0));
  interrupts_.fill(-1);
  set_up(config_);
  thread_ = std::thread([this] { serve(); });
}

FakeModel::~FakeModel() {
  end();
  ::munmap(bar_, kRegionInFile + kBarSize);
}

void FakeModel::end() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
  listener_.reset();
}

volatile std::uint32_t& FakeModel::mapped_register(std::uint32_t offset) {
  return *reinterpret_cast<volatile std::uint32_t*>(bar_ + kRegionInFile + offset);
}

std::vector<Command> FakeModel::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::uint16_t FakeModel::command_register() const {
  const std::lock_guard lock(mutex_);
  std::uint16_t value = 0;
  std::memcpy(&value, config_.data() + 4, sizeof value);
  return value;
}

std::vector<FakeModel::Memory> FakeModel::memory() const {
  const std::lock_guard lock(mutex_);
  return memory_;
}

int FakeModel::interrupt(unsigned vector) const {
  const std::lock_guard lock(mutex_);
  return interrupts_.at(vector);
}

void FakeModel::serve() {
  while (true) {
    std::array<pollfd, 2> events{{{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    ::poll(events.data(), events.size(), -1);
    if (events[1].revents != 0) return;
    const FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.open()) talk(socket.get());
  }
}

void FakeModel::talk(int socket) {
  while (true) {
    std::array<pollfd, 2> events{{{socket, POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    ::poll(events.data(), events.size(), -1);
    ModelExchange exchange;
    if (events[1].revents != 0 || !receive(socket, exchange)) return;
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(exchange.command());
      answer(exchange);
    }
    exchange.answer = (exchange.request.flags & vfio_user::kNoReply) == 0;
    if (twist_) twist_(exchange);
    if (exchange.hang_up) return;
    if (exchange.answer) send(exchange);
    const std::lock_guard lock(mutex_);
    for (FileDescriptor& fd : exchange.fds) kept_.push_back(std::move(fd));
  }
}

bool FakeModel::receive(int socket, ModelExchange& exchange) {
  exchange.socket = socket;
  return receive_message(socket, exchange.request, exchange.body, exchange.fds);
}

void FakeModel::answer(ModelExchange& exchange) {
  exchange.reply = {
      .id = exchange.request.id, .command = exchange.request.command, .flags = vfio_user::kTypeReply};
  switch (exchange.command()) {
    case Command::version:
      exchange.reply_body =
          bytes_of_message(vfio_user::Version{}, std::string_view(R"({"capabilities":{}})", 20));
      break;
    case Command::device_get_info:
      exchange.reply_body = bytes_of_message(vfio_user::DeviceInfo{
          .argsz = 16, .flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET, .regions = 9, .irqs = 5});
      break;
    case Command::device_get_region_info:
      describe_region(exchange);
      break;
    case Command::device_get_irq_info:
      exchange.reply_body = bytes_of_message(
          vfio_user::IrqInfo{.argsz = 16, .flags = VFIO_IRQ_INFO_EVENTFD, .index = 2, .count = kVectors});
      break;
    case Command::device_set_irqs:
      if (!exchange.fds.empty())
        interrupts_.at(exchange.body_as<vfio_user::IrqSet>().start) = exchange.fds[0].get();
      break;
    case Command::region_read:
    case Command::region_write:
      access(exchange, exchange.command() == Command::region_write);
      break;
    case Command::dma_map:
    case Command::dma_unmap:
      remember_memory(exchange);
      break;
    default:
      break;
  }
}

void FakeModel::describe_region(ModelExchange& exchange) {
  vfio_user::RegionInfo info{
      .argsz = 32, .flags = 3, .index = exchange.body_as<vfio_user::RegionInfo>().index};
  if (info.index == VFIO_PCI_CONFIG_REGION_INDEX) info.size = config_.size();
  exchange.reply_body = bytes_of_message(info);
  if (info.index == VFIO_PCI_BAR0_REGION_INDEX) {
    exchange.reply_body = region_with_area(kBarSize, kRegionInFile, kMappedPage, 0x1000);
    exchange.reply_fds.push_back(bar_file_.get());
  }
}

void FakeModel::access(ModelExchange& exchange, bool write) {
  auto access = exchange.body_as<vfio_user::RegionAccess>();
  std::byte* place =
      access.region == 0 ? bar_ + kRegionInFile + access.offset : config_.data() + access.offset;
  exchange.reply_body = bytes_of_message(access);
  if (write)
    std::copy_n(exchange.body.begin() + sizeof access, access.count, place);
  else
    exchange.reply_body.insert(exchange.reply_body.end(), place, place + access.count);
}

void FakeModel::remember_memory(ModelExchange& exchange) {
  if (exchange.command() == Command::dma_map) {
    memory_.push_back(
        {exchange.body_as<vfio_user::DmaMap>(), exchange.fds.empty() ? -1 : exchange.fds[0].get()});
    return;
  }
  const auto unmap = exchange.body_as<vfio_user::DmaUnmap>();
  std::erase_if(memory_, [&](const Memory& known) { return known.map.address == unmap.address; });
  exchange.reply_body = bytes_of_message(unmap);
}

void FakeModel::send(ModelExchange& exchange) {
  if (exchange.reply.size == 0)
    exchange.reply.size = static_cast<std::uint32_t>(sizeof(vfio_user::Header) + exchange.reply_body.size());
  auto message = bytes_of_message(exchange.reply);
  message.insert(message.end(), exchange.reply_body.begin(), exchange.reply_body.end());
  message.resize(std::min(message.size(), exchange.cut));
  send_message(exchange.socket, message, exchange.reply_fds);
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator folder("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

}  // namespace ixyflow::test

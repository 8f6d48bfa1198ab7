#include "core/packet/dma_memory.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "core/base/cache_line.hpp"
#include "core/base/round_up.hpp"
#include "core/os/system_error.hpp"
#include "core/os/vanishing_memory.hpp"
#include "core/packet/node_memory.hpp"

namespace ixyflow {

namespace {

/// Bits 0 to 54 of an entry of /proc/self/pagemap (proc(5)).
constexpr std::uint64_t kFrameNumber = (std::uint64_t{1} << 55) - 1;

/// Free huge pages of a node, or of the machine; 0 where the kernel does not tell.
std::size_t free_huge_pages(int node) {
  const std::string folder = node < 0 ? std::string("/sys/kernel/mm/hugepages")
                                      : fmt::format("/sys/devices/system/node/node{}/hugepages", node);
  std::size_t count = 0;
  std::ifstream(folder + "/hugepages-2048kB/free_hugepages") >> count;
  return count;
}

std::string huge_page_command(std::size_t pages, int node) {
  const std::string folder = node < 0 ? std::string("/sys/kernel/mm/hugepages")
                                      : fmt::format("/sys/devices/system/node/node{}/hugepages", node);
  return fmt::format("echo {} | sudo tee {}/hugepages-2048kB/nr_hugepages", pages, folder);
}

/// Has the kernel provide every page now: a shortage is an error number here, and would be a SIGBUS later.
/// Huge pages come by the mapping, which knows the wished node: fallocate takes them from the node of this
/// thread.
bool provide(int fd, std::span<std::byte> memory, bool huge) {
  const auto allocate = [&] { return ::fallocate(fd, 0, 0, static_cast<off_t>(memory.size())) == 0; };
  if (!huge && !allocate()) return false;
  if (::madvise(memory.data(), memory.size(), MADV_POPULATE_WRITE) == 0) return true;
  // EINVAL: a kernel before 5.14 does not know the advice; pages that are there are mapped at first touch.
  return errno == EINVAL && allocate();
}

struct Mapping {
  int fd = -1;
  std::span<std::byte> memory;
};

Result<Mapping> map(std::size_t bytes, bool huge, int node) {
  const auto failed = [&](const char* what, int fd) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    return fail(ExitCode::configuration,
                fmt::format("no packet memory: {} of {} MiB: {}", what, (bytes + (1U << 20) - 1) >> 20,
                            system_error_text(error)));
  };
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const int fd = ::memfd_create("ixyflow-packets", huge ? kFlags | MFD_HUGETLB | MFD_HUGE_2MB : kFlags);
  if (fd < 0) return failed("memfd_create", -1);
  if (::ftruncate(fd, static_cast<off_t>(bytes)) != 0) return failed("ftruncate", fd);
  // Sealed in size, and against seals of others, by which they could keep each other from mapping it.
  if (::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return failed("sealing", fd);
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) return failed("mmap", fd);
  const std::span<std::byte> memory(static_cast<std::byte*>(address), bytes);
  // Frames are other people's words. A kernel that does not know the advice dumps them.
  ::madvise(address, bytes, MADV_DONTDUMP);
  prefer_node(memory, node);
  if (!provide(fd, memory, huge)) {
    const int error = errno;
    ::munmap(address, bytes);
    errno = error;
    return failed("allocation", fd);
  }
  return Mapping{fd, memory};
}

}  // namespace

Result<DmaMemory> DmaMemory::allocate(std::size_t bytes, Pages pages, int node) {
  DmaMemory result;
  result.node_ = node;
  if (bytes == 0) return result;
  const std::size_t huge_bytes = round_up(bytes, kHugePage);
  const std::size_t needed = huge_bytes / kHugePage;
  if (pages != Pages::small && free_huge_pages(node) >= needed) {
    // They may be taken by somebody else at this very moment: then it is as if there had been too few.
    if (auto mapping = map(huge_bytes, true, node)) {
      result.fd_ = mapping->fd;
      result.memory_ = mapping->memory;
      result.huge_ = true;
      return result;
    }
  }
  if (pages == Pages::huge)
    return fail(ExitCode::configuration,
                fmt::format("{} huge pages of 2 MiB are needed{}, {} are free; get them with: {}", needed,
                            node < 0 ? "" : fmt::format(" on NUMA node {}", node), free_huge_pages(node),
                            huge_page_command(needed, node)));
  auto mapping = map(round_up(bytes, kSmallPage), false, node);
  if (!mapping) return std::unexpected(mapping.error());
  result.fd_ = mapping->fd;
  result.memory_ = mapping->memory;
  return result;
}

/// A watch for pages that are gone. Where it is does not change when the memory's owner is moved.
struct DmaMemory::Hole {
  explicit Hole(const DmaMemory& memory)
      : watch(memory.memory_, found, memory.huge_ ? kHugePage : kSmallPage) {}

  std::atomic<bool> found{false};
  VanishingMemory watch;
};

DmaMemory::DmaMemory() = default;

DmaMemory::DmaMemory(DmaMemory&& other) noexcept {
  *this = std::move(other);
}

void DmaMemory::share() {
  if (!shared()) hole_ = std::make_unique<Hole>(*this);
}

bool DmaMemory::vanished() const noexcept {
  return shared() && hole_->found.load(std::memory_order_relaxed);
}

DmaMemory& DmaMemory::operator=(DmaMemory&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(taken_, other.taken_);
  std::swap(pieces_, other.pieces_);
  std::swap(hole_, other.hole_);
  std::swap(fd_, other.fd_);
  std::swap(node_, other.node_);
  std::swap(huge_, other.huge_);
  std::swap(addresses_, other.addresses_);
  return *this;
}

DmaMemory::~DmaMemory() {
  hole_.reset();
  if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
  if (fd_ >= 0) ::close(fd_);
}

Result<void> DmaMemory::assign_addresses(DeviceAddresses addresses, std::uint64_t first) {
  if (addresses == DeviceAddresses::none || memory_.empty()) return {};
  if (addresses == DeviceAddresses::physical) {
    if (auto found = look_up_physical_pieces(); !found) return found;
  } else {
    pieces_ = {{.bytes = memory_, .device_address = first}};
  }
  addresses_ = addresses;
  return {};
}

Result<void> DmaMemory::look_up_physical_pieces() {
  if (!huge_)
    return fail(ExitCode::configuration,
                "physical addresses are stable on huge pages only, and this memory lies on small ones");
  const int fd = ::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < memory_.size(); at += kHugePage) {
    const auto page = reinterpret_cast<std::uintptr_t>(memory_.data() + at) / kSmallPage;
    std::uint64_t entry = 0;
    const bool read = fd >= 0 && ::pread(fd, &entry, sizeof entry, static_cast<off_t>(page * sizeof entry)) ==
                                     static_cast<ssize_t>(sizeof entry);
    // Without CAP_SYS_ADMIN the kernel shows zeros instead of frame numbers.
    const std::uint64_t frame = entry & kFrameNumber;
    if (!read || frame == 0) break;
    pieces.push_back({memory_.subspan(at, kHugePage), frame * kSmallPage, at});
  }
  if (fd >= 0) ::close(fd);
  if (pieces.size() != memory_.size() / kHugePage)
    return fail(
        ExitCode::refused,
        "physical addresses cannot be read from /proc/self/pagemap: that needs root (CAP_SYS_ADMIN); a "
        "device that is bound to vfio-pci needs none: sudo ixyflow dev bind ADDRESS");
  pieces_ = std::move(pieces);
  return {};
}

std::uint64_t DmaMemory::device_address(const std::byte* byte) const noexcept {
  if (pieces_.empty()) return 0;
  const auto offset = static_cast<std::size_t>(byte - memory_.data());
  if (addresses_ == DeviceAddresses::linear) return pieces_.front().device_address + offset;
  return pieces_[offset / kHugePage].device_address + offset % kHugePage;
}

std::span<std::byte> DmaMemory::take_whole(std::size_t bytes) noexcept {
  const std::size_t start = round_up(taken_, kCacheLine);
  if (start / kHugePage != (start + bytes - 1) / kHugePage) taken_ = round_up(start, kHugePage);
  return take(bytes);
}

std::span<std::byte> DmaMemory::take(std::size_t bytes) noexcept {
  const std::size_t start = round_up(taken_, kCacheLine);
  if (start > memory_.size() || bytes > memory_.size() - start) return {};
  taken_ = start + bytes;
  return memory_.subspan(start, bytes);
}

}  // namespace ixyflow

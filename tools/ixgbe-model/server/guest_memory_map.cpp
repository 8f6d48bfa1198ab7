#include "tools/ixgbe-model/server/guest_memory_map.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>

#include "core/base/round_up.hpp"

namespace ixyflow::model {
namespace {

/// Beyond the address space of any process; keeps sums of sizes and offsets from overflowing.
constexpr std::uint64_t kLargestRegion = std::uint64_t{1} << 47;
constexpr std::uint64_t kPage = 4096;
/// The process can watch 256 pieces of memory in all, and a driver in the same process wants some of them.
constexpr std::size_t kMostWatched = 32;
/// What libvfio-user's clients add to a region that comes with a descriptor.
constexpr std::uint32_t kDmaMappable = 4;
constexpr std::uint32_t kKnownFlags = vfio_user::kDmaReadable | vfio_user::kDmaWritable | kDmaMappable;

/// Files of huge pages are mapped and unmapped in whole huge pages, which their block size tells.
std::uint64_t page_of(const struct stat& status) {
  const auto block = static_cast<std::uint64_t>(status.st_blksize);
  return S_ISREG(status.st_mode) && std::has_single_bit(block) && block > kPage ? block : kPage;
}

}  // namespace

int GuestMemoryMap::map(const vfio_user::DmaMap& request, const FileDescriptor& file) {
  const std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  if (request.size == 0 || request.size > kLargestRegion || request.address > last - request.size)
    return EINVAL;
  if ((request.flags & ~kKnownFlags) != 0 || (request.flags & ~kDmaMappable) == 0) return EINVAL;
  if ((request.flags & kDmaMappable) != 0 && !file.open()) return EINVAL;
  if (regions_.size() >= kMostRegions) return ENOSPC;
  const auto next = first_behind(request.address);
  if (next != regions_.end() && next->address < request.address + request.size) return EEXIST;
  if (next != regions_.begin() && std::prev(next)->address + std::prev(next)->size > request.address)
    return EEXIST;
  Region region{.address = request.address,
                .size = request.size,
                .readable = (request.flags & vfio_user::kDmaReadable) != 0,
                .writable = (request.flags & vfio_user::kDmaWritable) != 0};
  if (file.open()) {
    if (const int error = map_file(request, file.get(), region); error != 0) return error;
    if (regions_.size() < kMostWatched)
      region.watch = std::make_unique<VanishingMemory>(region.mapping, vanished_, region.page);
  }
  regions_.insert(next, std::move(region));
  return 0;
}

int GuestMemoryMap::map_file(const vfio_user::DmaMap& request, int fd, Region& region) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return errno;
  if (request.offset > kLargestRegion) return EINVAL;
  if (S_ISREG(status.st_mode) && request.offset + request.size > static_cast<std::uint64_t>(status.st_size))
    return EINVAL;
  const std::uint64_t page = region.page = page_of(status);
  const std::uint64_t skew = request.offset % page;
  const std::uint64_t bytes = round_up(skew + request.size, page);
  const int protection = (region.readable ? PROT_READ : 0) | (region.writable ? PROT_WRITE : 0);
  void* mapping =
      ::mmap(nullptr, bytes, protection, MAP_SHARED, fd, static_cast<off_t>(request.offset - skew));
  if (mapping == MAP_FAILED) return errno;
  region.mapping = {static_cast<std::byte*>(mapping), bytes};
  region.memory = region.mapping.data() + skew;
  return 0;
}

int GuestMemoryMap::unmap(std::uint64_t address, std::uint64_t size) {
  if (size == 0) return ENOENT;
  const std::uint64_t last =
      address + std::min(size - 1, std::numeric_limits<std::uint64_t>::max() - address);
  auto first = first_behind(address);
  if (first != regions_.begin() && std::prev(first)->address == address) --first;
  auto end = first_behind(last);
  const auto reaches = [](const Region& region, std::uint64_t into) {
    return region.address < into && into - region.address < region.size;
  };
  if (first != regions_.begin() && reaches(*std::prev(first), address)) return ENOENT;
  if (first == end) return 0;
  if (last - std::prev(end)->address < std::prev(end)->size - 1) return ENOENT;
  last_ = {};
  std::for_each(first, end, release);
  regions_.erase(first, end);
  return 0;
}

void GuestMemoryMap::unmap_all() noexcept {
  last_ = {};
  for (Region& region : regions_) release(region);
  regions_.clear();
  vanished_ = false;
}

void GuestMemoryMap::release(Region& region) noexcept {
  region.watch.reset();
  if (!region.mapping.empty()) ::munmap(region.mapping.data(), region.mapping.size());
}

/// The first region that begins behind `address`.
auto GuestMemoryMap::first_behind(std::uint64_t address) noexcept -> std::vector<Region>::iterator {
  return std::ranges::upper_bound(regions_, address, {}, &Region::address);
}

auto GuestMemoryMap::find(std::uint64_t address) noexcept -> const Region* {
  const auto next = first_behind(address);
  if (next == regions_.begin()) return nullptr;
  const Region& region = *std::prev(next);
  return address - region.address < region.size ? &region : nullptr;
}

std::byte* GuestMemoryMap::look_up(std::uint64_t address, std::size_t bytes) noexcept {
  const Region* region = find(address);
  if (region == nullptr || region->memory == nullptr || !region->readable || !region->writable)
    return nullptr;
  last_ = {region->address, region->size, region->memory};
  const std::uint64_t offset = address - region->address;
  return bytes <= region->size - offset ? region->memory + offset : nullptr;
}

bool GuestMemoryMap::read(std::uint64_t address, std::span<std::byte> to) noexcept {
  while (!to.empty()) {
    const Region* region = find(address);
    if (region == nullptr || !region->readable) return false;
    const std::uint64_t offset = address - region->address;
    const std::size_t bytes = std::min<std::uint64_t>(to.size(), region->size - offset);
    if (region->memory != nullptr)
      std::memcpy(to.data(), region->memory + offset, bytes);
    else if (!messages_.dma_read(address, to.first(bytes)))
      return false;
    to = to.subspan(bytes);
    address += bytes;
  }
  return true;
}

bool GuestMemoryMap::write(std::uint64_t address, std::span<const std::byte> from) noexcept {
  while (!from.empty()) {
    const Region* region = find(address);
    if (region == nullptr || !region->writable) return false;
    const std::uint64_t offset = address - region->address;
    const std::size_t bytes = std::min<std::uint64_t>(from.size(), region->size - offset);
    if (region->memory != nullptr)
      std::memcpy(region->memory + offset, from.data(), bytes);
    else if (!messages_.dma_write(address, from.first(bytes)))
      return false;
    from = from.subspan(bytes);
    address += bytes;
  }
  return true;
}

}  // namespace ixyflow::model

#include "drivers/virtio/device/ring/guest_memory.hpp"

#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>

#include "core/os/system_error.hpp"

namespace ixyflow::drivers::vhost {

namespace {

using vhost_user::MemoryRegion;

bool overflows(std::uint64_t begin, std::uint64_t bytes) {
  return begin + bytes < begin;
}

bool overlap(std::uint64_t a, std::uint64_t a_bytes, std::uint64_t b, std::uint64_t b_bytes) {
  return a < b + b_bytes && b < a + a_bytes;
}

/// The bytes of the pages that a file consists of. Error: it is no memory that others can share without harm;
/// a file of any other kind could keep a worker waiting for a page.
Result<std::uint64_t> page_size(int file, const MemoryRegion& region) {
  struct stat status {};
  struct statfs system {};
  if (::fstat(file, &status) != 0 || ::fstatfs(file, &system) != 0)
    return fail(ExitCode::refused,
                fmt::format("sent memory that cannot be looked at: {}", system_error_text(errno)));
  if (!S_ISREG(status.st_mode) || (system.f_type != TMPFS_MAGIC && system.f_type != HUGETLBFS_MAGIC))
    return fail(ExitCode::refused,
                "sent memory that is neither a memfd nor a file of a tmpfs or hugetlbfs; QEMU: use "
                "memory-backend-memfd with share=on");
  if (region.file_offset + region.bytes > static_cast<std::uint64_t>(status.st_size))
    return fail(ExitCode::refused, fmt::format("sent a region of {} bytes at {} of a file of {}",
                                               region.bytes, region.file_offset, status.st_size));
  return static_cast<std::uint64_t>(std::max<blksize_t>(status.st_blksize, 4096));
}

}  // namespace

Result<std::unique_ptr<GuestMemory>> GuestMemory::map(const vhost_user::MemoryTable& table,
                                                      PassedDescriptors& files) {
  const std::size_t count = table.count;
  if (count == 0 || count > table.regions.size() || count != files.count())
    return fail(ExitCode::refused,
                fmt::format("sent {} memory regions with {} descriptors", count, files.count()));
  std::unique_ptr<GuestMemory> memory(new GuestMemory);
  for (std::size_t i = 0; i < count; ++i)
    if (auto added = memory->add(table.regions[i], files.get(i)); !added)
      return std::unexpected(added.error());
  std::ranges::sort(memory->regions_, std::greater(), &Region::bytes);
  return memory;
}

Result<void> GuestMemory::add(const MemoryRegion& wanted, int file) {
  if (wanted.bytes == 0 || overflows(wanted.guest_address, wanted.bytes) ||
      overflows(wanted.user_address, wanted.bytes) || overflows(wanted.file_offset, wanted.bytes))
    return fail(ExitCode::refused, fmt::format("sent an impossible memory region: {} bytes at {:#x}",
                                               wanted.bytes, wanted.guest_address));
  for (const Region& region : regions_)
    if (overlap(region.guest_address, region.bytes, wanted.guest_address, wanted.bytes) ||
        overlap(region.user_address, region.bytes, wanted.user_address, wanted.bytes))
      return fail(ExitCode::refused, "sent memory regions that overlap");
  const auto page = page_size(file, wanted);
  if (!page) return std::unexpected(page.error());
  const std::uint64_t begin = wanted.file_offset / *page * *page;
  const std::uint64_t end = (wanted.file_offset + wanted.bytes + *page - 1) / *page * *page;
  void* address = ::mmap(nullptr, end - begin, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file,
                         static_cast<off_t>(begin));
  if (address == MAP_FAILED)
    return fail(ExitCode::refused, fmt::format("sent memory that cannot be mapped: {} bytes: {}",
                                               wanted.bytes, system_error_text(errno)));
  const std::span mapping(static_cast<std::byte*>(address), end - begin);
  regions_.push_back({wanted.guest_address, wanted.bytes,
                      static_cast<std::uint8_t*>(address) + (wanted.file_offset - begin), wanted.user_address,
                      mapping});
  watched_.push_back(std::make_unique<VanishingMemory>(mapping, vanished_, *page));
  if (watched_.back()->watches()) return {};
  return fail(ExitCode::refused,
              "sent more memory than can be watched: use fewer front ends, or fewer regions");
}

GuestMemory::~GuestMemory() {
  watched_.clear();
  for (const Region& region : regions_) ::munmap(region.mapping.data(), region.mapping.size());
}

std::uint8_t* GuestMemory::translate_user(std::uint64_t address, std::uint32_t bytes) const noexcept {
  for (const Region& region : regions_) {
    const std::uint64_t offset = address - region.user_address;
    if (offset < region.bytes) return bytes <= region.bytes - offset ? region.memory + offset : nullptr;
  }
  return nullptr;
}

}  // namespace ixyflow::drivers::vhost

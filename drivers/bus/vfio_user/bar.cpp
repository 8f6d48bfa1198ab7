#include "drivers/bus/vfio_user/bar.hpp"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "core/os/system_error.hpp"

namespace ixyflow::drivers {

static_assert(std::endian::native == std::endian::little,
              "registers are little-endian, and so are messages here");

namespace {

using vfio_user::RegionAccess;

/// What is wrong with `fd` as the place of an area, or "".
std::string wrong_descriptor(int fd, std::uint64_t offset, std::uint64_t size) {
  struct stat status {};
  struct statfs system {};
  if (::fstat(fd, &status) != 0 || ::fstatfs(fd, &system) != 0) return "cannot be looked at";
  if (!S_ISREG(status.st_mode)) return "";
  const auto length = static_cast<std::uint64_t>(status.st_size);
  if (offset > length || size > length - offset) return "is a file that ends before them";
  // When huge pages vanish they cannot be replaced one small page at a time.
  if (system.f_type == HUGETLBFS_MAGIC) return "has huge pages, which registers must not lie on";
  return "";
}

}  // namespace

Result<std::unique_ptr<Bar>> VfioUserBar::open(VfioUserChannel& channel, unsigned index, const Region& region,
                                               const FileDescriptor& fd, std::string_view whose) {
  std::unique_ptr<VfioUserBar> bar(new VfioUserBar(channel, index, region.size));
  if (!region.areas.empty() && !fd.open())
    return fail(
        ExitCode::unavailable,
        fmt::format("{} says that BAR {} can be mapped, but sent no descriptor for it", whose, index));
  for (const Region::Area& area : region.areas) {
    const auto unusable = [&](std::string_view why) {
      return fail(ExitCode::unavailable,
                  fmt::format("{:#x} bytes at {:#x} of BAR {} cannot be mapped: the descriptor {} sent {}",
                              area.size, area.offset, index, whose, why));
    };
    std::uint64_t offset = 0;
    if (__builtin_add_overflow(region.file_offset, area.offset, &offset))
      return unusable("cannot have them at such an offset");
    if (const std::string wrong = wrong_descriptor(fd.get(), offset, area.size); !wrong.empty())
      return unusable(wrong);
    MappedArea mapped(fd.get(), offset, area.size, channel.gone_flag());
    if (!mapped.mapped()) return unusable("refuses it: " + system_error_text(errno));
    bar->set_mapped(static_cast<std::uint32_t>(area.offset), area.size, mapped.memory().data());
    bar->areas_.push_back(std::move(mapped));
  }
  return bar;
}

std::uint32_t VfioUserBar::read_trapped(std::uint32_t offset, std::uint32_t bytes) noexcept {
  std::uint32_t value = ~std::uint32_t{0};
  // A register that cannot be read is not there: so is the device.
  if (const VfioUserReply reply = read_region(channel_, index_, offset, bytes, value);
      reply.trouble != Trouble::none)
    channel_.give_up(reply.trouble, reply.error);
  return value;
}

void VfioUserBar::write_trapped(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) noexcept {
  if (const VfioUserReply reply = write_region(channel_, index_, offset, bytes, value);
      reply.trouble != Trouble::none)
    channel_.give_up(reply.trouble, reply.error);
}

VfioUserReply read_region(VfioUserChannel& channel, unsigned region, std::uint64_t offset,
                          std::uint32_t bytes, std::uint32_t& value) noexcept {
  const RegionAccess access{.offset = offset, .region = region, .count = bytes};
  std::array<std::byte, sizeof(RegionAccess) + sizeof value> room;
  const std::size_t expected = sizeof(RegionAccess) + bytes;
  VfioUserReply reply = channel.call({.command = vfio_user::Command::region_read,
                                      .body = std::as_bytes(std::span(&access, 1)),
                                      .reply = std::span(room).first(expected),
                                      .least_reply = expected});
  if (reply.trouble != Trouble::none) return reply;
  RegionAccess answer;
  std::memcpy(&answer, room.data(), sizeof answer);
  if (answer.count != bytes) {
    reply.trouble = answer.count < bytes ? Trouble::too_short : Trouble::too_long;
    channel.give_up(reply.trouble);
    return reply;
  }
  value = 0;
  std::memcpy(&value, room.data() + sizeof answer, bytes);
  return reply;
}

VfioUserReply write_region(VfioUserChannel& channel, unsigned region, std::uint64_t offset,
                           std::uint32_t bytes, std::uint32_t value) noexcept {
  const RegionAccess access{.offset = offset, .region = region, .count = bytes};
  RegionAccess answer;
  VfioUserReply reply = channel.call({.command = vfio_user::Command::region_write,
                                      .body = std::as_bytes(std::span(&access, 1)),
                                      .data = std::as_bytes(std::span(&value, 1)).first(bytes),
                                      .reply = std::as_writable_bytes(std::span(&answer, 1)),
                                      .least_reply = sizeof answer});
  if (reply.trouble == Trouble::none && answer.count != bytes) {
    reply.trouble = answer.count < bytes ? Trouble::too_short : Trouble::too_long;
    channel.give_up(reply.trouble);
  }
  return reply;
}

}  // namespace ixyflow::drivers

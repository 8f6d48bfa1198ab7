// What a capture's fault is called. The only part of reading that asks libpcap: for the names of link types.
#include <fmt/format.h>
#include <pcap/pcap.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"
#include "drivers/file/capture_reader.hpp"

namespace ixyflow::drivers {
namespace {

/// libpcap knows names by its own numbers (DLT_…), which differ from those of files (LINKTYPE_…) for some
/// types. It keeps the table to itself, so it is given an empty capture of the type and asked what it sees.
std::string link_type_name(std::uint64_t link_type) {
  const std::array<std::uint32_t, 6> header{0xa1b2c3d4, 0x00040002, 0,
                                            0,          65535,      static_cast<std::uint32_t>(link_type)};
  std::array<char, sizeof header> bytes;
  std::memcpy(bytes.data(), header.data(), sizeof header);
  std::string name;
  std::FILE* file = ::fmemopen(bytes.data(), bytes.size(), "rb");
  if (file == nullptr) return name;
  std::array<char, PCAP_ERRBUF_SIZE> ignored{};
  if (pcap_t* capture = pcap_fopen_offline(file, ignored.data()); capture != nullptr) {
    if (const char* found = pcap_datalink_val_to_name(pcap_datalink(capture)); found != nullptr) name = found;
    pcap_close(capture);
  } else {
    std::fclose(file);
  }
  return name;
}

std::string show_link_type(std::uint64_t link_type) {
  const std::string name = link_type_name(link_type);
  return name.empty() ? fmt::format("number {}", link_type) : fmt::format("{} ({})", name, link_type);
}

std::string show_fault(CaptureFault fault, std::uint64_t value) {
  switch (fault) {
    case CaptureFault::none:
      return "nothing is wrong";
    case CaptureFault::not_a_capture:
      return fmt::format("it is neither pcap nor pcapng (it starts with {:08x})", value);
    case CaptureFault::empty:
      return "it is empty";
    case CaptureFault::version:
      return fmt::format("version {}.{} of the format is not known", value / 1000, value % 1000);
    case CaptureFault::cut:
      return "the file ends in the middle of a header or a packet";
    case CaptureFault::shrank:
      return fmt::format("the file had {} bytes and was cut while it was read", value);
    case CaptureFault::read_error:
      return system_error_text(static_cast<int>(value));
    case CaptureFault::link_type:
      return fmt::format("its link type is {}; only Ethernet (EN10MB) can be read", show_link_type(value));
    case CaptureFault::record_length:
      return fmt::format("a packet claims {} captured bytes, more than there can be", value);
    case CaptureFault::block_length:
      return fmt::format("a block claims a length of {} bytes, which cannot be", value);
    case CaptureFault::block_trailer:
      return fmt::format("a block of {} bytes does not end with its length", value);
    case CaptureFault::byte_order:
      return fmt::format("a section has the byte-order mark {:08x}", value);
    case CaptureFault::option:
      return fmt::format("option {} of an interface has a wrong length", value);
    case CaptureFault::time_resolution:
      return fmt::format("an interface has the time resolution {:#04x}, which cannot be counted", value);
    case CaptureFault::interface:
      return fmt::format("a packet comes from interface {}, which is not described", value);
    case CaptureFault::interfaces:
      return fmt::format("a section has more than {} interfaces", CaptureReader::kMaxInterfaces);
  }
  return "unknown";
}

}  // namespace

Error CaptureReader::error() const {
  std::string text = fmt::format("cannot read '{}'", printable(path_));
  if (records_ > 0 || fault_position_ > 0)
    text +=
        fmt::format(" past byte {} (after {} packet{})", fault_position_, records_, records_ == 1 ? "" : "s");
  return {ExitCode::input, text + ": " + show_fault(fault_, fault_value_)};
}

}  // namespace ixyflow::drivers

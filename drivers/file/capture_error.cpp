// What a capture's fault is called. The only part of reading that asks libpcap: for the names of link types.
#include <fmt/format.h>
#include <pcap/pcap.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"
#include "drivers/file/capture_name.hpp"
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

/// What a file that is no capture is, and what makes one of it, by its first four bytes.
std::string_view other_file(std::uint64_t magic) {
  switch (magic) {
    case 0x736e6f6f:
      return "it is a capture of snoop: `editcap -F pcap FILE out.pcap` makes pcap of it";
    case 0x58435000:
    case 0x5452534e:
      return "it is a capture of Sniffer: `editcap -F pcap FILE out.pcap` makes pcap of it";
    case 0x474d4255:
    case 0x52545353:
      return "it is a capture of Network Monitor: `editcap -F pcap FILE out.pcap` makes pcap of it";
    case 0x1c0001ac:
    case 0x1c0001ab:
    case 0xac01001c:
    case 0xab01001c:
      return "it is a capture of an Ixia chassis: `editcap -F pcap FILE out.pcap` makes pcap of it";
    case 0xfd377a58:
      return "it is packed with xz, not gzip or zstd: `xzcat FILE | ixyflow run ...` with read = \"-\" reads it";
    case 0x04224d18:
      return "it is packed with lz4, not gzip or zstd: `lz4cat FILE | ixyflow run ...` with read = \"-\" reads it";
    default:
      break;
  }
  switch (magic >> 8) {
    case 0x425a68:
      return "it is packed with bzip2, not gzip or zstd: `bzcat FILE | ixyflow run ...` with read = \"-\" reads it";
    case 0x504b03:
      return "it is a zip archive: `unzip -p FILE | ixyflow run ...` with read = \"-\" reads it";
    default:
      return "";
  }
}

/// Of pcapng alone.
std::string show_block_fault(CaptureFault fault, std::uint64_t value) {
  switch (fault) {
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
    default:
      return "unknown";
  }
}

std::string show_fault(CaptureFault fault, std::uint64_t value) {
  switch (fault) {
    case CaptureFault::none:
      return "nothing is wrong";
    case CaptureFault::not_a_capture:
      if (const std::string_view other = other_file(value); !other.empty()) return std::string(other);
      return fmt::format(
          "it is neither pcap nor pcapng (it starts with {:08x}); what Wireshark reads, `editcap -F pcap FILE "
          "out.pcap` makes pcap",
          value);
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
    case CaptureFault::packing:
      return "";  // the source says it
    case CaptureFault::second_capture:
      return "another capture begins there: `mergecap` puts captures together, cat does not";
    case CaptureFault::link_type:
      return fmt::format(
          "its link type is {}; only Ethernet (EN10MB), and LINUX_SLL, LINUX_SLL2, RAW, NULL and LOOP, which "
          "get Ethernet headers, can be read",
          show_link_type(value));
    case CaptureFault::record_length:
      return fmt::format("a packet claims {} captured bytes, more than there can be", value);
    default:
      return show_block_fault(fault, value);
  }
}

}  // namespace

Error CaptureReader::error() const {
  std::string text = "cannot read " + show_input(path_);
  if (records_ > 0 || fault_position_ > 0)
    text += fmt::format(" past byte {}{} (after {} packet{})", fault_position_,
                        source_->is_packed() ? " of what is packed in it" : "", records_,
                        records_ == 1 ? "" : "s");
  const std::string fault = fault_ == CaptureFault::packing ? std::string(source_->packing_fault())
                                                            : show_fault(fault_, fault_value_);
  return {ExitCode::input, text + ": " + fault};
}

std::string CaptureReader::show(LinkType type) {
  return show_link_type(static_cast<std::uint64_t>(type));
}

}  // namespace ixyflow::drivers

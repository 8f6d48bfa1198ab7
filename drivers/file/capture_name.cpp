#include "drivers/file/capture_name.hpp"

#include "core/base/diagnostics.hpp"

namespace ixyflow::drivers {

std::string show_input(const std::string& path) {
  return path == kStandardStream ? "the standard input" : "'" + printable(path) + "'";
}

std::string show_output(const std::string& path) {
  return path == kStandardStream ? "the standard output" : "'" + printable(path) + "'";
}

CaptureFormat format_of(std::string_view path) noexcept {
  return path.ends_with(".pcapng") ? CaptureFormat::pcapng : CaptureFormat::pcap;
}

std::string_view packing_of(std::string_view path) noexcept {
  return path.ends_with(".gz") ? "gzip" : path.ends_with(".zst") ? "zstd" : "";
}

}  // namespace ixyflow::drivers

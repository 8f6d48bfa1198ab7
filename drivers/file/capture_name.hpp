#pragma once

#include <string>
#include <string_view>

namespace ixyflow::drivers {

/// In the place of a file's name: the standard input, or the standard output.
inline constexpr std::string_view kStandardStream = "-";

/// How messages call what is read or written: "'in.pcap'", "the standard input".
[[nodiscard]] std::string show_input(const std::string& path);
[[nodiscard]] std::string show_output(const std::string& path);

/// How a capture is written.
enum class CaptureFormat : unsigned char { pcap, pcapng };
/// As its file's name asks for: pcapng behind ".pcapng", else pcap.
[[nodiscard]] CaptureFormat format_of(std::string_view path) noexcept;
/// The compression that a file's name promises, "gzip" or "zstd"; "": none.
[[nodiscard]] std::string_view packing_of(std::string_view path) noexcept;

}  // namespace ixyflow::drivers

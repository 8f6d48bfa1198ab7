#include "drivers/file/pcap_port.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace ixyflow::drivers {

/// Two spellings of one path are one claim. Looks at directories, opens nothing.
std::string PcapPort::canonical(const std::string& path) {
  std::error_code error;
  const std::filesystem::path resolved =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  return error ? path : resolved.string();
}

PortProperties PcapPort::properties() const {
  PortProperties properties;
  properties.can_wait = true;
  if (write_) properties.claims.push_back("file " + canonical(*write_));
  if (read_) properties.shared_claims.push_back("file " + canonical(*read_));
  return properties;
}

Result<void> PcapPort::open() {
  if (read_) {
    auto reader = CaptureReader::open(*read_);
    if (!reader) return std::unexpected(reader.error());
    if ((*reader)->source().is_fifo() && loop_ != 1)
      return fail(ExitCode::configuration, "'" + printable(*read_) +
                                               "' is a FIFO, which can be read only once, but loop is " +
                                               std::to_string(loop_));
    receive_.reader = std::move(*reader);
  }
  if (write_) {
    // Elements may have grown the packet into its headroom.
    constexpr std::size_t kGrowth = 256;
    constexpr std::size_t kLargest = 65536;
    auto writer = CaptureWriter::create(*write_, (longest_ != 0 ? longest_ : kLargest) + kGrowth,
                                        receive_.reader ? &receive_.reader->source() : nullptr, file_mode_);
    if (!writer) {
      receive_.reader.reset();
      return std::unexpected(writer.error());
    }
    transmit_.writer = std::move(*writer);
  }
  return {};
}

Result<void> PcapPort::close() {
  std::optional<Error> error;
  if (const auto reader = std::move(receive_.reader); reader && reader->fault() != CaptureFault::none)
    error = reader->error();
  if (const auto writer = std::move(transmit_.writer)) {
    const Result<void> written = writer->close();
    not_written_.add(writer->take_lost());
    // Both went wrong: what is missing in the output matters more, but both are said.
    if (!written)
      error = Error{written.error().code, (error ? error->text + "; " : "") + written.error().text};
  }
  receive_.ended = true;
  receive_.pending = false;
  if (error) return std::unexpected(std::move(*error));
  return {};
}

}  // namespace ixyflow::drivers

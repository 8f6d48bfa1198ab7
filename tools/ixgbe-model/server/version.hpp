#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/base/result.hpp"

namespace ixyflow::model {

/// What a client says about itself in its first message, as far as it matters here.
struct ClientVersion {
  std::uint16_t minor = 0;
  std::uint64_t max_transfer = 0;  ///< bytes of one DMA message to it
  bool twin_socket = false;        ///< takes our commands at a socket of their own
  bool write_multiple = false;     ///< may send region_write_multi
};

/// Takes the payload of a version message apart. Error (unavailable): the protocol is another one, or the
/// text is no JSON of the right form.
Result<ClientVersion> parse_version(std::span<const std::byte> payload);

/// The JSON text of the reply, with its final zero byte. With `twin_socket`, its descriptor comes with the
/// message.
std::string version_text(const ClientVersion& client, bool twin_socket);

}  // namespace ixyflow::model

#include "tools/ixgbe-model/server/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "drivers/bus/vfio_user/protocol.hpp"
#include "tools/ixgbe-model/server/guest_memory_map.hpp"

namespace ixyflow::model {
namespace {

using Json = nlohmann::json;

std::unexpected<Error> bad(std::string text) {
  return fail(ExitCode::unavailable, std::move(text));
}

/// How deep the text is nested, in brackets; the parser needs stack for each level.
int depth_of(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  for (const char letter : text) {
    if (letter == '{' || letter == '[') deepest = std::max(deepest, ++depth);
    if (letter == '}' || letter == ']') --depth;
  }
  return deepest;
}

/// `object[name][field]` if it is there and true.
bool says_true(const Json& object, const char* name, const char* field = nullptr) {
  const auto entry = object.find(name);
  if (entry == object.end()) return false;
  if (field != nullptr) return entry->is_object() && says_true(*entry, field);
  return entry->is_boolean() && entry->get<bool>();
}

Result<ClientVersion> read_capabilities(ClientVersion client, std::string_view text) {
  if (text.empty()) return client;
  if (text.back() != '\0') return bad("its version has no zero byte at the end");
  text.remove_suffix(1);
  if (depth_of(text) > 16) return bad("its version is no JSON that makes sense");
  const Json top = Json::parse(text, nullptr, false);
  if (!top.is_object()) return bad("its version is no JSON object");
  const auto capabilities = top.find("capabilities");
  if (capabilities == top.end()) return client;
  if (!capabilities->is_object()) return bad("the capabilities in its version are no JSON object");
  if (const auto limit = capabilities->find("max_data_xfer_size"); limit != capabilities->end()) {
    if (!limit->is_number_unsigned() || *limit == 0U) return bad("its max_data_xfer_size is no size");
    client.max_transfer = std::min(limit->get<std::uint64_t>(), client.max_transfer);
  }
  client.twin_socket = says_true(*capabilities, "twin_socket", "supported");
  client.write_multiple = says_true(*capabilities, "write_multiple");
  return client;
}

}  // namespace

Result<ClientVersion> parse_version(std::span<const std::byte> payload) {
  vfio_user::Version version;
  if (payload.size() < sizeof version) return bad("its version message is too short");
  std::memcpy(&version, payload.data(), sizeof version);
  if (version.major != vfio_user::kMajor)
    return bad(fmt::format("it speaks version {}.{} of the protocol, not {}.{}", version.major, version.minor,
                           vfio_user::kMajor, vfio_user::kMinor));
  const ClientVersion client{.minor = std::min(version.minor, vfio_user::kMinor),
                             .max_transfer = vfio_user::kMaxTransfer};
  payload = payload.subspan(sizeof version);
  return read_capabilities(client, {reinterpret_cast<const char*>(payload.data()), payload.size()});
}

std::string version_text(const ClientVersion& client, bool twin_socket) {
  Json capabilities{{"max_msg_fds", vfio_user::kMaxMessageFds},
                    {"max_data_xfer_size", vfio_user::kMaxTransfer},
                    {"pgsizes", 4096},
                    {"max_dma_maps", GuestMemoryMap::kMostRegions}};
  if (client.write_multiple) capabilities["write_multiple"] = true;
  if (twin_socket) capabilities["twin_socket"] = {{"supported", true}, {"fd_index", 0}};
  return Json{{"capabilities", std::move(capabilities)}}.dump() + '\0';
}

}  // namespace ixyflow::model

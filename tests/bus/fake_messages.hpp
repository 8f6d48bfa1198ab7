#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "tests/bus/fake_model.hpp"

namespace ixyflow::test {

/// The bytes of a part of a message, and of text behind it.
template <class T>
std::vector<std::byte> bytes_of_message(const T& value, std::string_view text = {}) {
  std::vector<std::byte> bytes(sizeof value + text.size());
  std::memcpy(bytes.data(), &value, sizeof value);
  if (!text.empty()) std::memcpy(bytes.data() + sizeof value, text.data(), text.size());
  return bytes;
}

/// The description of region 0, with one area that can be mapped.
std::vector<std::byte> region_with_area(std::uint64_t size, std::uint64_t in_file, std::uint64_t area_offset,
                                        std::uint64_t area_size);

/// Reads a whole message, as a right client sends it; false when the connection has ended.
bool receive_message(int socket, vfio_user::Header& header, std::vector<std::byte>& body,
                     std::vector<FileDescriptor>& fds);
void send_message(int socket, std::span<const std::byte> message, std::span<const int> fds);

template <class T>
T ModelExchange::body_as() const {
  T value{};
  std::memcpy(&value, body.data(), std::min(sizeof value, body.size()));
  return value;
}

}  // namespace ixyflow::test

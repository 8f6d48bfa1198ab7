#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tests/fuzz/target.hpp"
#include "tests/support/frames.hpp"

/// Where seeds come from: what lies in the tree anyway, and for inputs with a structure their pieces.
namespace ixyflow::fuzz {

/// The bytes of a seed that Input::take and its relatives will read, put together piece by piece.
class Seed {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T> Seed& put(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Seed& byte(unsigned value) { return put(static_cast<std::uint8_t>(value)); }
  Seed& bytes(std::span<const std::uint8_t> bytes) {
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return *this;
  }
  Seed& text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  [[nodiscard]] const std::string& content() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

/// The content of all files below these folders of the tree whose names end so.
std::vector<std::string> files(std::span<const std::string_view> folders, std::string_view end);
/// A file of TOML without empty lines and without comments on lines of their own: small, and as good a seed.
std::string without_comments(std::string_view text);
/// All pipelines of the examples and of the tests, without comments and golden cases, and one of every
/// element's own example.
std::vector<std::string> pipelines();
/// Frames of all kinds that the tests know, good ones, and the first ones of the captures.
std::vector<test::Bytes> frames();

/// Words of pipeline files: TOML's signs, and every name that the program has declared.
void pipeline_words(const Sink& word);

}  // namespace ixyflow::fuzz

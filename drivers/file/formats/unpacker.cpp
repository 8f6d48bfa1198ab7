#include "drivers/file/formats/unpacker.hpp"

#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace ixyflow::drivers {
namespace {

class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() {
    constexpr int kOnlyGzip = 16;
    if (::inflateInit2(&stream_, MAX_WBITS + kOnlyGzip) != Z_OK) throw std::bad_alloc();
  }
  ~GzipUnpacker() override { ::inflateEnd(&stream_); }
  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;

  Step unpack(std::span<const std::uint8_t> packed, std::span<std::uint8_t> room) noexcept override {
    if (packed.empty() && complete_) return {};
    if (complete_) ::inflateReset(&stream_);
    complete_ = false;
    stream_.next_in = packed.data();
    stream_.avail_in = static_cast<uInt>(packed.size());
    stream_.next_out = room.data();
    stream_.avail_out = static_cast<uInt>(room.size());
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END)
      complete_ = true;
    else if (result == Z_MEM_ERROR)
      fault_ = "there is no memory to unpack it";
    else if (result != Z_OK && result != Z_BUF_ERROR)
      fault_ = "what gzip has packed is damaged";
    return {packed.size() - stream_.avail_in, room.size() - stream_.avail_out};
  }
  [[nodiscard]] bool complete() const noexcept override { return complete_; }
  void restart() noexcept override {
    ::inflateReset(&stream_);
    complete_ = true;
    fault_ = {};
  }

 private:
  z_stream stream_{};
  bool complete_ = true;
};

class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker() : stream_(::ZSTD_createDCtx()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    constexpr int kLargestWindow = 27;  // as a power of two
    ::ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kLargestWindow);
  }
  ~ZstdUnpacker() override { ::ZSTD_freeDCtx(stream_); }
  ZstdUnpacker(const ZstdUnpacker&) = delete;
  ZstdUnpacker& operator=(const ZstdUnpacker&) = delete;

  Step unpack(std::span<const std::uint8_t> packed, std::span<std::uint8_t> room) noexcept override {
    if (packed.empty() && complete_) return {};
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    const std::size_t result = ::ZSTD_decompressStream(stream_, &out, &in);
    if (::ZSTD_isError(result) != 0)
      fault_ = text_of(::ZSTD_getErrorCode(result));
    else
      complete_ = result == 0;
    return {in.pos, out.pos};
  }
  [[nodiscard]] bool complete() const noexcept override { return complete_; }
  void restart() noexcept override {
    ::ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only);
    complete_ = true;
    fault_ = {};
  }

 private:
  static std::string_view text_of(ZSTD_ErrorCode code) noexcept {
    switch (code) {
      case ZSTD_error_memory_allocation:
        return "there is no memory to unpack it";
      case ZSTD_error_frameParameter_windowTooLarge:
        return "zstd needs more than 128 MiB to unpack it; it was packed with --long or --ultra";
      default:
        return "what zstd has packed is damaged";
    }
  }

  ZSTD_DCtx* stream_;
  bool complete_ = true;
};

}  // namespace

std::unique_ptr<Unpacker> Unpacker::for_magic(std::span<const std::uint8_t> start) {
  // RFC 1952, 2.3.1: with the only method of compression that there is.
  constexpr std::array<std::uint8_t, 3> kGzip{0x1f, 0x8b, 8};
  // RFC 8878, 3.1.1; 3.1.2: frames to be skipped may come first, as parallel compressors write them.
  constexpr std::array<std::uint8_t, 4> kZstd{0x28, 0xb5, 0x2f, 0xfd};
  constexpr std::array<std::uint8_t, 3> kSkippable{0x2a, 0x4d, 0x18};
  if (std::ranges::equal(kGzip, start.first(3))) return std::make_unique<GzipUnpacker>();
  if (std::ranges::equal(kZstd, start.first(4)) ||
      (start[0] >> 4 == 5 && std::ranges::equal(kSkippable, start.subspan(1, 3))))
    return std::make_unique<ZstdUnpacker>();
  return nullptr;
}

}  // namespace ixyflow::drivers

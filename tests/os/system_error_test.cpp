#include "core/os/system_error.hpp"

#include <catch2/catch.hpp>
#include <cerrno>

using namespace ixyflow;

TEST_CASE("B5: an error names the limit that may be behind it") {
  CHECK(system_error_text(EMFILE) == "Too many open files (limit: ulimit -n)");
  CHECK_THAT(system_error_text(EAGAIN), Catch::Contains("ulimit -u"));
  CHECK_THAT(system_error_text(ENOMEM), Catch::Contains("ulimit -v"));
  CHECK_THAT(system_error_text(EFBIG), Catch::Contains("ulimit -f"));
}

TEST_CASE("an error without a limit is only described") {
  CHECK(system_error_text(ENOENT) == "No such file or directory");
}

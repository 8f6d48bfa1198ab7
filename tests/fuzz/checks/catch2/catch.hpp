#pragma once

// Stands before Catch's own header where fuzz targets are compiled. The rigs of the tests check with these
// words; outside of a test there is nobody who would collect what failed: it ends the process, which is what
// a fuzzer looks for.

#include "tests/fuzz/target.hpp"

#define REQUIRE(...) ::ixyflow::fuzz::expect(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__)
#define REQUIRE_FALSE(...) ::ixyflow::fuzz::expect(!static_cast<bool>(__VA_ARGS__), "not " #__VA_ARGS__)
#define CHECK(...) REQUIRE(__VA_ARGS__)
#define CHECK_FALSE(...) REQUIRE_FALSE(__VA_ARGS__)
#define FAIL(...) ::ixyflow::fuzz::expect(false, #__VA_ARGS__)
#define INFO(...) static_cast<void>(0)
#define CAPTURE(...) static_cast<void>(0)

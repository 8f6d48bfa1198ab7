#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include "tests/model/checker.hpp"

// relacy's operators new and delete are inline, and so are there only where somebody calls them. What one of
// them allocates the other must free: the sized ones of the standard library call this one.
[[gnu::used]] static void (*const kDelete)(void*) = &operator delete;

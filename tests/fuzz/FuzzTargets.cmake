# All fuzz targets in one program (README.md of this folder): a test for each, by the name of its file. The preset
# `asan-ubsan` links libFuzzer into it, for tools/fuzz.
file(GLOB fuzz_targets CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/targets/*.cpp)
file(GLOB fuzz_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/*.cpp)
# Beside them stands what they share with the tests, without Catch.
add_executable(test_fuzz ${fuzz_sources} ${fuzz_targets} support/fake_outputs.cpp support/frames.cpp
  support/made_element.cpp support/temporary_folder.cpp tools/control/control_support.cpp ixgbe_model/server/server_rig.cpp)
target_include_directories(test_fuzz BEFORE PRIVATE fuzz/checks)
target_link_libraries(test_fuzz PRIVATE ixyflow_elements ixyflow_drivers ixyflow_program
                                        ixyflow_ixgbe_model_server ixyflow_core_archive)
target_compile_definitions(test_fuzz PRIVATE IXYFLOW_VERSION="${PROJECT_VERSION}")
ixyflow_unit_per_folder(test_fuzz)
if(IXYFLOW_SANITIZE MATCHES fuzzer)
  target_compile_definitions(test_fuzz PRIVATE IXYFLOW_LIBFUZZER)
  # -fsanitize=fuzzer would bring its own main.
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libclang_rt.fuzzer_no_main-${CMAKE_SYSTEM_PROCESSOR}.a
                  OUTPUT_VARIABLE libfuzzer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  target_link_libraries(test_fuzz PRIVATE ${libfuzzer})
else()
  target_compile_options(test_fuzz PRIVATE -O0)
endif()

foreach(source IN LISTS fuzz_targets)
  cmake_path(GET source STEM target)
  set(test "fuzz: ${target} reads its seeds and what was found")
  file(GLOB found CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/found/${target}/*)
  add_test(NAME "${test}" COMMAND test_fuzz replay ${target} ${found})
  set_tests_properties("${test}" PROPERTIES TIMEOUT 300)
endforeach()

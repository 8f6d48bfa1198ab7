# Compiler settings and the one verb with which every room is added.

option(IXYFLOW_CHECKS "Poison free buffers, check the ownership of packets and the conservation of every batch" OFF)
option(IXYFLOW_BENCH "Build tools/bench" OFF)
option(IXYFLOW_PCH "Compile what nearly every file includes once; hides includes that are missing" OFF)
set(IXYFLOW_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, for example address,undefined")
set(IXYFLOW_MARCH "x86-64-v2" CACHE STRING "Instruction set that the program needs; native only runs on machines like this one")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET hwloc)
pkg_check_modules(pcap REQUIRED IMPORTED_TARGET libpcap)

add_library(ixyflow_flags INTERFACE)
target_include_directories(ixyflow_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(ixyflow_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wextra-semi -Werror
  # What a designated initialiser leaves out has its default: that is what the notation is for.
  -Wno-missing-field-initializers
  # g++ 12 with -O3 sees overlaps inside std::string's operator+ that are none (GCC bug 105651).
  -Wno-restrict)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND IXYFLOW_MARCH)
  target_compile_options(ixyflow_flags INTERFACE -march=${IXYFLOW_MARCH})
endif()
if(IXYFLOW_CHECKS)
  target_compile_definitions(ixyflow_flags INTERFACE IXYFLOW_CHECKS=1)
endif()
if(IXYFLOW_SANITIZE)
  # g++ 12 with sanitizers finds uninitialised variables inside the standard library's <regex> that are none.
  target_compile_options(ixyflow_flags INTERFACE -fsanitize=${IXYFLOW_SANITIZE} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer -Wno-maybe-uninitialized)
  target_link_options(ixyflow_flags INTERFACE -fsanitize=${IXYFLOW_SANITIZE})
endif()
# Third-party types stand in .cpp files only; their headers are SYSTEM, so that their warnings are not ours.
target_link_libraries(ixyflow_flags INTERFACE Threads::Threads Boost::headers spdlog::spdlog fmt::fmt
                                              nlohmann_json::nlohmann_json PkgConfig::hwloc PkgConfig::pcap ${CMAKE_DL_LIBS})

# ixyflow_precompile(<target> <owner> [headers...]): what nearly every file includes, compiled once by the owner for all of
# its targets, which have the same flags. Without, every file of a build with sanitizers takes some 1.5 s more.
function(ixyflow_precompile target owner)
  if(NOT IXYFLOW_PCH)
    return()
  endif()
  if(NOT target STREQUAL owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE
      <algorithm> <array> <atomic> <chrono> <expected> <functional> <memory> <optional> <span> <string> <vector>
      <fmt/format.h> ${ARGN})
  endif()
endfunction()

# ixyflow_room(<target> <folder> [EXCEPT <file>...]): an object library of every .cpp below the folder.
function(ixyflow_room target folder)
  cmake_parse_arguments(ROOM "" "" "EXCEPT" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  foreach(name IN LISTS ROOM_EXCEPT)
    list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/${folder}/${name})
  endforeach()
  add_library(${target} OBJECT ${sources})
  target_link_libraries(${target} PUBLIC ixyflow_flags)
  target_compile_definitions(${target} PRIVATE IXYFLOW_VERSION="${PROJECT_VERSION}")
  ixyflow_precompile(${target} ixyflow_core)
endfunction()

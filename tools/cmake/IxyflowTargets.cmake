# Compiler settings and the one verb with which every room is added.

option(IXYFLOW_CHECKS "Poison free buffers, check the ownership of packets and the conservation of every batch" OFF)
option(IXYFLOW_BENCH "Build tools/bench" OFF)
option(IXYFLOW_SHARE_HEADERS "Parse headers once for many files; hides includes that are missing" OFF)
set(IXYFLOW_COLD_OPTION "-O1" CACHE STRING "How what handles no packets while a pipeline runs is optimised")
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
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(cap_ng REQUIRED IMPORTED_TARGET libcap-ng)

add_library(ixyflow_flags INTERFACE)
target_include_directories(ixyflow_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(ixyflow_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wextra-semi -Werror
  # What a designated initialiser leaves out has its default: that is what the notation is for.
  -Wno-missing-field-initializers
  # g++ 12 with -O3 sees overlaps inside std::string's operator+ that are none (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # clang says of libstdc++'s own templates that they use what is deprecated.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND IXYFLOW_MARCH)
  target_compile_options(ixyflow_flags INTERFACE -march=${IXYFLOW_MARCH})
endif()
if(IXYFLOW_CHECKS)
  target_compile_definitions(ixyflow_flags INTERFACE IXYFLOW_CHECKS=1)
endif()
if(IXYFLOW_SANITIZE)
  # g++ 12 with sanitizers finds uninitialised variables inside the standard library's <regex> that are none.
  target_compile_options(ixyflow_flags INTERFACE -fsanitize=${IXYFLOW_SANITIZE} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer
                                                 $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(ixyflow_flags INTERFACE -fsanitize=${IXYFLOW_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # g++ defines these by itself.
    if(IXYFLOW_SANITIZE MATCHES "address")
      target_compile_definitions(ixyflow_flags INTERFACE __SANITIZE_ADDRESS__=1)
    elseif(IXYFLOW_SANITIZE MATCHES "thread")
      target_compile_definitions(ixyflow_flags INTERFACE __SANITIZE_THREAD__=1)
    endif()
    # Links programs of this size in a third of the time.
    target_link_options(ixyflow_flags INTERFACE -fuse-ld=lld)
  endif()
endif()
if(IXYFLOW_SHARE_HEADERS)
  # From precompiled headers g++ 12 does not know that std::string is the system's, and warns of what it inlines. Where
  # the compiler takes files together, a name inside a function may hide one of the next file. Builds that share nothing
  # have these warnings.
  target_compile_options(ixyflow_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow> -Wno-array-bounds
                                                 -Wno-shadow)
endif()
# Third-party types stand in .cpp files only; their headers are SYSTEM, so that their warnings are not ours.
target_link_libraries(ixyflow_flags INTERFACE Threads::Threads Boost::headers spdlog::spdlog fmt::fmt
                                              nlohmann_json::nlohmann_json PkgConfig::hwloc PkgConfig::pcap
                                              PkgConfig::zlib PkgConfig::zstd
                                              PkgConfig::seccomp PkgConfig::cap_ng ${CMAKE_DL_LIBS})

# ixyflow_precompile(<target> <owner> [headers...]): what nearly every file includes, compiled once by the owner for all
# targets of the same flags. g++ takes what is precompiled with another -O, but then forgets its own after a #pragma.
function(ixyflow_precompile target owner)
  if(NOT IXYFLOW_SHARE_HEADERS)
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

# ixyflow_room(<target> <folder> [UNITS] [EXCEPT <file or folder>...]): every .cpp below the folder, as objects that are
# linked into whatever links the target. What is below one of IXYFLOW_COLD is optimised little and the files of each
# folder are one unit, all else is compiled file by file; with UNITS or sanitizers that, too, by folder.
function(ixyflow_room target folder)
  cmake_parse_arguments(ROOM "UNITS" "" "EXCEPT" ${ARGN})
  file(GLOB_RECURSE hot CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  if(ROOM_EXCEPT)
    list(JOIN ROOM_EXCEPT "|" pattern)
    list(FILTER hot EXCLUDE REGEX "^${folder}/(${pattern})(/|$)")
  endif()
  list(JOIN IXYFLOW_COLD "|" pattern)
  set(cold ${hot})
  list(FILTER cold INCLUDE REGEX "^(${pattern})(/|$)")
  list(FILTER hot EXCLUDE REGEX "^(${pattern})(/|$)")

  add_library(${target} INTERFACE)
  target_link_libraries(${target} INTERFACE ixyflow_flags)
  if(hot)
    ixyflow_objects(${target} ${target}_hot ${hot})
    ixyflow_precompile(${target}_hot ixyflow_core_hot)
    # What is measured does not have sanitizers.
    if(ROOM_UNITS OR IXYFLOW_SANITIZE)
      ixyflow_unit_per_folder(${target}_hot)
    endif()
  endif()
  if(cold)
    ixyflow_objects(${target} ${target}_cold ${cold})
    target_compile_options(${target}_cold PRIVATE ${IXYFLOW_COLD_OPTION})
    ixyflow_precompile(${target}_cold ixyflow_core_cold)
    ixyflow_unit_per_folder(${target}_cold)
  endif()
endfunction()

# ixyflow_objects(<room> <target> <source>...): an object library, as a part of the room.
function(ixyflow_objects room target)
  add_library(${target} OBJECT ${ARGN})
  target_link_libraries(${target} PRIVATE ixyflow_flags)
  target_compile_definitions(${target} PRIVATE IXYFLOW_VERSION="${PROJECT_VERSION}")
  target_sources(${room} INTERFACE $<TARGET_OBJECTS:${target}>)
endfunction()

# ixyflow_unit_per_folder(<target>): the compiler takes the files of a folder together, which parses their headers once.
# Names at file scope are then unique in a folder, but for what is in or below IXYFLOW_ALONE.
function(ixyflow_unit_per_folder target)
  if(NOT IXYFLOW_SHARE_HEADERS)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  list(JOIN IXYFLOW_ALONE "|" alone)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE path)
    cmake_path(RELATIVE_PATH path BASE_DIRECTORY ${CMAKE_SOURCE_DIR})
    if(NOT path MATCHES "^(${alone})(/|$)")
      cmake_path(GET path PARENT_PATH folder)
      string(MAKE_C_IDENTIFIER ${folder} unit)
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${unit})
    endif()
  endforeach()
endfunction()

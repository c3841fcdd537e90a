# How every folder of the house is built: one library per folder, one test program per tests/<folder>.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Debian's libcaf-dev ships no CMake package: find headers and libraries, and insist on 0.17.
find_path(CAF_INCLUDE_DIR caf/all.hpp REQUIRED)
find_library(CAF_CORE_LIBRARY caf_core REQUIRED)
find_library(CAF_IO_LIBRARY caf_io REQUIRED)
file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" caf_version_line REGEX "define CAF_VERSION ")
string(REGEX REPLACE "[^0-9]" "" caf_version "${caf_version_line}")
if(NOT caf_version MATCHES "^17[0-9][0-9]$")
  message(FATAL_ERROR "CAF 0.17 is required (Debian: libcaf-dev), found version ${caf_version}")
endif()
add_library(caf INTERFACE)
target_include_directories(caf SYSTEM INTERFACE "${CAF_INCLUDE_DIR}")
target_link_libraries(caf INTERFACE ${CAF_IO_LIBRARY} ${CAF_CORE_LIBRARY} Threads::Threads)

find_package(Boost 1.81 REQUIRED COMPONENTS json url)
foreach(name IN ITEMS libpq libcurl hiredis libsodium fmt spdlog icu-uc openssl vips prometheus-cpp-core)
  string(MAKE_C_IDENTIFIER ${name} id)
  pkg_check_modules(${id} REQUIRED IMPORTED_TARGET GLOBAL ${name})
endforeach()
find_library(DATE_TZ_LIBRARY date-tz REQUIRED)
find_path(DATE_TZ_INCLUDE_DIR date/tz.h REQUIRED)
find_path(CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)
find_path(TOMLPP_INCLUDE_DIR toml++/toml.h REQUIRED)

add_library(troupe_flags INTERFACE)
target_include_directories(troupe_flags INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(troupe_flags INTERFACE -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-subobject-linkage -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-restrict -Wno-dangling-pointer>)
target_compile_definitions(troupe_flags INTERFACE BOOST_ASIO_NO_DEPRECATED SPDLOG_FMT_EXTERNAL)
target_compile_definitions(troupe_flags INTERFACE CAF_ENABLE_TYPE_ID_CHECKS BOOST_JSON_DYN_LINK BOOST_JSON_NO_LIB
  BOOST_CONTAINER_DYN_LINK BOOST_CONTAINER_NO_LIB _FILE_OFFSET_BITS=64)
target_compile_options(troupe_flags INTERFACE -pthread)
target_link_libraries(troupe_flags INTERFACE Threads::Threads)
if(TROUPE_CRASH_POINTS)
  target_compile_definitions(troupe_flags INTERFACE TROUPE_CRASH_POINTS)
endif()
if(TROUPE_SANITIZE)
  # What UBSan finds ends the program, as what ASan finds does: a report nobody reads is none.
  # Its check for null is off: CAF's headers name the arguments of an actor that has none through a null pointer
  # (caf/detail/init_fun_factory.hpp). A null that is read or written ends the program all the same.
  target_compile_options(troupe_flags INTERFACE -fsanitize=${TROUPE_SANITIZE} -fno-sanitize=null -fno-sanitize-recover=all
    -fno-omit-frame-pointer -g1)
  target_link_options(troupe_flags INTERFACE -fsanitize=${TROUPE_SANITIZE})
endif()

if(TROUPE_SANITIZE MATCHES "thread")
  # A bare fence means nothing to TSan, and GCC says so; Asio's own stand in front of what a mutex orders already.
  target_compile_definitions(troupe_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  add_library(troupe_caf_happens_before STATIC "${CMAKE_SOURCE_DIR}/system/actor/caf_happens_before.cpp")
  target_include_directories(troupe_caf_happens_before SYSTEM PRIVATE "${CAF_INCLUDE_DIR}")
  target_link_libraries(troupe_caf_happens_before PRIVATE troupe_flags)
  # In front of CAF's own libraries, and seen by them.
  set_property(TARGET caf PROPERTY INTERFACE_LINK_LIBRARIES
    troupe_caf_happens_before ${CAF_IO_LIBRARY} ${CAF_CORE_LIBRARY} ${CMAKE_DL_LIBS} Threads::Threads)
  target_link_options(caf INTERFACE -rdynamic)
endif()

# Precompiled headers, each compiled once and used by many targets: what is big, stable and of somebody else. GCC refuses
# one whose options differ from its user's, so whatever they depend on stands in troupe_flags.
set(troupe_pch_base <fmt/format.h> <boost/json.hpp> <boost/system/result.hpp> <algorithm> <array> <charconv> <chrono>
  <functional> <memory> <mutex> <optional> <string> <string_view> <unordered_map> <vector>)
set(troupe_pch_net ${troupe_pch_base} <boost/asio/executor_work_guard.hpp> <boost/asio/io_context.hpp>
  <boost/asio/ip/tcp.hpp> <boost/asio/posix/stream_descriptor.hpp> <boost/asio/post.hpp>
  <boost/asio/steady_timer.hpp> <boost/beast/core.hpp> <boost/beast/http.hpp>)
set(troupe_pch_actors <caf/all.hpp> ${troupe_pch_base})
set(troupe_pch_tests ${troupe_pch_actors} <tests/support/pch.hpp>)
foreach(kind IN ITEMS base net actors tests)
  add_library(troupe_pch_${kind} OBJECT EXCLUDE_FROM_ALL "${CMAKE_SOURCE_DIR}/config/cmake/pch.cpp")
  target_link_libraries(troupe_pch_${kind} PRIVATE troupe_flags caf)
  target_precompile_headers(troupe_pch_${kind} PRIVATE ${troupe_pch_${kind}})
endforeach()

# Where a preset asks for CMAKE_UNITY_BUILD, a few files of one folder are compiled as one, since most of a file's time goes into
# the headers of others. So names at the top of a file are unique in its folder, which a reader's search likes too. The
# presets for daily work compile each file alone: a change is quick there, and an include that a file forgot is found.
set(troupe_files_at_once 6)

# troupe_library(<name> SOURCES ... LINKS ... PCH <kind>): one folder, one target.
function(troupe_library name)
  cmake_parse_arguments(arg "" "PCH" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC troupe_flags ${arg_LINKS})
  set_target_properties(${name} PROPERTIES UNITY_BUILD_BATCH_SIZE ${troupe_files_at_once})
  if(arg_PCH)
    target_precompile_headers(${name} REUSE_FROM troupe_pch_${arg_PCH})
  endif()
endfunction()

# troupe_test(<name> SOURCES ... LINKS ... LABELS ... ENVIRONMENT ...): one program of CAF's test framework.
# Label "servers": needs a third-party server; left out by tests/run --fast.
function(troupe_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE troupe_flags caf troupe_test_main ${arg_LINKS})
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF) # each file has a fixture of its own
  target_precompile_headers(${name} REUSE_FROM troupe_pch_tests)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  # One deadline, ctest's: CAF's own of 30 seconds for a single case is missed on a machine that is busy.
  add_test(NAME ${name} COMMAND ${name} --max-runtime=${arg_TIMEOUT})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()

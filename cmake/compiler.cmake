# Compiler settings shared by every target. Clang 19 with libstdc++ is the compiler that
# docs/architecture.md fixes; others are refused early, with the reason.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Hassette needs Clang 19 or newer: configure with -DCMAKE_CXX_COMPILER=clang++-19")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_BUILD_RPATH "$ORIGIN/../lib")
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib")
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

find_program(CCACHE ccache)
if(CCACHE)
  # pch_defines and time_macros let ccache work with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_library(hassette_flags INTERFACE)
target_compile_options(hassette_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconsumed -Wnon-virtual-dtor -Wimplicit-fallthrough
  -Wno-reorder-init-list -Wno-c++26-extensions -Wno-missing-designated-field-initializers
  -Wno-missing-field-initializers -fno-omit-frame-pointer -Xclang -fno-pch-timestamp)
target_include_directories(hassette_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(hassette_flags INTERFACE
  HASSETTE_PROJECT_VERSION="${PROJECT_VERSION}" FMT_SHARED BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_CONCEPTS)
target_link_options(hassette_flags INTERFACE -fuse-ld=mold -Wl,--as-needed)
if(HASSETTE_SANITIZE)
  target_compile_options(hassette_flags INTERFACE -fsanitize=${HASSETTE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(hassette_flags INTERFACE -fsanitize=${HASSETTE_SANITIZE} -shared-libsan)
  if(HASSETTE_SANITIZE STREQUAL "thread")
    # On aarch64 a plain char is unsigned. The same code is compiled and tested with it here, so that
    # nothing comes to rest on its sign; the tests with AddressSanitizer have x86-64's own.
    target_compile_options(hassette_flags INTERFACE -funsigned-char)
  endif()
endif()

# One folder a layer: src/<name>/*.cpp becomes part of libhassette.so, src/<name>/*_test.cpp the test
# program <name>_test. `daemon` is the program itself.
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(Threads REQUIRED)
find_package(simdjson REQUIRED)
find_package(SQLite3 REQUIRED)

set(HASSETTE_LAYERS "" CACHE INTERNAL "")

function(hassette_layer name)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  set(HASSETTE_LAYERS ${HASSETTE_LAYERS} ${name} CACHE INTERNAL "")
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  set_property(GLOBAL PROPERTY hassette_tests_${name} "${tests}")
  set_property(GLOBAL PROPERTY hassette_sources_${name} "${sources}")
  if(sources)
    add_library(hassette_${name} OBJECT ${sources})
    target_link_libraries(hassette_${name} PRIVATE hassette_flags)
    if(EXISTS ${PROJECT_SOURCE_DIR}/src/${name}/pch.hpp)
      target_precompile_headers(hassette_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src/${name}/pch.hpp)
    endif()
  endif()
endfunction()

function(hassette_library)
  add_library(hassette SHARED)
  foreach(name IN LISTS HASSETTE_LAYERS)
    if(TARGET hassette_${name} AND NOT name STREQUAL daemon)
      target_sources(hassette PRIVATE $<TARGET_OBJECTS:hassette_${name}>)
    endif()
  endforeach()
  set_target_properties(hassette PROPERTIES LINKER_LANGUAGE CXX)
  # Calls from the library into itself go straight there: nobody replaces its functions, and an event
  # makes dozens of them.
  target_link_options(hassette PRIVATE -Wl,-Bsymbolic-functions)
  target_link_libraries(hassette PUBLIC hassette_flags fmt::fmt Threads::Threads
    PRIVATE simdjson::simdjson OpenSSL::SSL OpenSSL::Crypto SQLite::SQLite3
      ${CMAKE_DL_LIBS})
  # The build tree looks like an installed one: bin/hassette finds include/ and share/ beside it.
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/include SYMBOLIC)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/hassette)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/examples ${CMAKE_BINARY_DIR}/share/hassette/examples SYMBOLIC)
endfunction()

function(hassette_program)
  if(TARGET hassette_daemon)
    add_executable(hassette_bin $<TARGET_OBJECTS:hassette_daemon>)
    set_target_properties(hassette_bin PROPERTIES OUTPUT_NAME hassette LINKER_LANGUAGE CXX)
    target_link_libraries(hassette_bin PRIVATE hassette)
  endif()
endfunction()

# Tests themselves are not optimised under sanitizers: their templates, most of what is compiled, take a
# third of the time. What they test is, but for what of it stands in headers; of that, the library, which
# is optimised, has copies of its own.
function(hassette_test_options target)
  if(HASSETTE_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# A test program: links the whole library, since a test may look at what stands below it.
function(hassette_test_program name)
  add_executable(${name} ${ARGN} $<TARGET_OBJECTS:test_repository>)
  target_link_libraries(${name} PRIVATE hassette GTest::gtest GTest::gmock GTest::gtest_main
    simdjson::simdjson OpenSSL::SSL OpenSSL::Crypto)
  hassette_test_options(${name})
  target_precompile_headers(${name} REUSE_FROM test_pch)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
  add_test(NAME ${name} COMMAND ${name})
endfunction()

function(hassette_tests)
  find_package(GTest REQUIRED)
  # The one precompiled header of all test programs. It takes the flags of a program, which Clang compares.
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/test_pch.cpp CONTENT "")
  add_library(test_pch OBJECT ${CMAKE_BINARY_DIR}/generated/test_pch.cpp)
  set_target_properties(test_pch PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(test_pch PRIVATE -fPIE)
  hassette_test_options(test_pch)
  target_link_libraries(test_pch PRIVATE hassette GTest::gtest GTest::gmock simdjson::simdjson)
  target_precompile_headers(test_pch PRIVATE <gtest/gtest.h> <gmock/gmock.h>)
  add_library(test_repository OBJECT ${PROJECT_SOURCE_DIR}/tests/repository.cpp)
  target_link_libraries(test_repository PRIVATE hassette_flags)
  target_compile_definitions(test_repository PRIVATE HASSETTE_REPOSITORY="${PROJECT_SOURCE_DIR}")
  foreach(name IN LISTS HASSETTE_LAYERS)
    get_property(tests GLOBAL PROPERTY hassette_tests_${name})
    if(tests)
      hassette_test_program(${name}_test ${tests})
    endif()
  endforeach()
  if(EXISTS ${PROJECT_SOURCE_DIR}/tests/CMakeLists.txt)
    add_subdirectory(${PROJECT_SOURCE_DIR}/tests tests)
  endif()
endfunction()

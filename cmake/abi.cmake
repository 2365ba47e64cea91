# Writes hassette_abi.inc for src/build/abi.cpp: version, hash of the public headers, sanitizers. The
# hash is made when building, whenever a header has changed; the file is only touched when its text
# changes. Run with -P it is the script that does so, included it is the rule.
if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB_RECURSE headers RELATIVE ${INCLUDE_DIR} ${INCLUDE_DIR}/*.hpp)
  list(SORT headers COMPARE STRING)
  set(listing "")
  foreach(header IN LISTS headers)
    file(SHA256 ${INCLUDE_DIR}/${header} hash)
    string(APPEND listing "${header}:${hash}\n")
  endforeach()
  string(SHA256 hash "${listing}")
  string(SUBSTRING ${hash} 0 16 hash)
  set(suffix "")
  if(SANITIZERS)
    string(REPLACE "," "-" suffix "-${SANITIZERS}")
  endif()
  file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#define HASSETTE_VERSION "@VERSION@"
#define HASSETTE_HEADERS "@hash@"
#define HASSETTE_SANITIZERS "@SANITIZERS@"
#define HASSETTE_SANITIZER_SUFFIX "@suffix@"
]])
  return()
endif()

if(TARGET hassette_build)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/hassette/*.hpp)
  set(generated ${PROJECT_BINARY_DIR}/generated)
  add_custom_command(OUTPUT ${generated}/hassette_abi.stamp
    BYPRODUCTS ${generated}/hassette_abi.inc
    COMMAND ${CMAKE_COMMAND} -DINCLUDE_DIR=${PROJECT_SOURCE_DIR}/include/hassette -DVERSION=${PROJECT_VERSION}
      -DSANITIZERS=${HASSETTE_SANITIZE} -DOUTPUT=${generated}/hassette_abi.inc
      -P ${CMAKE_CURRENT_LIST_FILE}
    COMMAND ${CMAKE_COMMAND} -E touch ${generated}/hassette_abi.stamp
    DEPENDS ${headers} ${CMAKE_CURRENT_LIST_FILE}
    COMMENT "Hashing the public headers" VERBATIM)
  target_sources(hassette_build PRIVATE ${generated}/hassette_abi.stamp)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/build/abi.cpp PROPERTIES
    INCLUDE_DIRECTORIES ${generated} OBJECT_DEPENDS ${generated}/hassette_abi.inc)
endif()

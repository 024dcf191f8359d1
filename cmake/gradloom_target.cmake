# What every target of this project shares: warnings, sanitizers, include root, and libraries made from folders.

function(gradloom_settings target)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fno-math-errno
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # GCC 12 reports it falsely for "text" + std::string (its bug 105651)
  # Instrumented code makes the compiler see uninitialised values that are not there.
  if(GRADLOOM_SANITIZE)
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
  elseif(GRADLOOM_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(GRADLOOM_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${GRADLOOM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${GRADLOOM_SANITIZE})
  endif()
endfunction()

# gradloom_precompile(TARGET [header...]): compiles the standard headers and the named ones once for all its files.
function(gradloom_precompile target)
  if(GRADLOOM_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <cstdint> <functional> <map> <memory>
      <optional> <set> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector> ${ARGN})
    # GCC 12 forgets that precompiled headers are the system's, and reports in them what it keeps to itself otherwise.
    target_compile_options(${target} PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>)
  endif()
endfunction()

# gradloom_library(TARGET NAME FILE file FOLDERS f...): the library gradloom::NAME of every .cpp directly in the
# folders, in libFILE. The shared form carries the version in its file name and in each symbol; before 1.0 a new minor
# version is a new ABI.
function(gradloom_library target name)
  cmake_parse_arguments(arg "" "FILE" "FOLDERS" ${ARGN})
  set(sources)
  foreach(folder ${arg_FOLDERS})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp ${PROJECT_SOURCE_DIR}/${folder}/*.h)
    list(APPEND sources ${found})
  endforeach()
  add_library(${target} ${sources})
  add_library(gradloom::${name} ALIAS ${target})
  set(soversion ${PROJECT_VERSION_MAJOR})
  if(soversion EQUAL 0)
    set(soversion 0.${PROJECT_VERSION_MINOR})
  endif()
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX POSITION_INDEPENDENT_CODE ON EXPORT_NAME ${name}
    OUTPUT_NAME ${arg_FILE} VERSION ${PROJECT_VERSION} SOVERSION ${soversion})
  if(BUILD_SHARED_LIBS)
    target_link_options(${target} PRIVATE LINKER:--default-symver)
  endif()
  gradloom_settings(${target})
  gradloom_precompile(${target})
endfunction()

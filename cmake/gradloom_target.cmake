# What every target of this project shares: warnings, sanitizers, include root, and libraries made from folders.

function(gradloom_settings target)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:include/gradloom>)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fno-math-errno)
  if(GRADLOOM_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(GRADLOOM_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${GRADLOOM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${GRADLOOM_SANITIZE})
  endif()
endfunction()

# gradloom_library(NAME FOLDERS f...): a library of every .cpp directly in the folders.
function(gradloom_library target)
  cmake_parse_arguments(arg "" "" "FOLDERS" ${ARGN})
  set(sources)
  foreach(folder ${arg_FOLDERS})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp ${PROJECT_SOURCE_DIR}/${folder}/*.h)
    list(APPEND sources ${found})
  endforeach()
  add_library(${target} ${sources})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX POSITION_INDEPENDENT_CODE ON)
  gradloom_settings(${target})
endfunction()

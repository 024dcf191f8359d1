# Builds and runs the project beside this file in one of three ways, as a user would: WAY is package, pkgconfig or
# subdirectory. SOURCES and BUILD are Gradloom's own folders, WORK a folder to use.

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}: exit ${status}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect_output program expected)
  run(${program})
  if(NOT output STREQUAL expected)
    message(FATAL_ERROR "${program} printed\n${output}\ninstead of\n${expected}")
  endif()
endfunction()

set(project ${CMAKE_CURRENT_LIST_DIR})
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

if(WAY STREQUAL "subdirectory")
  run(${CMAKE_COMMAND} -G Ninja -S ${project} -B ${WORK}/build -DCMAKE_BUILD_TYPE=Release -DGRADLOOM_SOURCES=${SOURCES}
    -DBUILD_SHARED_LIBS=${SHARED})
  if(CONFIGURE_ONLY)
    return()
  endif()
  run(${CMAKE_COMMAND} --build ${WORK}/build)
else()
  run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
endif()

if(WAY STREQUAL "package")
  run(${CMAKE_COMMAND} -G Ninja -S ${project} -B ${WORK}/build -DCMAKE_BUILD_TYPE=Release
    -DCMAKE_PREFIX_PATH=${WORK}/prefix)
  run(${CMAKE_COMMAND} --build ${WORK}/build)
elseif(WAY STREQUAL "pkgconfig")
  set(ENV{PKG_CONFIG_PATH} ${WORK}/prefix/lib/pkgconfig)
  file(MAKE_DIRECTORY ${WORK}/build)
  foreach(pair "engine_user gradloom-engine" "translator_user gradloom")
    string(REPLACE " " ";" pair ${pair})
    list(GET pair 0 program)
    list(GET pair 1 package)
    run(pkg-config --cflags --libs ${package})
    separate_arguments(flags UNIX_COMMAND "${output}")
    run(${COMPILER} ${project}/${program}.cpp -o ${WORK}/build/${program} ${flags})
  endforeach()
endif()

expect_output(${WORK}/build/engine_user "${VERSION}: float32 [2] {1.5, -2}\n")
expect_output(${WORK}/build/translator_user "100\nshape [-1] has the negative size -1\n")
file(REMOVE_RECURSE ${WORK})

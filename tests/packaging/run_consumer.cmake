# Builds and runs the consumer in FOLDER against one way of getting the library:
#   WAY=installed      an install of the build tree BUILD_DIR
#   WAY=shared         an install of a shared build made here
#   WAY=subdirectory   add_subdirectory of the sources
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
need(WAY FOLDER SOURCE_DIR BUILD_DIR CXX GENERATOR)

set(configure ${CMAKE_COMMAND} -G ${GENERATOR} -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${CXX}
  -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
set(prefix ${FOLDER}/prefix)
file(REMOVE_RECURSE ${prefix} ${FOLDER}/consumer ${FOLDER}/work)
file(MAKE_DIRECTORY ${FOLDER}/work)

if(WAY STREQUAL "subdirectory")
  set(library -DMORGIANA_SOURCE_DIR=${SOURCE_DIR})
else()
  set(library -DCMAKE_PREFIX_PATH=${prefix})
  set(tree ${BUILD_DIR})
  if(WAY STREQUAL "shared")
    set(tree ${FOLDER}/build)
    run(${configure} -S ${SOURCE_DIR} -B ${tree} -DBUILD_SHARED_LIBS=ON -DMORGIANA_BUILD_TESTS=OFF
        -DMORGIANA_BUILD_CLI=OFF)
    run(${CMAKE_COMMAND} --build ${tree} --parallel 2)
  endif()
  run(${CMAKE_COMMAND} --install ${tree} --prefix ${prefix})
  if(NOT EXISTS ${prefix}/share/morgiana/calibrations/sface-2021dec.json)
    message(FATAL_ERROR "the calibration of SFace is not installed")
  endif()
endif()

run(${configure} -S ${SOURCE_DIR}/tests/packaging/consumer -B ${FOLDER}/consumer ${library})
run(${CMAKE_COMMAND} --build ${FOLDER}/consumer --parallel 2)
run(${FOLDER}/consumer/consumer ${FOLDER}/work)

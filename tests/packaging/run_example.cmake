# The example NAME builds without a warning against an install of BUILD_DIR, and succeeds.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
need(NAME FOLDER SOURCE_DIR BUILD_DIR CXX GENERATOR)

set(prefix ${FOLDER}/prefix)
file(REMOVE_RECURSE ${FOLDER})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix})
run(${CMAKE_COMMAND} -G ${GENERATOR} -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${CXX}
    -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DCMAKE_PREFIX_PATH=${prefix}
    -S ${SOURCE_DIR}/examples/${NAME} -B ${FOLDER}/build)
run(${CMAKE_COMMAND} --build ${FOLDER}/build --parallel 2)
run(${FOLDER}/build/${NAME})

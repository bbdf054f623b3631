# The example NAME builds without a warning against an install of BUILD_DIR, and succeeds.
foreach(needed NAME FOLDER SOURCE_DIR BUILD_DIR CXX GENERATOR)
  if(NOT ${needed})
    message(FATAL_ERROR "run_example.cmake needs -D${needed}=")
  endif()
endforeach()

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(prefix ${FOLDER}/prefix)
file(REMOVE_RECURSE ${FOLDER})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix})
run(${CMAKE_COMMAND} -G ${GENERATOR} -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${CXX}
    -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DCMAKE_PREFIX_PATH=${prefix}
    -S ${SOURCE_DIR}/examples/${NAME} -B ${FOLDER}/build)
run(${CMAKE_COMMAND} --build ${FOLDER}/build --parallel 2)
run(${FOLDER}/build/${NAME})

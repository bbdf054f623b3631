find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(SQLite3 3.40 REQUIRED)
find_package(TBB 2021.8 CONFIG REQUIRED COMPONENTS tbb)

# Debian's xsimd 8.1 names a target `xtl` that it does not bring; only its headers are needed here.
find_package(xsimd 8.1 REQUIRED)
if(NOT TARGET xtl)
  set_target_properties(xsimd PROPERTIES INTERFACE_LINK_LIBRARIES "")
endif()

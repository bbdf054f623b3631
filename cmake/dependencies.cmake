find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
# Declarations of PKCS #11 alone: modules are loaded at run time.
find_path(PKCS11_INCLUDE_DIR p11-kit/pkcs11.h PATH_SUFFIXES p11-kit-1 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(TBB 2021.8 CONFIG REQUIRED COMPONENTS tbb)

# Debian's xsimd 8.1 names a target `xtl` that it does not bring; only its headers are needed here.
find_package(xsimd 8.1 REQUIRED)
if(NOT TARGET xtl)
  set_target_properties(xsimd PROPERTIES INTERFACE_LINK_LIBRARIES "")
endif()

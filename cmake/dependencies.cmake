# SPDX-License-Identifier: Apache-2.0
# Third-party libraries. Every header belongs to one module (tools/layers.toml); targets are linked only there.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_library(TARN_ZSTD zstd REQUIRED)
find_library(TARN_ROARING roaring REQUIRED)
if(TARN_TESTS)
  find_package(GTest REQUIRED)
endif()

# DuckDB: tools/bootstrap puts the pinned build here.
file(STRINGS ${CMAKE_SOURCE_DIR}/tools/duckdb.pin duckdb_version REGEX "^DUCKDB_VERSION=")
string(REPLACE "DUCKDB_VERSION=" "" duckdb_version ${duckdb_version})
file(STRINGS ${CMAKE_SOURCE_DIR}/tools/duckdb.pin duckdb_source_id REGEX "^DUCKDB_SOURCE_ID=")
string(REPLACE "DUCKDB_SOURCE_ID=" "" duckdb_source_id ${duckdb_source_id})
if(DEFINED ENV{TARN_CACHE})
  set(tarn_cache $ENV{TARN_CACHE})
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(tarn_cache $ENV{XDG_CACHE_HOME}/tarn)
else()
  set(tarn_cache $ENV{HOME}/.cache/tarn)
endif()
set(TARN_DUCKDB_DIR ${tarn_cache}/duckdb-${duckdb_version} CACHE PATH "unpacked DuckDB: lib/libduckdb.so and src/")
if(NOT EXISTS ${TARN_DUCKDB_DIR}/lib/libduckdb.so)
  message(FATAL_ERROR "DuckDB ${duckdb_version} is not in ${TARN_DUCKDB_DIR}: run tools/bootstrap build")
endif()

# The library travels beside the program: bin/tarn finds it in ../lib.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
if(IS_SYMLINK ${CMAKE_BINARY_DIR}/lib/libduckdb.so)
  file(REMOVE ${CMAKE_BINARY_DIR}/lib/libduckdb.so)
endif()
file(COPY_FILE ${TARN_DUCKDB_DIR}/lib/libduckdb.so ${CMAKE_BINARY_DIR}/lib/libduckdb.so ONLY_IF_DIFFERENT)
add_library(tarn_duckdb INTERFACE)
target_include_directories(tarn_duckdb SYSTEM INTERFACE
  ${TARN_DUCKDB_DIR}/src/src/include
  ${TARN_DUCKDB_DIR}/src/extension/parquet/include
  ${TARN_DUCKDB_DIR}/src/third_party/parquet
  ${TARN_DUCKDB_DIR}/src/third_party/thrift
  ${TARN_DUCKDB_DIR}/src/third_party/utf8proc/include
  ${TARN_DUCKDB_DIR}/src/third_party/fmt/include
  ${TARN_DUCKDB_DIR}/src/third_party/re2
  ${TARN_DUCKDB_DIR}/src/third_party/yyjson/include
  ${TARN_DUCKDB_DIR}/src/third_party/fsst
  ${TARN_DUCKDB_DIR}/src/third_party/fastpforlib
  ${TARN_DUCKDB_DIR}/src/third_party/zstd/include
  ${TARN_DUCKDB_DIR}/src/third_party/concurrentqueue
  ${TARN_DUCKDB_DIR}/src/third_party/mbedtls/include)
target_compile_definitions(tarn_duckdb INTERFACE TARN_DUCKDB_SOURCE_ID="${duckdb_source_id}")
target_link_libraries(tarn_duckdb INTERFACE ${CMAKE_BINARY_DIR}/lib/libduckdb.so)
set(CMAKE_BUILD_RPATH "$ORIGIN/../lib")
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
